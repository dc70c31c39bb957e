// The promotion gate: what was measured of champion and candidate in, a verdict out, with the rule that it goes by. Pure:
// the measuring is in gate/evidence.ts, the numbers in gate/settings.ts, the words in verdict-text.ts.
import { canaryExcess, type CanaryCount } from './gate/canary.js';
import { holmRejected } from './gate/holm.js';
import type { Latencies } from './gate/latency.js';
import { countsTotal, testNonInferiority, type NonInferiority } from './gate/non-inferiority.js';
import { GATE_DEFAULTS, type GateConfig } from './gate/settings.js';
import type { FileProblem } from './gate/verify-candidate.js';
import { NO_PAIRS, worseOrBetter, type PairedCounts } from './mcnemar.js';

export { GATE_DEFAULTS, type GateConfig };

/** `deletion`: a rebuild without what had to be forgotten is held to nothing but sound files and what was known before. */
export type GatePurpose = 'night' | 'manual' | 'deletion';

export interface GateEvidence {
  purpose: GatePurpose;
  /** The candidate has the very weights of the champion. */
  sameModel: boolean;
  /** With one, nothing was loaded and nothing else measured. */
  fileProblem: FileProblem | null;
  size: { candidateBytes: number; baseBytes: number } | null;
  latency: Latencies | null;
  /** null where the frozen base set is not on this machine, or was not read because something else decides. */
  base: { set: string; counts: PairedCounts } | null;
  /** Whether the known sentences stand in for a base set that is not there. */
  replayStandsIn: boolean;
  /** The held-out part of the known sentences. */
  replay: PairedCounts;
  /** Expected calibration errors, 0 to 1, on the set named. */
  calibration: { set: string; n: number; champion: number; candidate: number } | null;
  /** Items of the behaviour set that each model passes. */
  behaviour: readonly ({ capability: string } & PairedCounts)[];
  canary: readonly CanaryCount[];
  /** Corrections that neither model learned. */
  heldOutCorrections: PairedCounts;
}

/** Of a candidate that was not measured. */
export const NO_EVIDENCE: Omit<GateEvidence, 'purpose'> = {
  sameModel: false,
  fileProblem: null,
  size: null,
  latency: null,
  base: null,
  replayStandsIn: true,
  replay: NO_PAIRS,
  calibration: null,
  behaviour: [],
  canary: [],
  heldOutCorrections: NO_PAIRS,
};

/** Why a candidate stays out of use, first the one that weighs most. */
const STOPS = [
  'files',
  'same-model',
  'too-large',
  'slower',
  'worse-on-base',
  'worse-on-replay',
  'worse-behaviour',
  'worse-calibrated',
  'canary',
  'mcnemar-worse',
  'mcnemar-not-better',
] as const;
export type GateStop = (typeof STOPS)[number];
export type GateRule =
  GateStop | 'insufficient-data' | 'few-corrections' | 'mcnemar-better' | 'mcnemar-equal' | 'deletion';
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

export interface BaseFigures extends GateFigures {
  /** Name of the rows. */
  set: string;
  test: NonInferiority;
}

export interface CapabilityFigures extends GateFigures {
  capability: string;
  /** By the exact test, corrected for their number (Holm 1979). */
  worse: boolean;
}

export interface GateVerdict {
  decision: GateDecision;
  rule: GateRule;
  /** Every rule that alone would have stopped the candidate. */
  stops: GateStop[];
  purpose: GatePurpose;
  config: GateConfig;
  fileProblem: FileProblem | null;
  size: GateEvidence['size'];
  latency: GateEvidence['latency'];
  base: BaseFigures | null;
  replay: GateFigures & { test: NonInferiority };
  calibration: GateEvidence['calibration'];
  behaviour: CapabilityFigures[];
  canary: CanaryCount[];
  heldOutCorrections: GateFigures;
}

function figures(counts: PairedCounts): GateFigures {
  const { both, onlyChampion, onlyCandidate, neither } = counts;
  const n = countsTotal(counts);
  const { pBetter, pWorse } = worseOrBetter(counts);
  return {
    both,
    onlyChampion,
    onlyCandidate,
    neither,
    championAccuracy: n === 0 ? null : (both + onlyChampion) / n,
    candidateAccuracy: n === 0 ? null : (both + onlyCandidate) / n,
    pBetter,
    pWorse,
  };
}

type Measured = Omit<GateVerdict, 'decision' | 'rule' | 'stops'>;

