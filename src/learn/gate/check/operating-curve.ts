// The gate's operating curve: how often a candidate passes the test of non-inferiority, by what it truly loses. Drawn by
// simulation from the rule itself, so that it holds for the very rows and margin that a verdict went by.
import { createRandom, type Random } from '../../../bert/random.js';
import { NO_PAIRS, type PairedCounts } from '../../mcnemar.js';
import { testNonInferiority, type NonInferiorityConfig } from '../non-inferiority.js';

export interface CurvePoint {
  /** Accuracy truly lost, 0 to 1; negative where it is gained. */
  trueLoss: number;
  /** Part of the draws that pass, 0 to 1. */
  passRate: number;
}

export interface OperatingCurve {
  rows: number;
  margin: number;
  /** Part of the rows that the two models differ on. */
  discordance: number;
  points: CurvePoint[];
}

const LOSSES = [
  -0.0025, 0, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.0075, 0.01, 0.015, 0.02, 0.03,
] as const;

function draw(rows: number, lost: number, gained: number, random: Random): PairedCounts {
  const counts = { ...NO_PAIRS };
  for (let row = 0; row < rows; row += 1) {
    const at = random.next();
    if (at < lost) counts.onlyChampion += 1;
    else if (at < lost + gained) counts.onlyCandidate += 1;
    else counts.both += 1;
  }
  return counts;
}

export function operatingCurve(
  rows: number,
  discordance: number,
  config: NonInferiorityConfig,
  { draws = 400, seed = 1 } = {},
): OperatingCurve {
  const points = LOSSES.map((trueLoss): CurvePoint => {
    const random = createRandom(seed, rows, Math.round(trueLoss * 1e6));
    // A loss beyond the pairs that differ makes more of them differ.
    const differing = Math.max(discordance, Math.abs(trueLoss));
    let passed = 0;
    for (let time = 0; time < draws; time += 1) {
      const counts = draw(rows, (differing + trueLoss) / 2, (differing - trueLoss) / 2, random);
      if (testNonInferiority(counts, config).passed === true) passed += 1;
    }
    return { trueLoss, passRate: passed / draws };
  });
  const { margin } = testNonInferiority({ ...NO_PAIRS, both: rows }, config);
  return { rows, margin, discordance, points };
}
