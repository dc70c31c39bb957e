// The paired bound against a likelihood maximised by brute force, powers against the figures they were planned with, and
// margins that widen where rows are few.
import { describe, expect, it } from 'vitest';
import { holmRejected } from '../../../src/learn/gate/holm.js';
import {
  differenceLowerBound,
  marginFor,
  powerOf,
  testNonInferiority,
} from '../../../src/learn/gate/non-inferiority.js';
import { normalCdf, normalQuantile } from '../../../src/learn/gate/normal.js';
import { operatingCurve } from '../../../src/learn/gate/check/operating-curve.js';
import { GATE_DEFAULTS } from '../../../src/learn/gate/settings.js';
import type { PairedCounts } from '../../../src/learn/mcnemar.js';

const counts = (n: number, onlyCandidate: number, onlyChampion: number): PairedCounts => ({
  both: n - onlyCandidate - onlyChampion,
  onlyChampion,
  onlyCandidate,
  neither: 0,
});

describe('the normal distribution', () => {
  it.each([
    [0, 0.5],
    [1.6448536, 0.95],
    [-1.959964, 0.025],
    [2.3263479, 0.99],
  ])('P(Z ≤ %d) is %d, and back', (z, probability) => {
    expect(normalCdf(z)).toBeCloseTo(probability, 6);
    expect(normalQuantile(probability)).toBeCloseTo(z, 5);
  });
});

describe('the lower bound of a paired difference', () => {
  /** The score statistic at `delta`, its share of lost pairs found on a grid instead of by the closed form. */
  function scoreByGrid(n: number, gained: number, lost: number, delta: number): number {
    let best = { share: 0, likelihood: -Infinity };
    for (let step = 1; step < 200_000; step += 1) {
      const share = (step / 200_000) * 0.5;
      const [p, q, rest] = [share + delta, share, 1 - 2 * share - delta];
      if (p <= 0 || rest <= 0) continue;
      const likelihood = gained * Math.log(p) + lost * Math.log(q) + (n - gained - lost) * Math.log(rest);
      if (likelihood > best.likelihood) best = { share, likelihood };
    }
    return (gained - lost - n * delta) / Math.sqrt(n * (2 * best.share + delta * (1 - delta)));
  }

  it.each([
    [100, 5, 9],
    [1877, 30, 41],
    [26_000, 700, 760],
    [54, 2, 12],
  ])('of %d rows, %d gained and %d lost, is where the score is the quantile', (n, gained, lost) => {
    const bound = differenceLowerBound(counts(n, gained, lost), 0.05);
    expect(scoreByGrid(n, gained, lost, bound)).toBeCloseTo(1.6449, 2);
    expect(bound).toBeLessThan((gained - lost) / n);
  });

  it('stays below 0 where nothing differs, by less the more rows there are', () => {
    const few = differenceLowerBound(counts(50, 0, 0), 0.05);
    const many = differenceLowerBound(counts(5000, 0, 0), 0.05);
    expect(few).toBeLessThan(many);
    expect(many).toBeLessThan(0);
  });
});

describe('power and margin', () => {
  it.each([
    [6_500, 0.005, 0.5],
    [14_800, 0.005, 0.8],
    [26_000, 0.005, 0.95],
    [6_500, 0.01, 0.95],
  ])('with %d rows, 6 %% of them different, and a margin of %d it is %d', (n, margin, power) => {
    expect(powerOf(n, 0.06, margin, 0.05)).toBeCloseTo(power, 2);
    expect(marginFor(n, 0.06, power, 0.05)).toBeCloseTo(margin, 3);
  });

  it('keeps the margin of the settings where the rows suffice, and states the power that they give', () => {
    const test = testNonInferiority(counts(26_000, 780, 780), GATE_DEFAULTS.base);
    expect(test).toMatchObject({ margin: 0.005, widened: false, passed: true });
    expect(test.power).toBeCloseTo(0.95, 2);
  });

  it('widens it where they do not, by what was planned and not by what is seen', () => {
    const calm = testNonInferiority(counts(1877, 5, 5), GATE_DEFAULTS.base);
    const wild = testNonInferiority(counts(1877, 300, 400), GATE_DEFAULTS.base);
    expect(calm.margin).toBeCloseTo(0.014, 3);
    expect(wild.margin).toBe(calm.margin);
    expect([calm.widened, calm.passed, wild.passed]).toEqual([true, true, false]);
    expect(wild.power).toBeLessThan(calm.power);
  });

  it.each([0, 20, 300])('says nothing with %d rows', (n) => {
    expect(testNonInferiority(counts(n, 0, 0), GATE_DEFAULTS.base).passed).toBeNull();
  });
});

describe('the operating curve', () => {
  it('passes the equal nearly always, what loses the margin at the level, and twice of it never', () => {
    const { points, margin } = operatingCurve(26_000, 0.06, GATE_DEFAULTS.base, { draws: 60, seed: 7 });
    const rateAt = (loss: number) => points.find(({ trueLoss }) => trueLoss === loss)?.passRate;
    expect(margin).toBe(0.005);
    expect(rateAt(0)).toBeGreaterThan(0.9);
    expect(rateAt(0.005)).toBeLessThan(0.1);
    expect(rateAt(0.01)).toBe(0);
    const rates = points.map(({ passRate }) => passRate);
    expect([...rates].sort((a, b) => b - a)).toEqual(rates);
  });
});

describe('Holm', () => {
  it('rejects step by step, and stops at the first that stands', () => {
    expect(holmRejected([0.04, 0.01, 0.02], 0.05)).toEqual([true, true, true]);
    expect(holmRejected([0.04, 0.02, 0.03], 0.05)).toEqual([false, false, false]);
    expect(holmRejected([0.2, 0.001, 0.03], 0.05)).toEqual([false, true, false]);
    expect(holmRejected([], 0.05)).toEqual([]);
  });
});
