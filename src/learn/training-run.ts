// What one run does: dataset → trainer process → candidate loaded beside the champion → paired evaluation → gate.
import { mkdir, rm } from 'node:fs/promises';
import { NunchiError } from '../errors.js';
import type { SentimentService } from '../serve/service.js';
import type { Store, TrainingRun } from '../store/store.js';
import type { FinetuneJob, StartTrainer, TrainingResult } from '../train/job.js';
import {
  candidateDataset,
  candidateJob,
  trainCandidate,
  type CandidateConfig,
  type TrainingHooks,
} from './candidate-training.js';
import type { Dataset } from './dataset.js';
import { judge, type GateConfig, type GateDecision, type GateVerdict } from './gate.js';
import { recordedDirectory } from './model-registry.js';
import { comparePaired } from './paired-evaluation.js';
import type { ReplaySet } from './replay.js';
import type { TrainingReport } from './training-report.js';
import type { TrainingPhase } from './training-service.js';
import { describeVerdict } from './verdict-text.js';

export interface RunConfig extends CandidateConfig {
  store: Pick<Store, 'feedback' | 'models' | 'runs'>;
  sentiment: SentimentService;
  startTrainer: StartTrainer;
  /** Absolute path of the home folder; the folder for trained models is inside it. */
  home: string;
  loadReplay: () => Promise<ReplaySet>;
  gate: GateConfig;
}

export interface RunHooks extends TrainingHooks {
  onPhase(phase: TrainingPhase): Promise<void>;
}

export interface RunOutcome {
  decision: GateDecision;
  candidateVersion: string;
  report: TrainingReport;
}

interface Candidate {
  job: FinetuneJob;
  result: TrainingResult;
  verdict: GateVerdict;
  learned: TrainingReport['learned'];
}

/** @throws NunchiError `training-cancelled`, `training-failed`, and what trainer and serving throw. */
export async function executeRun(run: TrainingRun, config: RunConfig, hooks: RunHooks): Promise<RunOutcome> {
  const dataset = await gather(config);
  if (dataset.trainedCorrections.length === 0) {
    throw new NunchiError('not-enough-data', 'The corrections were taken back before the run began');
  }
  await mkdir(config.modelsDirectory, { recursive: true });

  const job = candidateJob(`run-${run.id}`, dataset, config);
  let candidate: Candidate;
  try {
    await hooks.onPhase('training');
    const result = await trainCandidate(job, config.startTrainer, hooks);
    await hooks.onPhase('evaluating');
    candidate = { job, result, ...(await evaluate(result, dataset, config, hooks)) };
  } catch (error) {
    await rm(job.outDirectory, { recursive: true, force: true });
    throw error;
  }
  return conclude(candidate, dataset, config);
}

/** What a run begun now would do. */
export interface RunPlan {
  baseVersion: string;
  /** As it is asked for; `auto` is decided when a run begins. */
  engine: FinetuneJob['engine'];
  trainedCorrections: number;
  heldOutCorrections: number;
  /** Sentences known before that are trained on, and that a candidate is held to. */
  trainedReplay: number;
  heldOutReplay: number;
  /** Of those trained on, how many are from where. */
  replaySources: Record<string, number>;
}

export async function planRun(config: RunConfig): Promise<RunPlan> {
  const dataset = await gather(config);
  const { examples, repeats, trainedCorrections, heldOutCorrections, heldOutReplay, replaySources } = dataset;
  return {
    baseVersion: config.base.version,
    engine: config.engine,
    trainedCorrections: trainedCorrections.length,
    heldOutCorrections: heldOutCorrections.length,
    trainedReplay: examples.length - repeats * trainedCorrections.length,
    heldOutReplay: heldOutReplay.length,
    replaySources,
  };
}

async function gather({ store, loadReplay, gate, settings }: RunConfig): Promise<Dataset> {
  const corrections = await store.feedback.corrections();
  return candidateDataset(corrections, await loadReplay(), gate.minHeldOutCorrections, settings);
}

async function evaluate(
  result: TrainingResult,
  dataset: Dataset,
  config: RunConfig,
  { signal }: RunHooks,
): Promise<Pick<Candidate, 'verdict' | 'learned'>> {
  const candidate = await config.sentiment.prepare(result.directory);
  try {
    const compare = (rows: Parameters<typeof comparePaired>[2], sure = false) =>
      comparePaired(config.sentiment, candidate, rows, { signal, sure });
    const replay = await compare(dataset.heldOutReplay);
    const heldOutCorrections = await compare(dataset.heldOutCorrections);
    // Learned is what people will see: the corrected label, and surely.
    const trained = await compare(dataset.trainedCorrections, true);
    return {
      verdict: judge(
        { sameModel: result.version === config.sentiment.model.version, replay, heldOutCorrections },
        config.gate,
      ),
      learned: {
        n: dataset.trainedCorrections.length,
        champion: trained.both + trained.onlyChampion,
        candidate: trained.both + trained.onlyCandidate,
      },
    };
  } finally {
    await candidate.discard();
  }
}

async function conclude(candidate: Candidate, dataset: Dataset, config: RunConfig): Promise<RunOutcome> {
  const { job, result, verdict, learned } = candidate;
  const report: TrainingReport = {
    trainedCorrections: dataset.trainedCorrections.length,
    trainedReplay: dataset.examples.length - dataset.repeats * dataset.trainedCorrections.length,
    repeats: dataset.repeats,
    settings: {
      epochs: job.epochs,
      learningRate: job.learningRate,
      batchSize: job.batchSize,
      seed: job.seed,
    },
    replaySources: dataset.replaySources,
    engine: result.engine,
    steps: result.steps,
    finalLoss: result.finalLoss,
    seconds: result.seconds,
    verdict,
    sentences: { en: describeVerdict(verdict, 'en'), ko: describeVerdict(verdict, 'ko') },
    permissions: config.permissions,
    learned,
    learnedMessages: dataset.trainedCorrections.map(({ messageId }) => messageId),
  };
  const known = await config.store.models.get(result.version);
  if (verdict.decision === 'keep' || known !== null) {
    // The same data gives the same weights: such a model is recorded already, with its own directory.
    await rm(result.directory, { recursive: true, force: true });
  } else {
    await config.store.models.register({
      version: result.version,
      directory: recordedDirectory(config.home, result.directory),
      parent: config.base.version,
      metrics: {
        replayAccuracy: verdict.replay.candidateAccuracy,
        heldOutCorrectionsAccuracy: verdict.heldOutCorrections.candidateAccuracy,
        correctionsLearned: learned.candidate,
        corrections: learned.n,
      },
    });
  }
  return { decision: verdict.decision, candidateVersion: result.version, report };
}
