// How much of the machine's own rate the matrix products of a training step reach, in the same runtime.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createUntrainedWeights } from '../src/bert/untrained.js';
import { GraphBuilder } from '../src/onnx/graph-builder.js';
import { encodeModel } from '../src/onnx/model-proto.js';
import { loadRuntime, type Ort } from '../src/onnx/runtime.js';
import { exportGradientStep } from '../src/train/engines/onnxruntime.js';
import { classification } from '../src/train/objective.js';
import { createFeeder } from '../src/train/step-feeds.js';
import { BASE_SIZE } from './base-size.js';
import { compare, type Bench } from './harness.js';
import { OPTIMIZER, randomBatches, THREADS } from './training.js';

const PRODUCTS = new Set(['Gemm', 'MatMul', 'FusedMatMul', 'FusedGemm']);

/** The largest product of the step, alone. */
const LARGEST = { rows: 1024, inner: 768, columns: 3072 };

interface NodeEvent {
  cat: string;
  name: string;
  dur: number;
  args: {
    op_name?: string;
    input_type_shape?: Record<string, number[]>[];
    output_type_shape?: Record<string, number[]>[];
  };
}

const sessionOptions: Ort.InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: THREADS,
  interOpNumThreads: 1,
  enableMemPattern: false,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/** Floating-point operations of a product, from the profile's shapes: 2 · (elements of the output) · (inner size). */
function operations({ args }: NodeEvent): number {
  const shapeOf = (entry: Record<string, number[]> | undefined) => Object.values(entry ?? {})[0] ?? [];
  const size = (shape: number[]) => shape.reduce((product, d) => product * d, 1);
  const [left, right] = [shapeOf(args.input_type_shape?.[0]), shapeOf(args.input_type_shape?.[1])];
  const output = size(shapeOf(args.output_type_shape?.[0]));
  // left · right has batch² · m · n · k² elements, and the output batch · m · n.
  const batch = size(left.slice(0, -2));
  return 2 * output * Math.sqrt((size(left) * size(right)) / (batch * output));
}

/** GFLOP/s of the products in one training step. */
function openStep(runtime: typeof Ort, folder: string) {
  const { config } = BASE_SIZE;
  let count = 0;
  const next = randomBatches(BASE_SIZE, 2);
  const feeder = createFeeder({
    config,
    objective: classification,
    optimizer: OPTIMIZER,
    seed: 1,
    threads: THREADS,
  });
  const model = exportGradientStep(config, classification);
  const weights: Record<string, Ort.Tensor> = {};
  for (const [name, { shape, data }] of createUntrainedWeights(config, 1)) {
    weights[name] = new runtime.Tensor('float32', data, shape);
  }
  return async (): Promise<number> => {
    count += 1;
    const prefix = `step${count}`;
    const session = await runtime.InferenceSession.create(model, {
      ...sessionOptions,
      enableProfiling: true,
      profileFilePrefix: path.join(folder, prefix),
    });
    const feeds = { ...weights };
    for (const { name, type, data, shape } of feeder(next(), 1e-4, count)) {
      if (session.inputNames.includes(name)) feeds[name] = new runtime.Tensor(type, data, shape);
    }
    await session.run(feeds);
    session.endProfiling();
    await session.release();
    const file = (await readdir(folder)).find((name) => name.startsWith(`${prefix}_`)) as string;
    const events = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as NodeEvent[];
    const products = events.filter(
      ({ cat, name, args }) =>
        cat === 'Node' && name.endsWith('_kernel_time') && PRODUCTS.has(args.op_name ?? ''),
    );
    const microseconds = products.reduce((sum, { dur }) => sum + dur, 0);
    return products.reduce((sum, event) => sum + operations(event), 0) / microseconds / 1e3;
  };
}

/** GFLOP/s of one large product alone, both sides fed. */
async function openProduct(runtime: typeof Ort) {
  const { rows, inner, columns } = LARGEST;
  const builder = new GraphBuilder();
  builder.inputs.push({ name: 'a', type: 'float32', shape: [rows, inner] });
  builder.inputs.push({ name: 'b', type: 'float32', shape: [columns, inner] });
  builder.node('Gemm', ['a', 'b'], { transB: 1 }, { output: 'c' });
  builder.outputs.push({ name: 'c', type: 'float32', shape: [rows, columns] });
  const session = await runtime.InferenceSession.create(
    encodeModel(builder.build('product')),
    sessionOptions,
  );
  const filled = (size: number) => Float32Array.from({ length: size }, (_, i) => (i % 7) - 3);
  const feeds = {
    a: new runtime.Tensor('float32', filled(rows * inner), [rows, inner]),
    b: new runtime.Tensor('float32', filled(columns * inner), [columns, inner]),
  };
  const fetches = { c: new runtime.Tensor('float32', new Float32Array(rows * columns), [rows, columns]) };
  const repeats = 20;
  return async (): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < repeats; i += 1) await session.run(feeds, fetches);
    return (2 * rows * inner * columns * repeats) / (performance.now() - start) / 1e6;
  };
}

export const bench: Bench = {
  about: "the matrix products of train-base against the runtime's own rate for one large product",
  async run() {
    const runtime = await loadRuntime();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'nunchi-bench-'));
    try {
      const row = await compare({
        row: 'train-peak: rate of the matrix products',
        unit: 'GFLOP/s',
        better: 'higher',
        goal: 0.7,
        ours: { name: 'all products of a training step', measure: openStep(runtime, folder) },
        peer: {
          name: `one product of ${LARGEST.rows} × ${LARGEST.inner} × ${LARGEST.columns} alone`,
          measure: await openProduct(runtime),
        },
        note: 'Each step runs in a session of its own with the profiler on, its first run included.',
      });
      return [row];
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
