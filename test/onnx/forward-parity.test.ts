// The exported forward graph, run by ONNX Runtime, against TensorFlow.js's own cpu backend.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classify } from '../../src/bert/model.js';
import { exportClassifier } from '../../src/onnx/classifier-graph.js';
import { openLogitsGraph, type LogitsSession } from '../../src/onnx/logits-session.js';
import { tf } from '../../src/onnx/tfjs.js';
import { randomBatch, randomWeights, TINY_CONFIG } from '../fixtures/random-model.js';
import { LOGIT_TOLERANCE } from '../fixtures/tolerances.js';

const weights = randomWeights(TINY_CONFIG, 1);

function referenceLogits(ids: number[][]): Float32Array {
  const length = Math.max(...ids.map((row) => row.length));
  const grid = (value: (row: number[], i: number) => number) =>
    tf.tensor2d(
      ids.map((row) => Array.from({ length }, (_, i) => value(row, i))),
      [ids.length, length],
      'int32',
    );
  return tf.tidy(() => {
    const parameters = Object.fromEntries(
      [...weights].map(([name, w]) => [name, tf.tensor(w.data, w.shape)]),
    );
    const inputs = {
      inputIds: grid((row, i) => row[i] ?? 0),
      attentionMask: grid((row, i) => (i < row.length ? 1 : 0)),
      tokenTypeIds: grid(() => 0),
    };
    return classify(parameters, TINY_CONFIG, inputs).dataSync<'float32'>();
  });
}

describe('exported forward graph', () => {
  let session: LogitsSession;
  beforeAll(async () => {
    session = await openLogitsGraph(exportClassifier(TINY_CONFIG, weights), TINY_CONFIG.padTokenId, {
      threads: 1,
    });
    await tf.setBackend('cpu');
  });
  afterAll(() => session.dispose());

  it.each([
    [1, 1],
    [1, 5],
    [3, 17],
    [2, 128],
  ])('agrees at batch %i, length %i', async (batch, length) => {
    const { tokens } = randomBatch(TINY_CONFIG, batch, length, batch * 1000 + length);
    const rows = Array.from({ length: batch }, (_, r) =>
      [...tokens.input_ids.subarray(r * length, (r + 1) * length)].filter((id) => id !== 0),
    );
    const logits = await session.run(rows);
    const expected = referenceLogits(rows);
    expect(logits.length).toBe(batch * TINY_CONFIG.labels.length);
    logits.forEach((value, i) =>
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(LOGIT_TOLERANCE),
    );
  });

  it('gives a text the same logits alone and padded beside a longer one', async () => {
    const short = [2, 7, 9, 3];
    const alone = await session.run([short]);
    const padded = await session.run([short, Array.from({ length: 90 }, (_, i) => 1 + (i % 30))]);
    alone.forEach((value, i) =>
      expect(Math.abs(value - (padded[i] as number))).toBeLessThan(LOGIT_TOLERANCE),
    );
  });
});
