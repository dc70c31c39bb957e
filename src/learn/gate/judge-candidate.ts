// One candidate from its directory to its verdict: files first, then loaded beside the champion, measured, judged.
import { updateManifest } from '../../bert/model-directory.js';
import { NunchiError } from '../../errors.js';
import { loadBehaviour, type BehaviourItem } from '../behaviour.js';
import { judge, NO_EVIDENCE, type GateConfig, type GatePurpose, type GateVerdict } from '../gate.js';
import { comparePaired } from '../paired-evaluation.js';
import type { PreparedModel, SentimentService } from '../../serve/service.js';
import type { LabelledText } from '../../train/job.js';
import type { BaseSet } from './base-set.js';
import { gatherEvidence } from './evidence.js';
import { verifyCandidate, type CandidateFiles, type FileProblem } from './verify-candidate.js';

export interface GateSources {
  verify(directory: string, base: { version: string; directory: string }): Promise<CandidateFiles>;
  loadBehaviour(): Promise<BehaviourItem[]>;
  /** null where it is not on this machine. */
  loadBaseSet(): Promise<BaseSet | null>;
  /** Where readings of the base set are kept from one run to the next; without it they are not. */
  readingsFolder: string | undefined;
}

const AS_SHIPPED: GateSources = {
  verify: verifyCandidate,
  loadBehaviour: () => loadBehaviour(),
  loadBaseSet: () => Promise.resolve(null),
  readingsFolder: undefined,
};

export interface CandidateToJudge {
  directory: string;
  version: string;
  purpose: GatePurpose;
  heldOutReplay: readonly LabelledText[];
  trainedCorrections: readonly LabelledText[];
  /** None of them learned by champion or candidate. */
  heldOutCorrections: readonly LabelledText[];
  /** Known sentences, which say how usual a phrase is. */
  known: readonly string[];
}

export interface JudgeConfig {
  /** What serves is the champion. */
  sentiment: Pick<SentimentService, 'model' | 'classify' | 'prepare'>;
  /** The model that the candidate must come from. */
  base: { version: string; directory: string };
  gate: GateConfig;
  sources?: Partial<GateSources> | undefined;
}

export interface JudgedCandidate {
  verdict: GateVerdict;
  /** Corrections trained on, and how many of them each model reads as corrected, and surely: what people will see. */
  learned: { n: number; champion: number; candidate: number };
}

const NOTHING_LEARNED = { n: 0, champion: 0, candidate: 0 };

/**
 * A candidate with wrong files is never loaded.
 * @throws NunchiError `training-cancelled`, `training-failed` where the champion changes meanwhile, and what loading throws
 */
export async function judgeCandidate(
  candidate: CandidateToJudge,
  { sentiment, base, gate, sources }: JudgeConfig,
  signal?: AbortSignal,
): Promise<JudgedCandidate> {
  const { verify, loadBehaviour, loadBaseSet, readingsFolder } = { ...AS_SHIPPED, ...sources };
  const { purpose } = candidate;
  const files = await verify(candidate.directory, base);
  const refused = (fileProblem: FileProblem): JudgedCandidate => {
    const size = { candidateBytes: files.bytes, baseBytes: files.baseBytes };
    return { verdict: judge({ ...NO_EVIDENCE, purpose, fileProblem, size }, gate), learned: NOTHING_LEARNED };
  };
  if (files.problem !== null) return refused(files.problem);
  // It is to serve in the form of its base, so that is the form that is judged: what int8 costs it, the gate sees.
  if (files.int8)
    await updateManifest(candidate.directory, { quantization: { used: true, evaluations: [] } });
  let prepared: PreparedModel;
  try {
    prepared = await sentiment.prepare(candidate.directory);
  } catch (error) {
    if (!(error instanceof NunchiError) || error.code !== 'model-check-failed') throw error;
    return refused({ kind: 'unsound', detail: error.message });
  }
  try {
    const evidence = await gatherEvidence({
      purpose,
      champion: sentiment,
      candidate: prepared,
      files,
      loadBaseSet,
      ...(readingsFolder === undefined ? {} : { readingsFolder }),
      heldOutReplay: candidate.heldOutReplay,
      trainedCorrections: candidate.trainedCorrections,
      heldOutCorrections: candidate.heldOutCorrections,
      behaviour: await loadBehaviour(),
      known: candidate.known,
      config: gate,
      ...(signal === undefined ? {} : { signal }),
    });
    const trained = await comparePaired(sentiment, prepared, candidate.trainedCorrections, {
      sure: true,
      ...(signal === undefined ? {} : { signal }),
    });
    const sameModel = candidate.version === sentiment.model.version;
    return {
      verdict: judge({ ...evidence, sameModel }, gate),
      learned: {
        n: candidate.trainedCorrections.length,
        champion: trained.both + trained.onlyChampion,
        candidate: trained.both + trained.onlyCandidate,
      },
    };
  } finally {
    await prepared.discard();
  }
}
