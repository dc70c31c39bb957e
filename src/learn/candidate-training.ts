// How a candidate is trained: what it learns from, the job for the trainer's process, and that process followed to its end.
// What is decided about the candidate is in `training-run.ts`.
import path from 'node:path';
import type { Correction } from '../store/contracts/labels.js';
import {
  FINETUNE_DEFAULTS,
  type FinetuneJob,
  type StartTrainer,
  type TrainingProgress,
  type TrainingResult,
} from '../train/job.js';
import { buildDataset, type Dataset } from './dataset.js';
import type { ReplaySet } from './replay.js';
import { RUN_DEFAULTS, type RunSettings } from './run-settings.js';
import type { TrainingPermissions } from './training-permissions.js';

/** What a run may take; it is ended beyond. */
export interface TrainingLimits {
  /** From its start to the gate's verdict. */
  minutes: number;
  /** Resident memory of the trainer's process; what is free bounds it where this is left out. */
  memoryMb?: number;
}

export interface CandidateConfig {
  /** The fixed model that every run starts from. */
  base: { version: string; directory: string };
  modelsDirectory: string;
  engine: FinetuneJob['engine'];
  threads: number;
  limits?: TrainingLimits;
  /** Under which the corrections were kept; recorded. */
  permissions: TrainingPermissions;
  settings?: Partial<RunSettings>;
}

/** @param minHeldOutCorrections as of `DatasetConfig` */
export function candidateDataset(
  corrections: readonly Correction[],
  replay: ReplaySet,
  minHeldOutCorrections: number,
  settings: Partial<RunSettings> = {},
): Dataset {
  const { correctionShare, maxRepeats, replay: buffer } = { ...RUN_DEFAULTS, ...settings };
  return buildDataset(corrections, replay, {
    minHeldOutCorrections,
    correctionShare,
    maxRepeats,
    replay: buffer,
  });
}

/** @param name of the new directory */
export function candidateJob(name: string, dataset: Dataset, config: CandidateConfig): FinetuneJob {
  const settings = { ...RUN_DEFAULTS, ...config.settings };
  const { correctionShare: _c, maxRepeats: _m, replay: _r, ...rest } = settings;
  const { few, anchor, stopWhenLearned, ...strength } = rest;
  const { most, ...gentle } = few;
  const isFew = dataset.trainedCorrections.length <= most;
  return {
    ...FINETUNE_DEFAULTS,
    ...strength,
    ...(isFew ? gentle : {}),
    ...(anchor === null ? {} : { anchor }),
    ...(stopWhenLearned === null || !isFew ? {} : { stopWhenLearned }),
    baseDirectory: config.base.directory,
    outDirectory: path.join(config.modelsDirectory, name),
    examples: dataset.examples,
    data: dataset.hashes,
    ...(Object.keys(config.permissions).length === 0 ? {} : { permissions: config.permissions }),
    engine: config.engine,
    threads: config.threads,
    ...(config.limits?.memoryMb === undefined ? {} : { memoryLimit: config.limits.memoryMb * 1e6 }),
  };
}

export interface TrainingHooks {
  signal: AbortSignal;
  onProgress(progress: TrainingProgress): void;
  /** Which engine trains, and "name: reason" of the others. */
  onEngine(name: string, passedOver: string[]): void;
}

/** @throws NunchiError `training-cancelled`, `training-failed`, and what the trainer throws; its process is gone then */
export async function trainCandidate(
  job: FinetuneJob,
  startTrainer: StartTrainer,
  hooks: TrainingHooks,
): Promise<TrainingResult> {
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
