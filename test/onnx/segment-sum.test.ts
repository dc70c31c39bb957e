// The gradient of a table: many rows of one index, added up on several threads, none of them lost.
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { tf } from '../../src/onnx/tfjs.js';
import { trace } from '../../src/onnx/trace.js';

const ROWS = 1024;
const WIDTH = 256;
const RUNS = 20;

describe.each([
  ['a vocabulary', 2_000],
  ['a table of two rows', 2],
])('the traced sum by segments of %s', (_name, segments) => {
  it('is exact on two threads in every run', async () => {
    const model = trace({
      name: 'segment-sum',
      axes: [],
      inputs: [
        { name: 'x', type: 'float32', shape: [ROWS, WIDTH] },
        { name: 'ids', type: 'int32', shape: [ROWS] },
      ],
      body: ({ x, ids }) => ({ sums: tf.unsortedSegmentSum(x!, ids as never, segments) }),
    });
    const session = await InferenceSession.create(model, { intraOpNumThreads: 2, logSeverityLevel: 3 });
    // Small whole numbers: their sums are exact in any order. Every fourth row is of index 1, as [CLS] would be.
    const ids = Int32Array.from({ length: ROWS }, (_, row) => (row % 4 === 0 ? 1 : (row * 37) % segments));
    const x = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => ((i * 31) % 101) - 50);
    const expected = new Float32Array(segments * WIDTH);
    ids.forEach((id, row) => {
      for (let at = 0; at < WIDTH; at += 1)
        expected[id * WIDTH + at] = (expected[id * WIDTH + at] ?? 0) + (x[row * WIDTH + at] ?? 0);
    });
    const feeds = {
      x: new OrtTensor('float32', x, [ROWS, WIDTH]),
      ids: new OrtTensor('int32', ids, [ROWS]),
    };
    for (let run = 0; run < RUNS; run += 1) {
      const { sums } = await session.run(feeds);
      const wrong = (sums?.data as Float32Array).findIndex((value, at) => value !== expected[at]);
      expect(wrong, `run ${run}`).toBe(-1);
    }
    await session.release();
  });
});
