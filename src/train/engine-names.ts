// The training engines by name, and what may be asked for; plain words, so that settings and commands load no library.

/** `tfjs-…`: TensorFlow.js with a native library; `onnxruntime-…`: ONNX Runtime on one execution provider. */
export const ENGINE_NAMES = [
  'tfjs-node-gpu',
  'tfjs-node',
  'onnxruntime-cuda',
  'onnxruntime-webgpu',
  'onnxruntime-cpu',
] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** A family stands for all of its engines, of which the fastest that agrees with the reference is taken. */
export const ENGINE_REQUESTS = [
  'auto',
  'onnxruntime',
  'onnxruntime-cpu',
  'onnxruntime-webgpu',
  'onnxruntime-cuda',
  'tfjs',
] as const;
export type EngineRequest = (typeof ENGINE_REQUESTS)[number];

/** The engines that a request allows. */
export function enginesOf(request: EngineRequest): EngineName[] {
  return ENGINE_NAMES.filter(
    (name) => request === 'auto' || name === request || name.startsWith(`${request}-`),
  );
}
