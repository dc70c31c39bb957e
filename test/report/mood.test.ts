// The mood of a bucket, its interval, and shares that come to a hundred.
import { describe, expect, it } from 'vitest';
import { moodOf, sharesOf, sumCounts } from '../../src/report/mood.js';
import { shown } from './report-fixture.js';

const counts = (negative: number, neutral: number, positive: number) => ({ negative, neutral, positive });

describe('the mood', () => {
  it.each([
    [counts(0, 0, 10), 1],
    [counts(10, 0, 0), -1],
    [counts(5, 90, 5), 0],
    [counts(10, 50, 40), 0.3],
  ])('of %j is %d', (of, value) => {
    expect(moodOf(of)?.value).toBeCloseTo(value, 12);
  });

  it('of nothing is none', () => {
    expect(moodOf(counts(0, 0, 0))).toBeNull();
  });

  it('has the interval of Agresti and Min', () => {
    // 10 and 40 of 100: (40 - 10) / 102 ± 1.95996 * sqrt((40 + 10 + 1) - 30² / 102) / 102
    const { low, high } = moodOf(counts(10, 50, 40)) ?? { low: 0, high: 0 };
    expect(low).toBeCloseTo(0.16933, 4);
    expect(high).toBeCloseTo(0.41891, 4);
  });

  it('is never certain, however few or alike the messages are', () => {
    const { low, high } = moodOf(counts(0, 0, 5)) ?? { low: 0, high: 0 };
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(0.4);
    expect(high).toBe(1);
  });

  it('is trusted more with more messages, and less where many are compared', () => {
    const width = (mood: ReturnType<typeof moodOf>) => (mood?.high ?? 0) - (mood?.low ?? 0);
    const few = width(moodOf(counts(1, 5, 4)));
    const many = width(moodOf(counts(100, 500, 400)));
    expect(many).toBeLessThan(few / 5);
    expect(width(moodOf(counts(100, 500, 400), 24))).toBeGreaterThan(many * 1.5);
  });

  it('lies in its interval as often as the level says', () => {
    // Every outcome of 12 messages, by its multinomial probability.
    const [pNegative, pNeutral, pPositive] = [0.15, 0.35, 0.5];
    const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
    let covered = 0;
    for (let negative = 0; negative <= 12; negative += 1) {
      for (let positive = 0; positive <= 12 - negative; positive += 1) {
        const neutral = 12 - negative - positive;
        const ways = factorial(12) / (factorial(negative) * factorial(neutral) * factorial(positive));
        const chance = ways * pNegative ** negative * pNeutral ** neutral * pPositive ** positive;
        const mood = moodOf(counts(negative, neutral, positive));
        if (mood !== null && mood.low <= 0.35 && 0.35 <= mood.high) covered += chance;
      }
    }
    expect(covered).toBeGreaterThan(0.93);
    expect(covered).toBeLessThan(0.99);
  });
});

describe('shares', () => {
  it('are of all that is read, and come to 100', () => {
    const { messages, ...rest } = shown([1, 1, 1]);
    expect(sharesOf({ messages, ...rest })).toEqual({ positive: 34, neutral: 33, negative: 33, unsure: 0 });
    expect(sharesOf(shown([2, 2, 3, 1]))).toEqual({ positive: 38, neutral: 25, negative: 25, unsure: 12 });
    expect(sharesOf(shown([0, 0, 7]))).toEqual({ positive: 100, neutral: 0, negative: 0, unsure: 0 });
  });

  it('of several buckets are of their messages, not of their days', () => {
    expect(sumCounts([shown([1, 2, 3, 4]), shown([10, 0, 0])])).toEqual({
      messages: 20,
      counts: counts(11, 2, 3),
      unsure: 4,
    });
  });
});
