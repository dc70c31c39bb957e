// Batches of pre-training: texts of like length together, about the same number of tokens in each.
import { createRandom } from '../../bert/random.js';
import { paddedLength } from '../batches.js';
import type { TrainingBatch } from '../engine.js';
import type { Corpus } from './corpus.js';
import { maskTokens, type MaskingOptions } from './masking.js';
import { buildExample, exampleLength, type Example, type PairOptions } from './pairs.js';

/** Texts that are sorted together by length; more would make the order less random, fewer pad more. */
const WINDOW = 8192;

export interface PretrainingBatchOptions extends PairOptions, MaskingOptions {
  padId: number;
  /** Tokens of a batch, padding included. */
  tokensPerBatch: number;
  seed: number;
}

/** Texts of each batch of an epoch, every text once. A pure function of corpus, options and epoch. */
export function epochTexts(corpus: Corpus, options: PretrainingBatchOptions, epoch: number): number[][] {
  const random = createRandom(options.seed, 2, epoch);
  const order = random.shuffle(Array.from({ length: corpus.sources.length }, (_, i) => i));
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += WINDOW) {
    const lengths = new Map(
      order.slice(start, start + WINDOW).map((text) => [text, exampleLength(corpus, text, options)]),
    );
    const sorted = [...lengths].sort(([, a], [, b]) => a - b);
    let batch: number[] = [];
    for (const [text, length] of sorted) {
      if (batch.length > 0 && (batch.length + 1) * paddedLength(length) > options.tokensPerBatch) {
        batches.push(batch);
        batch = [];
      }
      batch.push(text);
    }
    if (batch.length > 0) batches.push(batch);
  }
  return random.shuffle(batches);
}

/**
 * Pairs and masks are drawn anew for every batch number (dynamic masking, Liu et al. 2019).
 * @param number of the batch in the run, from 0
 */
export function createBatchBuilder(
  corpus: Corpus,
  options: PretrainingBatchOptions,
): (texts: readonly number[], number: number) => TrainingBatch {
  return (texts, number) => {
    const random = createRandom(options.seed, 3, number);
    const longest = Math.max(...texts.map((text) => exampleLength(corpus, text, options)));
    const maxLength = Math.min(options.maxLength, paddedLength(longest));
    const bySource = new Map<number, number[]>();
    for (const text of texts) {
      const source = corpus.sources[text] as number;
      const own = bySource.get(source);
      if (own === undefined) bySource.set(source, [text]);
      else own.push(text);
    }
    const examples = texts.map((text) => {
      const others = bySource.get(corpus.sources[text] as number) ?? [];
      return buildExample(corpus, text, others, options, maxLength, random);
    });
    const masked = examples.map(({ ids }) => maskTokens(ids, options, random));
    return toBatch(examples, masked, options);
  };
}

function toBatch(
  examples: readonly Example[],
  masked: readonly { positions: number[]; ids: number[] }[],
  options: PretrainingBatchOptions,
): TrainingBatch {
  const batch = examples.length;
  const length = paddedLength(Math.max(...examples.map(({ ids }) => ids.length)));
  const inputIds = new Int32Array(batch * length).fill(options.padId);
  const attentionMask = new Int32Array(batch * length);
  const tokenTypeIds = new Int32Array(batch * length);
  const pairs = examples.filter(({ nextSentence }) => nextSentence !== null).length;
  const nextSentenceWeights = new Float32Array(batch);
  examples.forEach(({ ids, firstLength, nextSentence }, row) => {
    const start = row * length;
    inputIds.set(ids, start);
    attentionMask.fill(1, start, start + ids.length);
    tokenTypeIds.fill(1, start + firstLength, start + ids.length);
    if (nextSentence !== null) nextSentenceWeights[row] = 1 / pairs;
  });
  const rows = masked.reduce((sum, { positions }) => sum + positions.length, 0);
  return {
    batch,
    length,
    tokens: { input_ids: inputIds, attention_mask: attentionMask, token_type_ids: tokenTypeIds },
    inputs: {
      masked_positions: Int32Array.from(
        masked.flatMap(({ positions }, row) => positions.map((at) => row * length + at)),
      ),
      masked_ids: Int32Array.from(masked.flatMap(({ ids }) => ids)),
      masked_weights: new Float32Array(rows).fill(1 / rows),
      next_sentence: Int32Array.from(examples, ({ nextSentence }) => nextSentence ?? 0),
      next_sentence_weights: nextSentenceWeights,
    },
  };
}
