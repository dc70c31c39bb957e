// Loads TensorFlow.js's native backend, which is no dependency of Nunchi: present, absent, or present but unusable.
import { createRequire } from 'node:module';
import util from 'node:util';
import { NunchiError } from '../../errors.js';
import { tf } from '../../onnx/tfjs.js';

/** Engine to the npm package behind it. */
export const NATIVE_PACKAGES = {
  'tfjs-node-gpu': '@tensorflow/tfjs-node-gpu',
  'tfjs-node': '@tensorflow/tfjs-node',
} as const;
export type NativeEngine = keyof typeof NATIVE_PACKAGES;

/** What the backend of tfjs-node says of itself. */
interface NativeBackend {
  isUsingGpuDevice?: boolean;
}

const require = createRequire(import.meta.url);

/** Whether the package is installed; nothing of it is run. */
export function isInstalled(engine: NativeEngine): boolean {
  try {
    require.resolve(NATIVE_PACKAGES[engine]);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

/**
 * tfjs-node 4.22.0 calls `util.isNullOrUndefined`, which Node 23 removed; given back where it is missing.
 * @param target the CommonJS `util` module, which tfjs-node reads at each call
 */
export function provideRemovedUtil(target: object): void {
  if ('isNullOrUndefined' in target) return;
  Object.defineProperty(target, 'isNullOrUndefined', {
    value: (value: unknown) => value === null || value === undefined,
  });
}

/** One process can hold one native package: each registers itself as the backend `tensorflow`. */
let loaded: NativeEngine | undefined;

/**
 * Loads the package, which registers the backend `tensorflow`; for `tfjs-node-gpu` it must also have found a GPU.
 * @throws NunchiError `engine-unavailable` saying what is missing
 */
export async function loadNativeBackend(engine: NativeEngine): Promise<void> {
  const name = NATIVE_PACKAGES[engine];
  if (!isInstalled(engine)) {
    throw new NunchiError('engine-unavailable', `${name} is not installed`, {
      hint:
        engine === 'tfjs-node-gpu'
          ? 'For a GPU with CUDA 11: npm run setup:gpu'
          : `To try it: npm install --no-save ${name}`,
    });
  }
  if (loaded !== undefined && loaded !== engine) {
    throw new NunchiError(
      'engine-unavailable',
      `${NATIVE_PACKAGES[loaded]} is loaded in this process already`,
    );
  }
  try {
    provideRemovedUtil(util);
    require(name);
    loaded = engine;
    await tf.setBackend('tensorflow');
  } catch (cause) {
    throw new NunchiError(
      'engine-unavailable',
      `${name} is installed, but its native library does not load: ${firstLine(cause)}`,
      { cause, hint: 'Run "npm run setup:gpu": it says what is missing on this system.' },
    );
  }
  if (engine === 'tfjs-node-gpu' && (tf.backend() as NativeBackend).isUsingGpuDevice !== true) {
    throw new NunchiError('engine-unavailable', `${name} found no GPU that it can use`, {
      hint: 'Run "npm run setup:gpu": it says what is missing on this system.',
    });
  }
}

function firstLine(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
  return (line ?? '').trim();
}
