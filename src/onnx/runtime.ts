// The one door to ONNX Runtime: loaded on first use, failures told as a coded error.
import type * as Ort from 'onnxruntime-node';
import { NunchiError } from '../errors.js';

export type { Ort };

let loading: Promise<typeof Ort> | undefined;

/**
 * From 1.30 on the library reports its use to Microsoft, under an id that it keeps for the device, and leaves a file among the
 * temporary ones for each process. This is its only switch, read when it is loaded.
 */
function sayNothingToAnybody(): void {
  // eslint-disable-next-line no-restricted-syntax -- written, not read
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
}

/** @throws NunchiError `engine-unavailable` where the native library cannot be loaded (musl, an unknown processor). */
export function loadRuntime(): Promise<typeof Ort> {
  if (loading === undefined) sayNothingToAnybody();
  loading ??= import('onnxruntime-node').then(
    (module) => ('default' in module ? (module.default as typeof Ort) : module),
    (cause: unknown) => {
      loading = undefined;
      throw new NunchiError('engine-unavailable', 'ONNX Runtime could not be loaded on this system', {
        cause,
        hint: 'It needs glibc Linux (x64, arm64), macOS or Windows; reinstall with "npm ci" and run "npm run -s nunchi -- doctor".',
      });
    },
  );
  return loading;
}
