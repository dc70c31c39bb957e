// Exact McNemar test: two models read the same texts; only the texts that one of them alone reads rightly count.
// McNemar (1947), Psychometrika 12; exact form as in Fagerland, Lydersen, Laake (2013), BMC Med. Res. Methodol. 13:91.

export interface PairedCounts {
  /** Texts that both models read rightly. */
  both: number;
  onlyChampion: number;
  onlyCandidate: number;
  neither: number;
}

export const NO_PAIRS: PairedCounts = { both: 0, onlyChampion: 0, onlyCandidate: 0, neither: 0 };

/** P(X ≥ successes) for X binomial with `trials` and probability one half. */
function upperTail(successes: number, trials: number): number {
  // Logarithms: 2^-trials underflows beyond about a thousand pairs.
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= trials; k += 1) {
    if (k > 0) logChoose += Math.log((trials - k + 1) / k);
    if (k >= successes) sum += Math.exp(logChoose - trials * Math.LN2);
  }
  return Math.min(1, sum);
}

/** One-sided p-values under "the two models are equally good". */
export function worseOrBetter(counts: PairedCounts): { pBetter: number; pWorse: number } {
  const discordant = counts.onlyChampion + counts.onlyCandidate;
  return {
    pBetter: upperTail(counts.onlyCandidate, discordant),
    pWorse: upperTail(counts.onlyChampion, discordant),
  };
}
