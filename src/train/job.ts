// What a training run is asked for and what it reports: plain data that crosses the process boundary.
import type { TrainingPermission } from '../config.js';
import type { LabelledText, TrainingText } from '../data/labelled-file.js';
import type { SerializedError } from '../errors.js';
import type { Label } from '../labels.js';
import type { EngineRequest } from './engine-names.js';

export type { LabelledText };

export interface TrainingExample extends TrainingText {
  /** Of its loss, beside that of other examples. @default 1 */
  weight?: number;
  /** Something that the base model is to go on reading as it does: see `distillation` and `anchor`. @default false */
  known?: boolean;
}

/** How the base weights hold the trained ones back; see `anchor.ts`. */
export const ANCHOR_METHODS = ['l2-sp', 'ewc'] as const;
export type AnchorMethod = (typeof ANCHOR_METHODS)[number];

/** The probability of a label in the target of an example. */
export function probabilityOf(example: TrainingExample, label: Label): number {
  if (typeof example.label === 'string') return example.label === label ? 1 : 0;
  return example.label[label];
}

/** Labelled texts that a run is measured on and not trained on. */
export interface DevSet {
  /** Unique in the run. */
  name: string;
  sha256: string;
  rows: LabelledText[];
}

export interface FinetuneJob {
  /** Model directory to start from. */
  baseDirectory: string;
  /** Where the new model directory is written; must not exist. */
  outDirectory: string;
  /** 500,000 of them take two to three seconds to reach the process of the run, and some 300 MB there. */
  examples: TrainingExample[];
  /** Name to sha256 of the data, recorded in the manifest. */
  data: Record<string, string>;
  /** Name to loss weight of the data whose examples have one, recorded. */
  dataWeights?: Record<string, number>;
  /** Name of a file to how many rows of each label of it were used at most; recorded in the manifest. */
  perLabel?: Record<string, number>;
  /** Name to sha256 of the data whose texts were left out of the examples, recorded. */
  excluded?: Record<string, string>;
  /** By chat platform, what the operator let Nunchi learn from; recorded. */
  permissions?: Readonly<Record<string, TrainingPermission>>;
  /** With any, the weights written are those of the evaluation with the highest mean macro-F1 over these sets. */
  dev: readonly DevSet[];
  /** Beside the evaluation after every epoch. */
  evaluateEverySteps?: number;
  /** The run stops after so many evaluations in a row that found nothing better; without it, it does not. */
  patience?: number;
  epochs: number;
  /**
   * The run stops after the epoch in which so large a part of the examples that are not known is read as labelled, with at least
   * this confidence; without it, it does not.
   */
  stopWhenLearned?: { share: number; confidence: number };
  /** Highest rate, of the head; see `layerDecay`. */
  learningRate: number;
  /** Rate of each layer beside that of the layer above it, 0 to 1, as of `layerFactor`. */
  layerDecay: number;
  /** Texts per step. */
  batchSize: number;
  seed: number;
  engine: EngineRequest;
  /** Longest sequence in tokens. */
  maxLength: number;
  /** Part of the steps over which the learning rate rises from 0, 0 to 1. */
  warmup: number;
  weightDecay: number;
  /** Of each label in the loss, above 0; the loss is the mean over the weights of a batch. */
  classWeights: Readonly<Record<Label, number>>;
  labelSmoothing: number;
  /** Chance that a token is hidden behind `[MASK]` in a step, a regulariser for training from little; 0 to 1. */
  tokenDropout: number;
  /** Global gradient norm limit. */
  clipNorm: number;
  /** A pull of every weight back to the base's; none without it. EWC measures what matters on the known examples. */
  anchor?: { method: AnchorMethod; strength: number };
  /** Part of the targets of known examples that is the base model's own reading of them, 0 to 1. @default 0 */
  distillation?: number;
  /** Part of the base in the weights written, 0 to 1. @default 0 */
  baseShare?: number;
  /** Which weights change. @default 'all' */
  trained?: 'all' | 'classifier';
  threads: number;
  /** Most resident memory of the process, in bytes; only what is free bounds it without one. */
  memoryLimit?: number;
  /** Checkpoints go here, and a run finds its own again; none are kept without it. */
  checkpointDirectory?: string;
  checkpointEverySteps: number;
  /** Of the weights written. float16 halves the directory and leaves out the ONNX file, which is then traced when opened. */
  precision: 'float32' | 'float16';
}

export const FINETUNE_DEFAULTS = {
  dev: [],
  epochs: 4,
  learningRate: 2e-5,
  layerDecay: 1,
  batchSize: 32,
  seed: 42,
  engine: 'auto',
  maxLength: 128,
  warmup: 0,
  weightDecay: 0,
  classWeights: { negative: 1, neutral: 1, positive: 1 },
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

/** What the weights of one step are worth on the dev sets, read as serving reads them, in float32. */
export interface DevEvaluation {
  /** Steps done before it. */
  step: number;
  /** By the name of the set; both 0 to 1, and only labels that the set holds are compared. */
  sets: Record<string, { accuracy: number; macroF1: number }>;
  /** Mean over the sets: what the best weights are chosen by. */
  macroF1: number;
}

export interface TrainingResult {
  directory: string;
  version: string;
  /** Steps done, fewer than planned where the run stopped early. */
  steps: number;
  finalLoss: number;
  engine: string;
  seconds: number;
  /** The evaluation of the weights written, where the job has dev sets. */
  best?: DevEvaluation;
}

export type TrainerMessage =
  | { type: 'engine'; name: string; passedOver: string[] }
  | { type: 'progress'; progress: TrainingProgress }
  /** `improved`: better than every evaluation before it. */
  | { type: 'evaluation'; evaluation: DevEvaluation; improved: boolean }
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
