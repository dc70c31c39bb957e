// What one run does: dataset → trainer process → candidate loaded beside the champion → paired evaluation → gate.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { updateManifest } from '../bert/model-directory.js';
import { NunchiError } from '../errors.js';
import type { SentimentService } from '../serve/service.js';
import type { Correction, Store, TrainingRun } from '../store/store.js';
import {
  FINETUNE_DEFAULTS,
  type FinetuneJob,
  type StartTrainer,
  type TrainingProgress,
  type TrainingResult,
} from '../train/job.js';
import { buildDataset, type Dataset } from './dataset.js';
import { judgeCandidate, type GateSources } from './gate/judge-candidate.js';
import type { GateConfig, GateDecision, GatePurpose, GateVerdict } from './gate.js';
import { modelDirectory, recordedDirectory } from './model-registry.js';
import type { ReplaySet } from './replay.js';
import type { TrainingPermissions } from './training-permissions.js';
import { parseReport, type TrainingReport } from './training-report.js';
import type { TrainingPhase } from './training-service.js';
import { describeVerdict } from './verdict-text.js';

/**
 * Settings of a run over little data. The gentlest training that learns the corrections is the candidate: each attempt
 * starts again from the base model and goes further than the one before, because a fixed strength either misses a
 * stubborn correction or spoils more than it needs to.
 */
export const RUN_DEFAULTS = {
  attempts: [
    { epochs: 2, learningRate: 4e-5 },
    { epochs: 4, learningRate: 1e-4 },
    { epochs: 5, learningRate: 1.5e-4 },
  ],
  /** Part of the trained corrections that must be read as corrected for an attempt to be enough. */
  learnedShare: 0.9,
  correctionShare: 0.2,
  maxRepeats: 24,
  maxReplay: 1200,
  batchSize: 16,
  warmup: 0.1,
  weightDecay: 0.01,
} as const;

/** The one that made the model in use is among them, or it was too long ago to matter. */
const RUNS_LOOKED_AT = 200;

export interface RunConfig {
  store: Pick<Store, 'feedback' | 'models' | 'runs'>;
  sentiment: SentimentService;
  startTrainer: StartTrainer;
  /** The fixed model that every run starts from. */
  base: { version: string; directory: string };
  /** Absolute path of the home folder, and of the folder for trained models inside it. */
  home: string;
  modelsDirectory: string;
  loadReplay: () => Promise<ReplaySet>;
  gate: GateConfig;
  /** What the gate looks at beside the models; what is left out is as it ships. */
  gateSources?: Partial<GateSources>;
  engine: FinetuneJob['engine'];
  threads: number;
  /** Under which the corrections were kept; recorded. */
  permissions: TrainingPermissions;
  settings?: Partial<typeof RUN_DEFAULTS>;
}

export interface RunHooks {
  signal: AbortSignal;
  onPhase(phase: TrainingPhase): Promise<void>;
  onProgress(progress: TrainingProgress): void;
  /** Which engine trains, and "name: reason" of the others. */
  onEngine(name: string, passedOver: string[]): void;
}

export interface RunOutcome {
  decision: GateDecision;
  candidateVersion: string;
  report: TrainingReport;
}

interface Attempt {
  number: number;
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

  const { heldOutCorrections } = dataset;
  const judged = { ...dataset, heldOutCorrections: await notLearned(heldOutCorrections, config) };
  return conclude(await chooseCandidate(run, judged, config, hooks), judged, config);
}

/** Triggers of runs that no person watches; every other one is somebody's wish of the moment. */
export const purposeOf = (trigger: string): GatePurpose =>
  trigger === 'night' || trigger === 'deletion' ? trigger : 'manual';

/** Too few to hold any out, earlier runs trained on them all: what the model in use has seen does not compare the two. */
async function notLearned(
  corrections: readonly Correction[],
  { store, sentiment }: RunConfig,
): Promise<Correction[]> {
  const runs = await store.runs.list(RUNS_LOOKED_AT);
  const own = runs.find(({ candidateVersion }) => candidateVersion === sentiment.model.version);
  const learned = new Set(parseReport(own?.report)?.learnedMessages ?? []);
  return corrections.filter(({ messageId }) => !learned.has(messageId));
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
}

export async function planRun(config: RunConfig): Promise<RunPlan> {
  const { examples, repeats, trainedCorrections, heldOutCorrections, heldOutReplay } = await gather(config);
  return {
    baseVersion: config.base.version,
    engine: config.engine,
    trainedCorrections: trainedCorrections.length,
    heldOutCorrections: heldOutCorrections.length,
    trainedReplay: examples.length - repeats * trainedCorrections.length,
    heldOutReplay: heldOutReplay.length,
  };
}

async function gather(config: RunConfig): Promise<Dataset> {
  const settings = { ...RUN_DEFAULTS, ...config.settings };
  return buildDataset(await config.store.feedback.corrections(), await config.loadReplay(), {
    minHeldOutCorrections: config.gate.minHeldOutCorrections,
    correctionShare: settings.correctionShare,
    maxRepeats: settings.maxRepeats,
    maxReplay: settings.maxReplay,
  });
}

const rowsOf = ({ trainedCorrections }: Dataset) => trainedCorrections.map(({ messageId }) => messageId);

