// Temperatures against those worked out by hand: two logits 0 and d that are right with probability p want d / ln(p / (1 - p)).
import { describe, expect, it } from 'vitest';
import { fitTemperature, negativeLogLikelihood, type LogitRow } from '../../src/learn/temperature.js';

const rows = (difference: number, right: number, wrong: number): LogitRow[] => [
  ...Array.from({ length: right }, () => ({ logits: [0, difference], actual: 1 })),
  ...Array.from({ length: wrong }, () => ({ logits: [0, difference], actual: 0 })),
];
const logit = (p: number) => Math.log(p / (1 - p));

describe('fitTemperature', () => {
  it.each([
    ['too sure', 4, 3, 1],
    ['not sure enough', 0.5, 3, 1],
    ['honest already', logit(0.75), 3, 1],
    ['little better than chance', 2, 60, 40],
  ])('finds the optimum of a model that is %s', (_, difference, right, wrong) => {
    const expected = difference / logit(right / (right + wrong));
    const found = fitTemperature([rows(difference, right, wrong)]);
    expect(found).toBeCloseTo(expected, 3);
  });

  it('gives logits that were multiplied a temperature multiplied by as much', () => {
    const three: LogitRow[] = [
      { logits: [1.5, 0.2, -1], actual: 0 },
      { logits: [0.3, 2, -0.5], actual: 1 },
      { logits: [-1, 0.9, 0.7], actual: 2 },
      { logits: [1, -0.3, 0.4], actual: 2 },
      { logits: [2.5, 0.1, 0.3], actual: 0 },
    ];
    const found = fitTemperature([three]);
    const scaled = three.map(({ logits, actual }) => ({ logits: logits.map((value) => value * 3), actual }));
    expect(fitTemperature([scaled])).toBeCloseTo(found * 3, 3);
    for (const other of [found * 0.98, found * 1.02]) {
      expect(negativeLogLikelihood(three, other)).toBeGreaterThan(negativeLogLikelihood(three, found));
    }
  });

  it('counts every set the same, however large', () => {
    const small = rows(2, 3, 1);
    const large = rows(2, 900, 100);
    expect(fitTemperature([small, large])).toBeCloseTo(2 / logit((0.75 + 0.9) / 2), 3);
    expect(fitTemperature([[...small, ...large]])).toBeCloseTo(2 / logit(903 / 1004), 3);
  });

  it.each([
    ['are all right', rows(2, 5, 0)],
    ['are no better than chance', rows(2, 2, 2)],
    ['are worse than chance', rows(2, 1, 3)],
    ['say nothing', rows(0, 3, 1)],
    ['are not numbers', [{ logits: [NaN, 1], actual: 0 }]],
  ])('refuses readings that %s', (_, set) => {
    expect(() => fitTemperature([set])).toThrow(expect.objectContaining({ code: 'not-enough-data' }));
  });
});

describe('negativeLogLikelihood', () => {
  it('is the mean over the texts, in nats', () => {
    expect(negativeLogLikelihood(rows(0, 1, 1), 1)).toBeCloseTo(Math.log(2), 12);
    const expected = (-Math.log(0.75) * 3 - Math.log(0.25)) / 4;
    expect(negativeLogLikelihood(rows(2 * logit(0.75), 3, 1), 2)).toBeCloseTo(expected, 12);
  });

  it('stays finite where a probability would be zero', () => {
    expect(negativeLogLikelihood([{ logits: [0, 5000], actual: 0 }], 1)).toBe(5000);
  });
});
