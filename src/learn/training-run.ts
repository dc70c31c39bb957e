// What one run does: dataset → trainer process → candidate loaded beside the champion → paired evaluation → gate.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { updateManifest } from '../bert/model-directory.js';
import { textKey } from '../data/text-key.js';
import { NunchiError } from '../errors.js';
import type { SentimentService } from '../serve/service.js';
import type { Correction } from '../store/contracts/labels.js';
import type { ModelRecord } from '../store/contracts/models.js';
import type { TrainingRun } from '../store/contracts/runs.js';
import type { Store } from '../store/store.js';
import type { FinetuneJob, StartTrainer, TrainingResult } from '../train/job.js';
import {
  candidateDataset,
  candidateJob,
  trainCandidate,
  type CandidateConfig,
  type TrainingHooks,
} from './candidate-training.js';
import type { Dataset } from './dataset.js';
import { judgeCandidate, type GateSources } from './gate/judge-candidate.js';
import { verifyCandidate } from './gate/verify-candidate.js';
import type { GateConfig, GateDecision, GatePurpose, GateVerdict } from './gate.js';
import { modelDirectory, recordedDirectory } from './model-registry.js';
import type { ReplaySet } from './replay.js';
import { answeredMessages, type TrainingReport } from './training-report.js';
import type { TrainingPhase } from './training-service.js';
import { describeVerdict } from './verdict-text.js';

/** The one that made the model in use is among them, or it was too long ago to matter. */
const RUNS_LOOKED_AT = 200;

export interface RunConfig extends CandidateConfig {
  store: Pick<Store, 'feedback' | 'models' | 'runs'>;
  sentiment: SentimentService;
  startTrainer: StartTrainer;
  /** Absolute path of the home folder; the folder for trained models is inside it. */
  home: string;
  loadReplay: () => Promise<ReplaySet>;
  gate: GateConfig;
  /** What the gate looks at beside the models; what is left out is as it ships. */
  gateSources?: Partial<GateSources>;
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

/** @throws NunchiError `training-cancelled`, `training-failed`, `model-withdrawn`, and what trainer and serving throw. */
export async function executeRun(run: TrainingRun, config: RunConfig, hooks: RunHooks): Promise<RunOutcome> {
  const corrections = await config.store.feedback.corrections();
  const dataset = await gather(corrections, config);
  if (dataset.trainedCorrections.length === 0) {
    throw new NunchiError('not-enough-data', 'The corrections were taken back before the run began');
  }
  await mkdir(config.modelsDirectory, { recursive: true });

  const seen = await learnedTexts(corrections, config);
  const heldOutCorrections = dataset.heldOutCorrections.filter(({ text }) => !seen.has(textKey(text)));
  const judged = { ...dataset, heldOutCorrections };
  const job = candidateJob(`run-${run.id}`, dataset, config);
  let candidate: Candidate;
  try {
    await hooks.onPhase('training');
    const result = await trainCandidate(job, config.startTrainer, hooks);
    // Before anything is kept about it under the hash of its manifest.
    await updateManifest(result.directory, { rows: config.store.models.rowKeys(rowsOf(dataset)) });
    await hooks.onPhase('evaluating');
    candidate = { job, result, ...(await evaluate(result, purposeOf(run.trigger), judged, config, hooks)) };
  } catch (error) {
    await rm(job.outDirectory, { recursive: true, force: true });
    throw error;
  }
  return conclude(candidate, judged, config);
}

/** Triggers of runs that no person watches; every other one is somebody's wish of the moment. */
export const purposeOf = (trigger: string): GatePurpose =>
  trigger === 'night' || trigger === 'deletion' ? trigger : 'manual';

/** Too few to hold any out, earlier runs trained on them all: what the model in use has seen does not compare the two. */
async function learnedTexts(
  corrections: readonly Correction[],
  { store, sentiment }: RunConfig,
): Promise<Set<string>> {
  const runs = await store.runs.list(RUNS_LOOKED_AT);
  const own = runs.find(({ candidateVersion }) => candidateVersion === sentiment.model.version);
  const learned = new Set(own === undefined ? [] : answeredMessages(own));
  return new Set(
    corrections.filter(({ messageId }) => learned.has(messageId)).map(({ text }) => textKey(text)),
  );
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
  const dataset = await gather(await config.store.feedback.corrections(), config);
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

async function gather(
  corrections: readonly Correction[],
  { loadReplay, gate, settings }: RunConfig,
): Promise<Dataset> {
  return candidateDataset(corrections, await loadReplay(), gate.minHeldOutCorrections, settings);
}

const rowsOf = ({ trainedCorrections }: Dataset) => trainedCorrections.map(({ messageId }) => messageId);

async function evaluate(
  result: TrainingResult,
  purpose: GatePurpose,
  dataset: Dataset,
  config: Pick<RunConfig, 'sentiment' | 'base' | 'gate' | 'gateSources'>,
  { signal }: Pick<RunHooks, 'signal'>,
): Promise<Pick<Candidate, 'verdict' | 'learned'>> {
  const corrected = new Set(dataset.trainedCorrections.map(({ text }) => text));
  const known = dataset.examples.map(({ text }) => text).filter((text) => !corrected.has(text));
  return judgeCandidate(
    { ...result, purpose, known, ...dataset },
    { sentiment: config.sentiment, base: config.base, gate: config.gate, sources: config.gateSources },
    signal,
  );
}

/** Whether its files are those that were written; of models that runs made, others are nobody's to replace. */
async function isSound(
  model: ModelRecord,
  { home, modelsDirectory, base, gateSources }: RunConfig,
): Promise<boolean> {
  const directory = modelDirectory(home, model);
  if (path.dirname(directory) !== path.resolve(modelsDirectory)) return true;
  const verify = gateSources?.verify ?? verifyCandidate;
  return (await verify(directory, base)).problem === null;
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
    learnedMessages: rowsOf(dataset),
    sameTexts: dataset.sameTexts.map(({ messageId }) => messageId),
  };
  const known = await config.store.models.get(result.version);
  const rows = config.store.models.rowKeys(report.learnedMessages);
  // The same data gives the same weights: such a model may be recorded already, with its own directory.
  const isListed = known !== null && known.purgedAt === null;
  const isKept = isListed && (await isSound(known, config));
  let recorded: ModelRecord | null = null;
  if (isKept || (verdict.decision === 'keep' && !isListed)) {
    await rm(result.directory, { recursive: true, force: true });
    if (isKept) {
      // Of two messages with one text one may have been deleted: the model is the same without it.
      await updateManifest(modelDirectory(config.home, known), { rows });
      recorded = await config.store.models.register({ ...known, rows: report.learnedMessages });
    }
  } else {
    recorded = await config.store.models.register({
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
    // In place of files that were damaged since, or are gone.
    if (isListed) await rm(modelDirectory(config.home, known), { recursive: true, force: true });
  }
  if (verdict.decision !== 'keep' && recorded !== null && recorded.taintedAt !== null) {
    if (!isKept) {
      await config.store.models.purge(
        result.version,
        'a message that it was trained on was deleted meanwhile',
      );
      await rm(result.directory, { recursive: true, force: true });
    }
    throw new NunchiError('model-withdrawn', 'A message that it learned was deleted while it trained', {
      hint: 'The next training is made without that message.',
    });
  }
  return { decision: verdict.decision, candidateVersion: result.version, report };
}
