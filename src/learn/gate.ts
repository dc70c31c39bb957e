// The promotion gate: figures of a paired comparison in, a verdict out. Pure; `verdict-text.ts` says it in words.
import { worseOrBetter, type PairedCounts } from './mcnemar.js';

export interface GateConfig {
  /** With fewer held-out corrections than this the gate leaves the decision to a person. */
  minHeldOutCorrections: number;
  /** One-sided level of the exact McNemar tests. */
  level: number;
  /** Points of replay accuracy that a candidate may lose, 0 to 1; more is worse whatever the test says. */
  replayMargin: number;
}

export const GATE_DEFAULTS: GateConfig = { minHeldOutCorrections: 50, level: 0.05, replayMargin: 0.05 };

export interface GateInput {
  /** The candidate has the very weights of the champion. */
  sameModel: boolean;
  /** The held-out part of the replay set: what Nunchi knew before. */
  replay: PairedCounts;
  /** Corrections that no model was trained on. */
  heldOutCorrections: PairedCounts;
}

export type GateRule =
  'same-model' | 'worse-on-replay' | 'insufficient-data' | 'mcnemar-better' | 'mcnemar-not-better';
/** `confirm`: a person decides. */
export type GateDecision = 'promote' | 'confirm' | 'keep';

export interface GateFigures extends PairedCounts {
  /** null where there is nothing to compare. */
  championAccuracy: number | null;
  candidateAccuracy: number | null;
  /** One-sided exact p-value that the candidate is better by chance alone, and worse by chance alone. */
  pBetter: number;
  pWorse: number;
}

export interface GateVerdict {
  decision: GateDecision;
  rule: GateRule;
  config: GateConfig;
  replay: GateFigures;
  heldOutCorrections: GateFigures;
}

function figures(counts: PairedCounts): GateFigures {
  const { both, onlyChampion, onlyCandidate, neither } = counts;
  const n = both + onlyChampion + onlyCandidate + neither;
  const { pBetter, pWorse } = worseOrBetter(counts);
  return {
    ...counts,
    championAccuracy: n === 0 ? null : (both + onlyChampion) / n,
    candidateAccuracy: n === 0 ? null : (both + onlyCandidate) / n,
    pBetter,
    pWorse,
  };
}

/**
 * What is known must not be lost first; then held-out corrections decide, and where they are too few, a person does.
 */
export function judge(input: GateInput, config: GateConfig = GATE_DEFAULTS): GateVerdict {
  const replay = figures(input.replay);
  const heldOutCorrections = figures(input.heldOutCorrections);
  const n =
    heldOutCorrections.both +
    heldOutCorrections.onlyChampion +
    heldOutCorrections.onlyCandidate +
    heldOutCorrections.neither;
  const verdict = (decision: GateDecision, rule: GateRule): GateVerdict => ({
    decision,
    rule,
    config,
    replay,
    heldOutCorrections,
  });

  if (input.sameModel) return verdict('keep', 'same-model');
  const lost = (replay.championAccuracy ?? 0) - (replay.candidateAccuracy ?? 0);
  if (replay.pWorse < config.level || lost > config.replayMargin) return verdict('keep', 'worse-on-replay');
  if (n < config.minHeldOutCorrections) return verdict('confirm', 'insufficient-data');
  return heldOutCorrections.pBetter < config.level
    ? verdict('promote', 'mcnemar-better')
    : verdict('keep', 'mcnemar-not-better');
}
