// Examples as token ids, and the order in which a run sees them: a pure function of seed and epoch.
import type { BertTokenizer } from '../bert/tokenizer.js';
import { createRandom } from '../bert/random.js';
import { LABELS, type Label } from '../labels.js';
import type { TrainingBatch } from './engine.js';
import { probabilityOf, type TrainingExample } from './job.js';

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
  /** Row-major `[examples, labels]`, rows sum to 1. */
  targets: Float32Array;
  /** Of the loss of each example. */
  weights: Float32Array;
}

/** @param labels in the order of the model's output */
export function encodeExamples(
  examples: readonly TrainingExample[],
  tokenizer: BertTokenizer,
  maxLength: number,
  labels: readonly Label[] = LABELS,
): EncodedExamples {
  const encoded = examples.map((example) => tokenizer.encode(example.text, maxLength).ids);
  const offsets = new Int32Array(examples.length + 1);
  encoded.forEach((row, i) => (offsets[i + 1] = (offsets[i] as number) + row.length));
  const ids = new Int32Array(offsets[examples.length] as number);
  encoded.forEach((row, i) => ids.set(row, offsets[i]));
  const targets = new Float32Array(examples.length * labels.length);
  examples.forEach((example, i) =>
    labels.forEach((label, c) => (targets[i * labels.length + c] = probabilityOf(example, label))),
  );
  return { ids, offsets, targets, weights: Float32Array.from(examples, ({ weight = 1 }) => weight) };
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
  const order = Array.from({ length: examples.weights.length }, (_, i) => i);
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
  /** Of each label, in the order of the model's output. */
  classWeights: readonly number[];
  padTokenId: number;
  maskTokenId: number;
  /** Label smoothing: this much of each target is spread evenly over all labels. */
  labelSmoothing: number;
  /** Chance that a token other than `[CLS]` and `[SEP]` is replaced by `[MASK]`. */
  tokenDropout: number;
  seed: number;
}

/**
 * The loss of the batch is the weighted mean, as PyTorch's `CrossEntropyLoss(weight, label_smoothing)` has it for labels: each
 * label's term times its class weight, divided by the sum of the weights of the batch. For a target that is a distribution,
 * where PyTorch divides by the number of texts, the weight is the expected one of its labels.
 * @param rows indices of examples
 * @param step decides, with the seed, which tokens are masked
 */
export function toBatch(
  examples: EncodedExamples,
  rows: readonly number[],
  config: BatchConfig,
  step: number,
): TrainingBatch {
  const { padTokenId } = config;
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
  return {
    batch: rows.length,
    length,
    tokens: { input_ids: inputIds, attention_mask: attentionMask, token_type_ids: new Int32Array(size) },
    inputs: toTargets(examples, rows, config),
  };
}

/** The inputs of the objective `classification`. */
function toTargets(
  examples: EncodedExamples,
  rows: readonly number[],
  { classWeights, labelSmoothing }: BatchConfig,
): Record<'targets' | 'example_weights', Float32Array> {
  const labels = classWeights.length;
  const targets = new Float32Array(rows.length * labels);
  const weights = Float64Array.from(rows, (i) => examples.weights[i] as number);
  let total = 0;
  rows.forEach((i, r) => {
    let expected = 0;
    classWeights.forEach((classWeight, c) => {
      const probability = examples.targets[i * labels + c] as number;
      const smoothed = (1 - labelSmoothing) * probability + labelSmoothing / labels;
      targets[r * labels + c] = classWeight * smoothed;
      expected += classWeight * probability;
    });
    total += (weights[r] as number) * expected;
  });
  return { targets, example_weights: Float32Array.from(weights, (weight) => weight / total) };
}
