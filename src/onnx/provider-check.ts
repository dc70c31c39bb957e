// Does an execution provider of ONNX Runtime compute at all? One small product, long before anything large is built for it.
import { NunchiError } from '../errors.js';
import { encodeModel } from './model-proto.js';
import { loadRuntime } from './runtime.js';

const SHAPE = [2, 2];

/**
 * In a process of its own for anything but `cpu`: a missing driver may end the process or hang instead of throwing.
 * @throws NunchiError `engine-unavailable` where the provider cannot be opened or gives another product
 */
export async function multiplyOn(provider: 'cpu' | 'webgpu' | 'cuda'): Promise<void> {
  const runtime = await loadRuntime();
  const model = encodeModel({
    name: 'probe',
    node: [{ opType: 'MatMul', name: 'product', input: ['a', 'b'], output: ['c'], attribute: [] }],
    initializer: [],
    input: ['a', 'b'].map((name) => ({ name, type: 'float32', shape: SHAPE })),
    output: [{ name: 'c', type: 'float32', shape: SHAPE }],
  });
  let product: number[];
  try {
    const session = await runtime.InferenceSession.create(model, {
      executionProviders: [provider],
      logSeverityLevel: 4,
    });
    const matrix = new runtime.Tensor('float32', Float32Array.of(1, 2, 3, 4), SHAPE);
    const { c } = await session.run({ a: matrix, b: matrix });
    product = Array.from((c?.data ?? []) as Float32Array);
    await session.release();
  } catch (cause) {
    throw new NunchiError('engine-unavailable', `ONNX Runtime cannot compute on ${provider} here`, { cause });
  }
  if (product.join() !== '7,10,15,22') {
    throw new NunchiError('engine-unavailable', `ONNX Runtime multiplied wrongly on ${provider}`);
  }
}
