// The encoder's last layer computed for the first tokens alone, against all of its rows.
import { beforeAll, describe, expect, it } from 'vitest';
import { encode, NO_DROPOUT, pool, type Parameters, type Rows } from '../../src/bert/model.js';
import { tf, type Tensor } from '../../src/onnx/tfjs.js';
import { randomBatch, randomWeights, TINY_CONFIG as config } from '../fixtures/random-model.js';
import { GRADIENT_TOLERANCE } from '../fixtures/tolerances.js';

const weights = randomWeights(config, 9);
const names = [...weights.keys()].filter((name) => !name.startsWith('classifier'));

/** A fixed projection of the pooled rows, and its gradient for every weight. */
function projectionAndGradients(batch: number, length: number, lastLayer: Rows): Float32Array[] {
  const tokens = randomBatch(config, batch, length, 4).tokens;
  return tf.tidy(() => {
    const table = (data: Int32Array) => tf.tensor2d(data, [batch, length], 'int32');
    const inputs = {
      inputIds: table(tokens.input_ids),
      attentionMask: table(tokens.attention_mask),
      tokenTypeIds: table(tokens.token_type_ids),
    };
    const direction = tf.randomNormal([batch, config.hiddenSize], 0, 1, 'float32', 7);
    const { value, grads } = tf.valueAndGrads((...values: Tensor[]) => {
      const parameters: Parameters = Object.fromEntries(names.map((name, i) => [name, values[i] as Tensor]));
      const hidden = encode(parameters, config, inputs, NO_DROPOUT, lastLayer);
      return tf.sum(tf.mul(pool(parameters, config, inputs, hidden), direction));
    })(names.map((name) => tf.tensor(weights.get(name)!.data, weights.get(name)!.shape)));
    return [value, ...grads].map((tensor) => tensor.dataSync<'float32'>().slice());
  });
}

describe('encode', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each([
    [1, 1],
    [3, 7],
  ])(
    'gives the same first rows and gradients without the other rows of the last layer: %i × %i',
    (batch, length) => {
      const all = projectionAndGradients(batch, length, 'all');
      const first = projectionAndGradients(batch, length, 'first');
      expect(first).toHaveLength(names.length + 1);
      all.forEach((expected, i) => {
        const furthest = expected.reduce((max, value, j) => {
          const distance = Math.abs(value - (first[i]?.[j] ?? Number.NaN));
          return Math.max(max, distance - GRADIENT_TOLERANCE.relative * Math.abs(value));
        }, 0);
        expect(furthest, i === 0 ? 'projection' : names[i - 1]).toBeLessThan(GRADIENT_TOLERANCE.absolute);
      });
      expect(all[0]?.some((value) => value !== 0)).toBe(true);
    },
  );

  it('computes one row per text where only the first tokens are asked for', () => {
    const shape = tf.tidy(() => {
      const parameters = Object.fromEntries(
        [...weights].map(([name, w]) => [name, tf.tensor(w.data, w.shape)]),
      );
      const ones = tf.ones([2, 5], 'int32');
      const inputs = { inputIds: ones, attentionMask: ones, tokenTypeIds: tf.zerosLike(ones) };
      return encode(parameters, config, inputs, NO_DROPOUT, 'first').shape;
    });
    expect(shape).toEqual([2, config.hiddenSize]);
  });
});
