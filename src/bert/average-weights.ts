// The mean of several checkpoints of one architecture, weight by weight: a "model soup" (Wortsman et al. 2022,
// https://arxiv.org/abs/2203.05482). It helps where they come from one base, and means nothing where they do not.
import { NunchiError } from '../errors.js';
import type { Weights } from './weights.js';

/**
 * @param several at least one; not changed
 * @param shares of each, which sum to 1; equal ones where left out
 * @throws NunchiError `model-shape-mismatch` naming the weight that is missing or of another shape
 */
export function averageWeights(several: readonly Weights[], shares?: readonly number[]): Weights {
  const [first, ...others] = several;
  if (first === undefined) throw new RangeError('nothing to average');
  const average: Weights = new Map();
  const shareOf = (index: number) => shares?.[index] ?? 1 / several.length;
  for (const [name, { shape, data }] of first) {
    const sum = Float64Array.from(data, (value) => value * shareOf(0));
    for (const [index, other] of others.entries()) {
      const tensor = other.get(name);
      if (tensor?.shape.join() !== shape.join()) {
        throw new NunchiError('model-shape-mismatch', `the models differ in the weight ${name}`, {
          hint: 'Only models of one architecture, trained from one base, can be averaged.',
        });
      }
      const share = shareOf(index + 1);
      tensor.data.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value * share));
    }
    average.set(name, { shape, data: Float32Array.from(sum) });
  }
  return average;
}
