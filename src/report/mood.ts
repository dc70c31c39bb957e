// One number for how messages read, and how far it can be trusted.
import { LABELS, type Label } from '../labels.js';
import type { MoodBucket, MoodCounts } from '../store/contracts/reports.js';

export interface Mood {
  /** -1 (all negative) to 1 (all positive). */
  value: number;
  /** The interval in which the mood lies at the level asked for. */
  low: number;
  high: number;
  /** Messages that it is made of. */
  n: number;
}

export type ShownBucket = Extract<MoodBucket, { tooFew: false }>;

/** Two-sided 95 %. */
const LEVEL = 0.05;

/**
 * The mood is (positive - negative) / (positive + neutral + negative); messages read without being sure do not count.
 * It is a difference of two proportions of the same messages, as between matched pairs, so that its interval is the
 * adjusted Wald one of Agresti and Min, "Simple improved confidence intervals for comparing matched proportions",
 * Statistics in Medicine 24 (2005): half a pair is added to each of the four cells. It holds for few messages too, and
 * for none of a label; it takes messages as independent, which those of one person are not quite.
 * @param comparisons how many such intervals are compared: each one is wider, so that all of them hold together (Bonferroni)
 * @returns null where no message counts
 */
export function moodOf(counts: Record<Label, number>, comparisons = 1, level = LEVEL): Mood | null {
  const { negative, positive } = counts;
  const n = LABELS.reduce((sum, label) => sum + counts[label], 0);
  if (n === 0) return null;
  const difference = positive - negative;
  const pairs = n + 2;
  const error = Math.sqrt(positive + negative + 1 - difference ** 2 / pairs) / pairs;
  const reach = upperNormalQuantile(level / 2 / comparisons) * error;
  return {
    value: difference / n,
    low: Math.max(-1, difference / pairs - reach),
    high: Math.min(1, difference / pairs + reach),
    n,
  };
}

/** Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23: off by less than 0.00045. @param part 0 to 0.5 */
function upperNormalQuantile(part: number): number {
  const t = Math.sqrt(-2 * Math.log(part));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - above / below;
}

export function shownBuckets(buckets: readonly MoodBucket[]): ShownBucket[] {
  return buckets.filter((bucket) => !bucket.tooFew);
}

/** Of several buckets together. Authors are left out: the same people may have written in each of them. */
export function sumCounts(buckets: readonly ShownBucket[]): Omit<MoodCounts, 'authors'> {
  const sum = { messages: 0, counts: { negative: 0, neutral: 0, positive: 0 }, unsure: 0 };
  for (const { messages, counts, unsure } of buckets) {
    sum.messages += messages;
    sum.unsure += unsure;
    for (const label of LABELS) sum.counts[label] += counts[label];
  }
  return sum;
}

export type Share = Label | 'unsure';

/** Whole per cents of all that is read, which come to 100 together (largest remainders). There must be a message. */
export function sharesOf({ messages, counts, unsure }: Omit<MoodCounts, 'authors'>): Record<Share, number> {
  const amounts: [Share, number][] = [
    ['positive', counts.positive],
    ['neutral', counts.neutral],
    ['negative', counts.negative],
    ['unsure', unsure],
  ];
  const parts = amounts.map(([share, amount]) => {
    const exact = (amount / messages) * 100;
    return { share, percent: Math.floor(exact), remainder: exact % 1 };
  });
  const missing = 100 - parts.reduce((sum, { percent }) => sum + percent, 0);
  const byRemainder = [...parts].sort((a, b) => b.remainder - a.remainder);
  for (const part of byRemainder.slice(0, missing)) part.percent += 1;
  return Object.fromEntries(parts.map(({ share, percent }) => [share, percent])) as Record<Share, number>;
}
