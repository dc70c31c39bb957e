// Every training engine by its name: how it is made, and what can be told of it before anything native is loaded.
import { existsSync } from 'node:fs';
import { NunchiError } from '../../errors.js';
import { CUDA_PROVIDER_FILE } from '../../onnx/runtime-files.js';
import type { EngineName } from '../engine-names.js';
import type { TrainingEngine } from '../engine.js';
import { isInstalled, loadNativeBackend } from './native-tfjs.js';
import { createOnnxRuntimeEngine } from './onnxruntime.js';
import { createTfjsEngine } from './tfjs.js';

export const ENGINES: Readonly<Record<EngineName, () => TrainingEngine>> = {
  'tfjs-node-gpu': () => createTfjsEngine('tfjs-node-gpu'),
  'tfjs-node': () => createTfjsEngine('tfjs-node'),
  'onnxruntime-cuda': () => createOnnxRuntimeEngine('cuda'),
  'onnxruntime-webgpu': () => createOnnxRuntimeEngine('webgpu'),
  'onnxruntime-cpu': () => createOnnxRuntimeEngine('cpu'),
};

/**
 * What saves the start of a process: a package or a file that is not there.
 * @throws NunchiError `engine-unavailable` where the engine cannot work here
 */
export async function checkInstalled(name: EngineName): Promise<void> {
  // An absent package is told by the loader in the words it uses for itself.
  if ((name === 'tfjs-node-gpu' || name === 'tfjs-node') && !isInstalled(name)) await loadNativeBackend(name);
  if (name === 'onnxruntime-cuda' && !existsSync(CUDA_PROVIDER_FILE)) {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new NunchiError('engine-unavailable', 'ONNX Runtime has a CUDA provider for Linux x64 only');
    }
    throw new NunchiError('engine-unavailable', "ONNX Runtime's CUDA provider is not installed", {
      hint: 'For an NVIDIA GPU with CUDA 12 or newer: npm run setup:gpu -- --cuda',
    });
  }
}
