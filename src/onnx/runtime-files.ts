// Where onnxruntime-node keeps its native files, found without loading any of them.
import { createRequire } from 'node:module';
import path from 'node:path';

/** The folder of the onnxruntime-node package. */
export const RUNTIME_PACKAGE = path.resolve(
  path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node')),
  '..',
);

/** There once the CUDA provider was fetched; `libonnxruntime_providers_shared.so` comes with it. */
export const CUDA_PROVIDER_FILE = path.join(
  RUNTIME_PACKAGE,
  'bin',
  'napi-v6',
  process.platform,
  process.arch,
  'libonnxruntime_providers_cuda.so',
);