function measure(evidence: GateEvidence, config: GateConfig): Measured {
  const { base, behaviour, replay } = evidence;
  const capabilities = behaviour.map(({ capability, ...counts }) => ({ capability, ...figures(counts) }));
  const worse = holmRejected(
    capabilities.map(({ pWorse }) => pWorse),
    config.behaviourLevel,
  );
  return {
    purpose: evidence.purpose,
    config,
    fileProblem: evidence.fileProblem,
    size: evidence.size,
    latency: evidence.latency,
    base:
      base === null
        ? null
        : { set: base.set, ...figures(base.counts), test: testNonInferiority(base.counts, config.base) },
    replay: { ...figures(replay), test: testNonInferiority(replay, config.replay) },
    calibration: evidence.calibration,
    behaviour: capabilities.map((own, index) => ({ ...own, worse: worse[index] === true })),
    canary: [...evidence.canary],
    heldOutCorrections: figures(evidence.heldOutCorrections),
  };
}

/** Too few rows for a bound can still show that something was lost. */
function isInferior({ test, pWorse }: { test: NonInferiority; pWorse: number }): boolean {
  return test.passed === null ? pWorse < test.level : !test.passed;
}

function losesBehaviour({ behaviour, config }: Measured): boolean {
  const sum = (key: keyof PairedCounts) => behaviour.reduce((total, own) => total + own[key], 0);
  const items = behaviour.reduce((total, own) => total + countsTotal(own), 0);
  const lost = sum('onlyChampion') - sum('onlyCandidate');
  return behaviour.some(({ worse }) => worse) || lost > config.behaviourTolerance * items;
}

function stopsOf(measured: Measured, { sameModel, replayStandsIn }: GateEvidence): GateStop[] {
  const { config, size, latency, base, replay, calibration, canary, heldOutCorrections: held } = measured;
  if (measured.fileProblem !== null) return ['files'];
  if (sameModel) return ['same-model'];
  const enough = countsTotal(held) >= config.minHeldOutCorrections;
  const heldOutLost = held.onlyChampion - held.onlyCandidate > config.heldOutMargin * countsTotal(held);
  const better = held.pBetter < config.level;
  const applies: Record<Exclude<GateStop, 'files' | 'same-model'>, boolean> = {
    'too-large': size !== null && size.candidateBytes > config.sizeRatio * size.baseBytes,
    slower:
      latency !== null &&
      latency.candidateMs > config.latencyRatio * latency.championMs + config.latencyAllowanceMs,
    'worse-on-base': base !== null && isInferior(base),
    // Where the base set speaks, these fewer sentences only have to be not plainly worse, and by more than their margin: two
    // bounds would stop twice as many equal candidates, and the test alone the more good ones the more sentences there are.
    'worse-on-replay': replayStandsIn
      ? isInferior(replay)
      : replay.pWorse < config.replay.level && replay.test.difference < -config.replay.margin,
    'worse-behaviour': losesBehaviour(measured),
    'worse-calibrated':
      calibration !== null && calibration.candidate - calibration.champion > config.calibrationTolerance,
    canary: canary.some((count) => canaryExcess(count) > config.canary.limit),
    'mcnemar-worse': held.pWorse < config.level || (enough && heldOutLost),
    'mcnemar-not-better': enough && config.heldOut === 'better' && !better,
  };
  const forDeletion: readonly GateStop[] = ['too-large', 'slower', 'worse-on-base', 'worse-on-replay'];
  return STOPS.filter(
    (stop): stop is keyof typeof applies =>
      stop !== 'files' &&
      stop !== 'same-model' &&
      applies[stop] &&
      (measured.purpose !== 'deletion' || forDeletion.includes(stop)),
  );
}

/**
 * What is known must not be lost; then the rest must be no worse, and held-out corrections have their say. Nothing is
 * asked of a person unless the operator wants it so, or a run begun by hand has too little to go by.
 */
export function judge(evidence: GateEvidence, config: GateConfig = GATE_DEFAULTS): GateVerdict {
  const measured = measure(evidence, config);
  const stops = stopsOf(measured, evidence);
  const verdict = (decision: GateDecision, rule: GateRule): GateVerdict => ({
    decision,
    rule,
    stops,
    ...measured,
  });
  const [stop] = stops;
  if (stop !== undefined) return verdict('keep', stop);
  // What has to be forgotten is forgotten, unless something was plainly lost.
  if (measured.purpose === 'deletion') return verdict('promote', 'deletion');
  if ((measured.base ?? measured.replay).test.passed === null) {
    return verdict(measured.purpose === 'manual' ? 'confirm' : 'keep', 'insufficient-data');
  }
  const decision = config.promotion === 'ask' ? 'confirm' : 'promote';
  const { heldOutCorrections: held } = measured;
  if (countsTotal(held) < config.minHeldOutCorrections) return verdict(decision, 'few-corrections');
  return verdict(decision, held.pBetter < config.level ? 'mcnemar-better' : 'mcnemar-equal');
}
