// Examples as token ids, and the order in which a run sees them: a pure function of seed and epoch.
import type { BertTokenizer } from '../bert/tokenizer.js';
import { createRandom } from '../bert/random.js';
import { LABELS, type Label } from '../labels.js';
import type { TrainingBatch } from './engine.js';
import type { LabelledText } from './job.js';

/** Lengths to which batches are padded, so that few shapes occur. */
const LENGTHS = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** The length to which a batch is padded whose longest text has `longest` tokens. */
export function paddedLength(longest: number): number {
  return LENGTHS.find((length) => length >= longest) ?? longest;
}

/** Batches whose texts are sorted together by length; more would make the order less random, fewer pad more. */
const SORT_WINDOW = 32;

export interface EncodedExamples {
  /** All ids after another; example i is `ids[offsets[i]..offsets[i + 1]]`. */
  ids: Int32Array;
  offsets: Int32Array;
  /** Index into the model's labels. */
  labels: Uint8Array;
}

export function encodeExamples(
  examples: readonly LabelledText[],
  tokenizer: BertTokenizer,
  maxLength: number,
  labels: readonly Label[] = LABELS,
): EncodedExamples {
  const encoded = examples.map((example) => tokenizer.encode(example.text, maxLength).ids);
  const offsets = new Int32Array(examples.length + 1);
  encoded.forEach((row, i) => (offsets[i + 1] = (offsets[i] as number) + row.length));
  const ids = new Int32Array(offsets[examples.length] as number);
  encoded.forEach((row, i) => ids.set(row, offsets[i]));
  return { ids, offsets, labels: Uint8Array.from(examples, (example) => labels.indexOf(example.label)) };
}

/**
 * Batches of one epoch as indices of examples. Texts of like length share a batch; every example occurs once.
 */
export function epochBatches(
  examples: EncodedExamples,
  batchSize: number,
  seed: number,
  epoch: number,
): number[][] {
  const random = createRandom(seed, epoch);
  const order = Array.from({ length: examples.labels.length }, (_, i) => i);
  random.shuffle(order);
  const length = (i: number) => (examples.offsets[i + 1] as number) - (examples.offsets[i] as number);
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += batchSize * SORT_WINDOW) {
    const window = order.slice(start, start + batchSize * SORT_WINDOW).sort((a, b) => length(a) - length(b));
    for (let at = 0; at < window.length; at += batchSize) batches.push(window.slice(at, at + batchSize));
  }
  random.shuffle(batches);
  return batches;
}

export interface BatchConfig {
  labelCount: number;
  padTokenId: number;
  maskTokenId: number;
  /** Label smoothing: this much of each target is spread evenly over all labels. */
  labelSmoothing: number;
  /** Chance that a token other than `[CLS]` and `[SEP]` is replaced by `[MASK]`. */
  tokenDropout: number;
  seed: number;
}

/**
 * @param rows indices of examples
 * @param step decides, with the seed, which tokens are masked
 */
export function toBatch(
  examples: EncodedExamples,
  rows: readonly number[],
  config: BatchConfig,
  step: number,
): TrainingBatch {
  const { labelCount, padTokenId, labelSmoothing: smoothing } = config;
  const bounds = rows.map((i) => [examples.offsets[i] as number, examples.offsets[i + 1] as number] as const);
  const longest = Math.max(...bounds.map(([from, to]) => to - from));
  const length = paddedLength(longest);
  const size = rows.length * length;
  const inputIds = new Int32Array(size).fill(padTokenId);
  const attentionMask = new Int32Array(size);
  bounds.forEach(([from, to], r) => {
    inputIds.set(examples.ids.subarray(from, to), r * length);
    attentionMask.fill(1, r * length, r * length + to - from);
  });
  if (config.tokenDropout > 0) {
    const random = createRandom(config.seed, step);
    bounds.forEach(([from, to], r) => {
      for (let i = 1; i < to - from - 1; i += 1) {
        if (random.next() < config.tokenDropout) inputIds[r * length + i] = config.maskTokenId;
      }
    });
  }
  const targets = new Float32Array(rows.length * labelCount).fill(smoothing / labelCount);
  rows.forEach((i, r) => {
    const at = r * labelCount + (examples.labels[i] as number);
    targets[at] = (targets[at] as number) + 1 - smoothing;
  });
  return {
    batch: rows.length,
    length,
    tokens: { input_ids: inputIds, attention_mask: attentionMask, token_type_ids: new Int32Array(size) },
    inputs: { targets, example_weights: new Float32Array(rows.length).fill(1 / rows.length) },
  };
}
