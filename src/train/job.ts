// What a training run is asked for and what it reports: plain data that crosses the process boundary.
import type { LabelledText } from '../data/labelled-file.js';
import type { SerializedError } from '../errors.js';
import type { EngineRequest } from './engine-names.js';

export type { LabelledText };

export interface FinetuneJob {
  /** Model directory to start from. */
  baseDirectory: string;
  /** Where the new model directory is written; must not exist. */
  outDirectory: string;
  examples: LabelledText[];
  /** Name to sha256 of the data, recorded in the manifest. */
  data: Record<string, string>;
  epochs: number;
  learningRate: number;
  /** Texts per step. */
  batchSize: number;
  seed: number;
  engine: EngineRequest;
  /** Longest sequence in tokens. */
  maxLength: number;
  /** Part of the steps over which the learning rate rises from 0, 0 to 1. */
  warmup: number;
  weightDecay: number;
  labelSmoothing: number;
  /** Chance that a token is hidden behind `[MASK]` in a step, a regulariser for training from little; 0 to 1. */
  tokenDropout: number;
  /** Global gradient norm limit. */
  clipNorm: number;
  threads: number;
  /** Checkpoints go here, and a run finds its own again; none are kept without it. */
  checkpointDirectory?: string;
  checkpointEverySteps: number;
  /** Of the weights written. float16 halves the directory and leaves out the ONNX file, which is then traced when opened. */
  precision: 'float32' | 'float16';
}

export const FINETUNE_DEFAULTS = {
  epochs: 4,
  learningRate: 2e-5,
  batchSize: 32,
  seed: 42,
  engine: 'auto',
  maxLength: 128,
  warmup: 0,
  weightDecay: 0,
  labelSmoothing: 0,
  tokenDropout: 0,
  clipNorm: 1,
  checkpointEverySteps: 500,
  precision: 'float32',
} as const satisfies Partial<FinetuneJob>;

export interface TrainingProgress {
  step: number;
  totalSteps: number;
  epoch: number;
  /** Mean loss of the last steps reported. */
  loss: number;
  learningRate: number;
  examplesPerSecond: number;
  secondsLeft: number;
}

export interface TrainingResult {
  directory: string;
  version: string;
  steps: number;
  finalLoss: number;
  engine: string;
  seconds: number;
}

export type TrainerMessage =
  | { type: 'engine'; name: string; passedOver: string[] }
  | { type: 'progress'; progress: TrainingProgress }
  /** A checkpoint of the first `step` steps is on disk. */
  | { type: 'checkpoint'; step: number }
  | { type: 'done'; result: TrainingResult }
  | { type: 'failed'; error: SerializedError };

/** A run in its own process; starting it is `startTrainer` in `client.ts`. */
export interface TrainerHandle {
  readonly pid: number;
  /** Rejects with `training-cancelled` after `cancel()`, with `training-failed` if the process dies. */
  readonly result: Promise<TrainingResult>;
  /** Ends the run; resolves when the process is gone. */
  cancel(): Promise<void>;
}

/**
 * Runs `job` in a child process of low priority.
 * Signature of the function that `client.ts` exports; a test may inject another.
 */
export type StartTrainer = (job: FinetuneJob, onMessage: (message: TrainerMessage) => void) => TrainerHandle;
