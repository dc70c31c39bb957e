// The rule that lets an int8 model be used, or not.
import { expect, it } from 'vitest';
import { judgeQuantization } from '../../src/bert/judge-quantization.js';

const set = (data: string, accuracyFloat: number, accuracyInt8: number, n = 1000) => ({
  data,
  n,
  accuracyFloat,
  accuracyInt8,
});

it.each([
  [0.9, 0.9, true],
  [0.9, 0.95, true],
  [0.9, 0.897, true],
  [0.9, 0.896, false],
  [0.9, Number.NaN, false],
  [Number.NaN, 0.9, false],
])('float %d, int8 %d: used %s', (float, int8, used) => {
  expect(judgeQuantization([set('test', float, int8)]).used).toBe(used);
});

it('takes the set that lost the most, and says so', () => {
  const evaluations = [set('a', 0.9, 0.89), set('b', 0.8, 0.75), set('c', 0.7, 0.7)];
  const { used, reason } = judgeQuantization(evaluations);
  expect(used).toBe(false);
  expect(reason).toBe('int8 loses 5.00 points of accuracy on b, more than 1.00');
  expect(evaluations.map(({ data }) => data)).toEqual(['a', 'b', 'c']);
});

it('bears what a few texts of one set are, and not what all of them lose', () => {
  const few = [set('a', 0.9, 0.905), set('b', 0.9, 0.9), set('c', 0.7, 0.691)];
  expect(judgeQuantization(few).used).toBe(true);
  const all = [set('a', 0.9, 0.895), set('b', 0.9, 0.895), set('none', 0, 0, 0)];
  expect(judgeQuantization(all).reason).toBe('int8 loses 0.50 points of accuracy on average, more than 0.30');
});

it.each([[[]], [[set('none', 0, 0, 0)]]])('nothing evaluated is no proof', (evaluations) => {
  expect(judgeQuantization(evaluations)).toMatchObject({ used: false, reason: 'nothing was evaluated' });
});
