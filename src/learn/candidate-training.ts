// How a candidate is trained: the settings of a night, what it learns from, the job for the trainer's process, and that process
// followed to its end. What is decided about the candidate is in `training-run.ts`.
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
import type { ReplayBuffer, ReplaySet } from './replay.js';
import type { TrainingPermissions } from './training-permissions.js';

/** Of the job, what a night decides by itself. */
type Strength = Pick<FinetuneJob, 'epochs' | 'learningRate' | 'batchSize' | 'warmup' | 'weightDecay'> &
  Required<Pick<FinetuneJob, 'distillation' | 'baseShare' | 'trained'>>;

export interface RunSettings extends Strength {
  /** With at most `most` corrections to learn from: gentler steps, and more epochs as long as they are not learned. */
  few: { most: number; epochs: number; learningRate: number };
  /** Of the job; null for none. */
  anchor: NonNullable<FinetuneJob['anchor']> | null;
  /** Of a job with few corrections; null for none. */
  stopWhenLearned: NonNullable<FinetuneJob['stopWhenLearned']> | null;
  /** As of `DatasetConfig`. */
  correctionShare: number;
  maxRepeats: number;
  replay: ReplayBuffer;
}

/**
 * Measured in docs/learning.md. Few corrections have to be seen to be learned, and cost little; of many some are wrong, and
 * learning every one of them would spoil more than it gives.
 */
export const RUN_DEFAULTS: RunSettings = {
  epochs: 2,
  few: { most: 50, epochs: 6, learningRate: 1e-4 },
  stopWhenLearned: { share: 0.9, confidence: 0.65 },
  learningRate: 2e-4,
  batchSize: 16,
  warmup: 0.1,
  weightDecay: 0,
  distillation: 1,
  anchor: null,
  baseShare: 0.25,
  trained: 'all',
  correctionShare: 0.2,
  maxRepeats: 24,
  replay: {
    own: 2400,
    fetched: 800,
    policy: 'balanced',
    mix: {
      nsmc: 4,
      goemotions: 2,
      chatbot_ko: 1,
      xed_en: 1,
      sentence_polarity: 1,
      product_reviews: 1,
    },
    seed: 1,
  },
};

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
