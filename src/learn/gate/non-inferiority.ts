// Is the candidate worse than the champion by less than a margin? A paired, one-sided confidence bound of the difference
// of their accuracies, and how likely an equal candidate is to pass with the rows that there are.
import type { PairedCounts } from '../mcnemar.js';
import { normalCdf, normalQuantile } from './normal.js';

export interface NonInferiorityConfig {
  /** Points of accuracy that a candidate may be worse by, 0 to 1, where the rows suffice to show so little. */
  margin: number;
  /** One-sided: the bound is below the true difference in all but so many of the cases. */
  level: number;
  /** With too few rows for this chance that an equal candidate passes, the margin is as wide as it has to be, */
  requiredPower: number;
  /** and where it had to be wider than this, the rows say nothing. */
  widestMargin: number;
  /** Part of the rows on which exactly one of the two models is right, to plan with: what is seen must not widen the margin. */
  plannedDiscordance: number;
}

export interface NonInferiority {
  n: number;
  /** Accuracy of the candidate less that of the champion. */
  difference: number;
  /** Lower bound of it. */
  lowerBound: number;
  /** The one that was used. */
  margin: number;
  /** Whether it is wider than the one configured. */
  widened: boolean;
  /** Chance that an equal candidate passes with this margin, going by the part of rows that the two really differ on. */
  power: number;
  /** Of the bound. */
  level: number;
  /** null where the rows are too few to say. */
  passed: boolean | null;
}

export const countsTotal = ({ both, onlyChampion, onlyCandidate, neither }: PairedCounts) =>
  both + onlyChampion + onlyCandidate + neither;

/** Chance that a candidate that is truly equal passes: the normal approximation of the difference's distribution. */
export function powerOf(n: number, discordance: number, margin: number, level: number): number {
  if (n === 0) return 0;
  if (discordance === 0) return 1;
  return normalCdf(margin / Math.sqrt(discordance / n) - normalQuantile(1 - level));
}

/** The narrowest margin with which an equal candidate passes with this chance. */
export function marginFor(n: number, discordance: number, power: number, level: number): number {
  if (n === 0) return Infinity;
  return (normalQuantile(1 - level) + normalQuantile(power)) * Math.sqrt(discordance / n);
}

/**
 * One-sided lower bound of candidate accuracy less champion accuracy: the score interval of Tango (1998), Statistics in
 * Medicine 17:891-908, which stays honest where few pairs differ.
 * @param counts at least one
 */
export function differenceLowerBound(counts: PairedCounts, level: number): number {
  const n = countsTotal(counts);
  const { onlyCandidate: gained, onlyChampion: lost } = counts;
  const z = normalQuantile(1 - level);
  const score = (delta: number) => {
    // The likeliest share of lost pairs where the difference is `delta`.
    const b = -gained - lost + (2 * n - gained + lost) * delta;
    const c = -lost * delta * (1 - delta);
    const share = (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
    const variance = n * (2 * share + delta * (1 - delta));
    const distance = gained - lost - n * delta;
    return variance <= 0 ? Math.sign(distance) * Infinity : distance / Math.sqrt(variance);
  };
  let [low, high] = [-1, (gained - lost) / n];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (score(middle) > z) low = middle;
    else high = middle;
  }
  return low;
}

export function testNonInferiority(counts: PairedCounts, config: NonInferiorityConfig): NonInferiority {
  const n = countsTotal(counts);
  const discordant = counts.onlyCandidate + counts.onlyChampion;
  const needed = marginFor(n, config.plannedDiscordance, config.requiredPower, config.level);
  const widened = needed > config.margin;
  const margin = widened ? Math.min(needed, config.widestMargin) : config.margin;
  const lowerBound = n === 0 ? -1 : differenceLowerBound(counts, config.level);
  return {
    n,
    difference: n === 0 ? 0 : (counts.onlyCandidate - counts.onlyChampion) / n,
    lowerBound,
    margin,
    widened,
    level: config.level,
    power: n === 0 ? 0 : powerOf(n, discordant / n, margin, config.level),
    passed: needed > config.widestMargin ? null : lowerBound > -margin,
  };
}