/** Directories of attempts that come to nothing are removed. */
async function chooseCandidate(
  run: TrainingRun,
  dataset: Dataset,
  config: RunConfig,
  hooks: RunHooks,
): Promise<Attempt> {
  const settings = { ...RUN_DEFAULTS, ...config.settings };
  let chosen: Attempt | null = null;
  const remove = (directory: string) => rm(directory, { recursive: true, force: true });
  for (const [index, strength] of settings.attempts.entries()) {
    const outDirectory = path.join(config.modelsDirectory, `run-${run.id}-${index + 1}`);
    const job: FinetuneJob = {
      ...FINETUNE_DEFAULTS,
      ...strength,
      baseDirectory: config.base.directory,
      outDirectory,
      examples: dataset.examples,
      data: dataset.hashes,
      ...(Object.keys(config.permissions).length === 0 ? {} : { permissions: config.permissions }),
      batchSize: settings.batchSize,
      warmup: settings.warmup,
      weightDecay: settings.weightDecay,
      engine: config.engine,
      threads: config.threads,
    };
    let attempt: Attempt;
    try {
      await hooks.onPhase('training');
      const result = await train(job, config.startTrainer, hooks);
      // Before anything is kept about it under the hash of its manifest.
      const rows = config.store.models.rowKeys(rowsOf(dataset));
      await updateManifest(result.directory, { rows });
      await hooks.onPhase('evaluating');
      attempt = {
        number: index + 1,
        job,
        result,
        ...(await evaluate(result, purposeOf(run.trigger), dataset, config, hooks)),
      };
    } catch (error) {
      await remove(outDirectory);
      if (chosen !== null) await remove(chosen.result.directory);
      throw error;
    }
    const worse = attempt.verdict.decision === 'keep';
    if (chosen !== null && worse) {
      // Going further spoiled it: the gentler attempt stays the candidate.
      await remove(outDirectory);
      break;
    }
    if (chosen !== null) await remove(chosen.result.directory);
    chosen = attempt;
    const share = attempt.learned.candidate / Math.max(1, attempt.learned.n);
    if (worse || share >= settings.learnedShare) break;
  }
  if (chosen === null) throw new NunchiError('internal', 'A training run needs at least one attempt');
  return chosen;
}

async function train(job: FinetuneJob, startTrainer: StartTrainer, hooks: RunHooks): Promise<TrainingResult> {
  hooks.signal.throwIfAborted();
  const trainer = startTrainer(job, (message) => {
    if (message.type === 'progress') hooks.onProgress(message.progress);
    if (message.type === 'engine') hooks.onEngine(message.name, message.passedOver);
  });
  const cancel = () => void trainer.cancel();
  hooks.signal.addEventListener('abort', cancel, { once: true });
  try {
    return await trainer.result;
  } catch (error) {
    // A cancelled trainer may still be writing; the run is over only when it is gone.
    await trainer.cancel();
    throw error;
  } finally {
    hooks.signal.removeEventListener('abort', cancel);
  }
}

async function evaluate(
  result: TrainingResult,
  purpose: GatePurpose,
  dataset: Dataset,
  config: Pick<RunConfig, 'sentiment' | 'base' | 'gate' | 'gateSources'>,
  { signal }: Pick<RunHooks, 'signal'>,
): Promise<Pick<Attempt, 'verdict' | 'learned'>> {
  const corrected = new Set(dataset.trainedCorrections.map(({ text }) => text));
  const known = dataset.examples.map(({ text }) => text).filter((text) => !corrected.has(text));
  return judgeCandidate(
    { ...result, purpose, known, ...dataset },
    { sentiment: config.sentiment, base: config.base, gate: config.gate, sources: config.gateSources },
    signal,
  );
}

async function conclude(attempt: Attempt, dataset: Dataset, config: RunConfig): Promise<RunOutcome> {
  const { job, result, verdict, learned } = attempt;
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
    attempts: attempt.number,
    engine: result.engine,
    steps: result.steps,
    finalLoss: result.finalLoss,
    seconds: result.seconds,
    verdict,
    sentences: { en: describeVerdict(verdict, 'en'), ko: describeVerdict(verdict, 'ko') },
    permissions: config.permissions,
    learned,
    learnedMessages: rowsOf(dataset),
  };
  const known = await config.store.models.get(result.version);
  const rows = config.store.models.rowKeys(report.learnedMessages);
  if (verdict.decision === 'keep' || (known !== null && known.purgedAt === null)) {
    // The same data gives the same weights: such a model is recorded already, with its own directory.
    await rm(result.directory, { recursive: true, force: true });
    if (known !== null && known.purgedAt === null) {
      // Of two messages with one text one may have been deleted: the model is the same without it.
      await updateManifest(modelDirectory(config.home, known), { rows });
      await config.store.models.register({ ...known, rows: report.learnedMessages });
    }
  } else {
    await config.store.models.register({
      version: result.version,
      directory: recordedDirectory(config.home, result.directory),
      parent: config.base.version,
      metrics: {
        baseAccuracy: verdict.base?.candidateAccuracy ?? null,
        replayAccuracy: verdict.replay.candidateAccuracy,
        heldOutCorrectionsAccuracy: verdict.heldOutCorrections.candidateAccuracy,
        correctionsLearned: learned.candidate,
        corrections: learned.n,
      },
      rows: report.learnedMessages,
    });
  }
  return { decision: verdict.decision, candidateVersion: result.version, report };
}
