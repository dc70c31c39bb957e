// Entry of a probe's process: computes one matrix product with the execution provider named by the first argument.
import { encodeModel } from './model-proto.js';
import { loadRuntime } from './runtime.js';

const provider = process.argv[2] ?? 'cpu';
const SHAPE = [2, 2];

try {
  const runtime = await loadRuntime();
  const model = encodeModel({
    name: 'probe',
    node: [{ opType: 'MatMul', name: 'product', input: ['a', 'b'], output: ['c'], attribute: [] }],
    initializer: [],
    input: ['a', 'b'].map((name) => ({ name, type: 'float32', shape: SHAPE })),
    output: [{ name: 'c', type: 'float32', shape: SHAPE }],
  });
  const session = await runtime.InferenceSession.create(model, { executionProviders: [provider] });
  const matrix = new runtime.Tensor('float32', Float32Array.of(1, 2, 3, 4), SHAPE);
  const { c } = await session.run({ a: matrix, b: matrix });
  const product = Array.from((c?.data ?? []) as Float32Array);
  if (product.join() !== '7,10,15,22') throw new Error(`wrong product: ${product.join()}`);
  process.stdout.write('ok\n');
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`);
  process.exit(1);
}
