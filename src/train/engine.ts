// What a training engine is: it opens a run and computes its steps.
import type { BertConfig } from '../bert/config.js';
import type { Weights } from '../bert/weights.js';
import type { AdamWConfig } from './adamw.js';
import type { Anchor } from './anchor.js';
import type { Objective } from './objective.js';

/** Weights and both moments; moments are empty before the first step. */
export interface OptimizerState {
  weights: Weights;
  m: Weights;
  v: Weights;
  /** Steps done. */
  step: number;
}

/** One batch: int32 `[batch, length]` token arrays and the objective's inputs, all row-major. */
export interface TrainingBatch {
  batch: number;
  length: number;
  tokens: Record<'input_ids' | 'attention_mask' | 'token_type_ids', Int32Array>;
  inputs: Record<string, Float32Array | Int32Array>;
}

export interface TrainingSession {
  /** @throws NunchiError `training-failed` where the loss is not finite. */
  step(batch: TrainingBatch, learningRate: number): Promise<{ loss: number; gradientNorm: number }>;
  /** A copy, safe to write while training goes on. */
  state(): Promise<OptimizerState>;
  dispose(): Promise<void>;
}

export interface TrainingSetup {
  config: BertConfig;
  objective: Objective;
  optimizer: AdamWConfig;
  /** Follows every update of the optimizer. */
  anchor?: Anchor;
  state: OptimizerState;
  /** Seed of the dropout masks. */
  seed: number;
  threads: number;
}

export interface TrainingEngine {
  readonly name: string;
  /** @throws NunchiError `engine-unavailable` saying what is missing. */
  open(setup: TrainingSetup): Promise<TrainingSession>;
}
