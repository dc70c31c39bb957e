// Which execution providers of ONNX Runtime really compute here: each one multiplies two small matrices.
// Each is tried in a process of its own: a missing driver may end the process or hang instead of throwing.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEntry } from '../paths.js';
import { loadRuntime } from './runtime.js';

export interface ProviderProbe {
  provider: string;
  works: boolean;
  /** What went wrong, where it does not work. */
  reason: string | null;
}

const DEADLINE_MS = 20_000;

/** @throws NunchiError `engine-unavailable` where ONNX Runtime itself cannot be loaded. */
export async function probeProviders(): Promise<ProviderProbe[]> {
  const runtime = await loadRuntime();
  const probes: ProviderProbe[] = [];
  for (const { name } of runtime.listSupportedBackends()) probes.push(await probeInChild(name));
  return probes;
}

function probeInChild(provider: string): Promise<ProviderProbe> {
  const entry = fileURLToPath(childEntry('src/onnx/probe-worker.ts'));
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, provider], { timeout: DEADLINE_MS }, (error, stdout, stderr) => {
      if (error === null && stdout.trim() === 'ok') return resolve({ provider, works: true, reason: null });
      // ONNX Runtime puts its own source line and the failed condition before the reason.
      const told = (stderr.trim().split('\n').at(-1) ?? '').replace(/^\/.* was false\. /, '');
      const ended = error?.signal ? `its process ended with ${error.signal}` : 'it gave no result';
      resolve({ provider, works: false, reason: told === '' ? ended : told });
    });
  });
}
