// What a pre-training run is asked for and what it reports.
import type { DataSource } from '../../data/data-source.js';
import type { EngineRequest } from '../engine-names.js';
import type { TrainingProgress } from '../job.js';
import type { PretrainingMetrics } from './evaluate.js';

export interface PretrainingJob {
  /** Model directory to start from: random weights, or a checkpoint that is trained further. */
  baseDirectory: string;
  /** Where the new model directory is written; must not exist. */
  outDirectory: string;
  /** Texts, one a line, or labelled files whose labels are not looked at. */
  files: string[];
  /** Files, or some of their rows, whose texts are left out of `files`. */
  exclude?: DataSource[];
  /** Uses only the first so many texts of each file. */
  limit?: number;
  /** Passes over the texts; a part of a pass may be asked for. */
  epochs: number;
  /** Highest learning rate. */
  learningRate: number;
  /** Part of the steps over which the learning rate rises from 0. */
  warmup: number;
  weightDecay: number;
  /** Global gradient norm limit. */
  clipNorm: number;
  /** Tokens of a step, padding included. */
  tokensPerBatch: number;
  /** Tokens of an example. */
  maxLength: number;
  /** Part of the tokens that is to be predicted. */
  maskRate: number;
  wholeWords: boolean;
  /** Trains the next-sentence prediction too. */
  nextSentence: boolean;
  /** Texts kept out to measure on. */
  heldOut: number;
  /** Steps between evaluations on them; the end is always one. */
  evaluateEverySteps: number;
  /** Of this run; the base's own where left out. The model written keeps the base's for fine-tuning. */
  dropout?: number;
  seed: number;
  engine: EngineRequest;
  threads: number;
  /** Checkpoints go here, and a run finds its own again; none are kept without it. */
  checkpointDirectory?: string;
  checkpointEverySteps: number;
}

export const PRETRAINING_DEFAULTS = {
  epochs: 1,
  learningRate: 5e-4,
  warmup: 0.05,
  weightDecay: 0.01,
  clipNorm: 1,
  tokensPerBatch: 4096,
  maxLength: 128,
  maskRate: 0.15,
  wholeWords: false,
  nextSentence: true,
  heldOut: 2000,
  evaluateEverySteps: 1000,
  seed: 42,
  engine: 'auto',
  checkpointEverySteps: 500,
} as const satisfies Partial<PretrainingJob>;

export type PretrainingMessage =
  | { type: 'reading'; texts: number }
  | {
      type: 'corpus';
      texts: number;
      tokens: number;
      heldOut: number;
      leftOut: number;
      totalSteps: number;
      firstStep: number;
    }
  | { type: 'engine'; name: string; passedOver: string[] }
  | { type: 'progress'; progress: TrainingProgress }
  | { type: 'evaluation'; step: number; metrics: PretrainingMetrics }
  | { type: 'checkpoint'; step: number };

export interface PretrainingResult {
  directory: string;
  version: string;
  steps: number;
  engine: string;
  seconds: number;
  metrics: PretrainingMetrics;
}
