// Examples of next-sentence prediction (Devlin et al. 2019): the two parts of a text, or its first part beside the second
// part of another one.
import type { Random } from '../../bert/random.js';
import { lengthOf, textOf, type Corpus } from './corpus.js';

export interface Example {
  /** `[CLS] A [SEP] B [SEP]`, or `[CLS] A [SEP]`. */
  ids: number[];
  /** Tokens of the first segment, `[CLS]` and the first `[SEP]` included. */
  firstLength: number;
  /** 0: B follows A, 1: B is of another text, null: there is no B. */
  nextSentence: 0 | 1 | null;
}

/** What is to be known of pieces, by their ids. */
export interface PieceTraits {
  /** 1 where a piece begins a word. */
  startsWord: Uint8Array;
  /** 1 where a sentence may end with it. */
  endsSentence: Uint8Array;
}

export interface PairOptions {
  traits: PieceTraits;
  clsId: number;
  sepId: number;
  /** Tokens of an example, special ones included. */
  maxLength: number;
  /** Without it every example is one segment. */
  nextSentence: boolean;
}

const SENTENCE_END = /^(##)?[.!?。！？…~]+$/u;
/** A text of fewer tokens is not parted. */
const FEWEST_TOKENS = 4;
/** Tries to find another text that can be parted. */
const TRIES = 8;

export function pieceTraits(pieces: readonly string[]): PieceTraits {
  return {
    startsWord: Uint8Array.from(pieces, (piece) => (piece.startsWith('##') ? 0 : 1)),
    endsSentence: Uint8Array.from(pieces, (piece) => (SENTENCE_END.test(piece) ? 1 : 0)),
  };
}

/**
 * Where the second part of a text begins: after a sentence, any with the same chance; in a text of one sentence before
 * a word in its middle half.
 * @returns null where it cannot be parted
 */
export function partingPoint(ids: Int32Array, traits: PieceTraits, random: Random): number | null {
  if (ids.length < FEWEST_TOKENS) return null;
  const sentences: number[] = [];
  const words: number[] = [];
  const [from, to] = [ids.length / 4, (ids.length * 3) / 4];
  for (let i = 1; i < ids.length; i += 1) {
    const id = ids[i] as number;
    if (traits.startsWord[id] !== 1 || traits.endsSentence[id] === 1) continue;
    if (traits.endsSentence[ids[i - 1] as number] === 1) sentences.push(i);
    else if (i >= from && i <= to) words.push(i);
  }
  const points = sentences.length > 0 ? sentences : words;
  return points[Math.floor(random.next() * points.length)] ?? null;
}

/** Second part of another text. */
function otherPart(
  corpus: Corpus,
  text: number,
  others: readonly number[],
  traits: PieceTraits,
  random: Random,
): Int32Array | null {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const other = others[Math.floor(random.next() * others.length)] as number;
    if (other === text) continue;
    const ids = textOf(corpus, other);
    const point = partingPoint(ids, traits, random);
    if (point !== null) return ids.subarray(point);
  }
  return null;
}

/**
 * Half of the examples with two segments are of each class.
 * @param others where the second part of another text may come from: of the same file, so that the file does not give the
 *   answer away, and of like length, so that the answer does not make the batch longer
 * @param maxLength tokens of the example, special ones included
 */
export function buildExample(
  corpus: Corpus,
  text: number,
  others: readonly number[],
  options: PairOptions,
  maxLength: number,
  random: Random,
): Example {
  const { traits, clsId, sepId } = options;
  const ids = textOf(corpus, text);
  const point = options.nextSentence ? partingPoint(ids, traits, random) : null;
  if (point !== null) {
    const other = random.next() < 0.5 ? otherPart(corpus, text, others, traits, random) : null;
    const [first, second] = shorten(ids.subarray(0, point), other ?? ids.subarray(point), maxLength - 3);
    return {
      ids: [clsId, ...first, sepId, ...second, sepId],
      firstLength: first.length + 2,
      nextSentence: other === null ? 0 : 1,
    };
  }
  const whole = ids.subarray(0, maxLength - 2);
  return { ids: [clsId, ...whole, sepId], firstLength: whole.length + 2, nextSentence: null };
}

/** Takes from the longer of the two, at its outer end, until both fit. */
function shorten(first: Int32Array, second: Int32Array, room: number): [Int32Array, Int32Array] {
  let [a, b] = [first, second];
  while (a.length + b.length > room) {
    if (a.length > b.length) a = a.subarray(1);
    else b = b.subarray(0, -1);
  }
  return [a, b];
}

/** Tokens of a text's example, for sorting; exact where its second part is its own. */
export function exampleLength(corpus: Corpus, text: number, options: PairOptions): number {
  return Math.min(options.maxLength, lengthOf(corpus, text) + 3);
}
