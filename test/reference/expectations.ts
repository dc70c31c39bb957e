// The stored expectations of reference.py, and its batches in the form that a training engine takes.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BertConfig } from '../../src/bert/config.js';
import { readSafetensors } from '../../src/bert/safetensors.js';
import type { Weights } from '../../src/bert/weights.js';
import { LABELS } from '../../src/labels.js';
import type { AdamWConfig } from '../../src/train/adamw.js';
import type { TrainingBatch } from '../../src/train/engine.js';

export type ObjectiveName = 'classification' | 'pretraining';

interface StoredBatch extends Record<string, number | number[]> {
  batch: number;
  length: number;
  input_ids: number[];
  attention_mask: number[];
  token_type_ids: number[];
  targets: number[];
  example_weights: number[];
  /** The id that stood at each masked place, -100 elsewhere. */
  masked_labels: number[];
  next_sentence: number[];
}

interface Curve {
  losses: number[];
  gradient_norms: number[];
  learning_rates: number[];
}

interface Stored extends Record<ObjectiveName, Curve> {
  config: Record<
    'vocabulary' | 'hidden' | 'layers' | 'heads' | 'intermediate' | 'positions' | 'segments' | 'norm_epsilon',
    number
  >;
  optimizer: Record<
    'learning_rate' | 'beta1' | 'beta2' | 'epsilon' | 'weight_decay' | 'clip' | 'steps' | 'warmup_steps',
    number
  >;
  batches: StoredBatch[];
  /** Per batch, `[batch, labels]` row-major. */
  logits: number[][];
  /** Per batch. */
  masked_losses: number[];
  next_sentence_losses: number[];
}

const stored = JSON.parse(
  await readFile(path.join(import.meta.dirname, 'expectations.json'), 'utf8'),
) as Stored;
const tensors = await readSafetensors(path.join(import.meta.dirname, 'expectations.safetensors'));

export const expected: Pick<
  Stored,
  ObjectiveName | 'batches' | 'logits' | 'masked_losses' | 'next_sentence_losses' | 'optimizer'
> = stored;

const c = stored.config;
/** Without dropout. */
export const referenceConfig: BertConfig = {
  vocabularySize: c.vocabulary,
  hiddenSize: c.hidden,
  layers: c.layers,
  heads: c.heads,
  intermediateSize: c.intermediate,
  hiddenDropout: 0,
  attentionDropout: 0,
  classifierDropout: 0,
  maxPositions: c.positions,
  segmentTypes: c.segments,
  initializerRange: 0.02,
  layerNormEpsilon: c.norm_epsilon,
  padTokenId: 0,
  labels: [...LABELS],
};

const o = stored.optimizer;
export const referenceOptimizer: AdamWConfig = {
  beta1: o.beta1,
  beta2: o.beta2,
  epsilon: o.epsilon,
  weightDecay: o.weight_decay,
  clipNorm: o.clip,
};

/** @param part `weights`, or `OBJECTIVE/gradient` of the first batch, or `OBJECTIVE/trained` after all steps */
export function referenceTensors(part: 'weights' | `${ObjectiveName}/${'gradient' | 'trained'}`): Weights {
  const prefix = `${part}/`;
  return new Map(
    [...tensors].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

/** @param filler further rows of weight 0 among the masked ones */
export function referenceBatch(objective: ObjectiveName, index: number, filler = 0): TrainingBatch {
  const entry = stored.batches[index % stored.batches.length] as StoredBatch;
  const { batch, length } = entry;
  const masked = entry.masked_labels.flatMap((id, position) => (id < 0 ? [] : [{ id, position }]));
  const zeros = new Array<number>(filler).fill(0);
  const inputs: TrainingBatch['inputs'] =
    objective === 'classification'
      ? {
          targets: Float32Array.from(entry.targets),
          example_weights: Float32Array.from(entry.example_weights),
        }
      : {
          masked_positions: Int32Array.from([...masked.map(({ position }) => position), ...zeros]),
          masked_ids: Int32Array.from([...masked.map(({ id }) => id), ...zeros]),
          masked_weights: Float32Array.from([...masked.map(() => 1 / masked.length), ...zeros]),
          next_sentence: Int32Array.from(entry.next_sentence),
          next_sentence_weights: new Float32Array(batch).fill(1 / batch),
        };
  const tokens = {
    input_ids: Int32Array.from(entry.input_ids),
    attention_mask: Int32Array.from(entry.attention_mask),
    token_type_ids: Int32Array.from(entry.token_type_ids),
  };
  return { batch, length, tokens, inputs };
}
