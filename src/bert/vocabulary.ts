// Trains a WordPiece vocabulary as Hugging Face's WordPieceTrainer does: the most frequent pair of pieces becomes a piece,
// again and again (byte-pair encoding, Sennrich et al. 2016), with `##` before pieces that continue a word.
import { NunchiError } from '../errors.js';
import { PairHeap } from './pair-heap.js';
import { buildTokenizerFiles, SPECIAL_TOKENS } from './tokenizer-files.js';
import { openTokenizerLibrary } from './tokenizer-library.js';

export interface VocabularyOptions {
  /** Pieces in all, special tokens included; fewer where the texts do not give as many. */
  size: number;
  /** Pairs and characters seen less often make no piece. */
  minFrequency?: number;
  /** Most characters, beside those that are always in. */
  limitAlphabet?: number;
  onProgress?: (progress: {
    stage: 'reading' | 'splitting' | 'merging';
    done: number;
    total?: number;
  }) => void;
}

const codePoints = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index));

/** Always in, alone and continuing: digits, lower-case Latin letters and compatibility jamo. */
const ALWAYS_BOTH = [...codePoints(0x30, 0x39), ...codePoints(0x61, 0x7a), ...codePoints(0x3131, 0x318e)];
/** Always in, alone, because they never continue a word: ASCII punctuation, and the emoji that corrections teach best. */
const ALWAYS_FIRST = [
  ...codePoints(0x21, 0x7e).filter((char) => !/[0-9A-Za-z]/.test(char)),
  ...codePoints(0x1f600, 0x1f64f),
  ...codePoints(0x1f910, 0x1f917),
  ...codePoints(0x1f920, 0x1f92f),
  ...codePoints(0x1f970, 0x1f97a),
  ...'🫠🫡🫶❤🧡💛💚💙💜🖤🤍💔💕💖💗💘👀👋👌👍👎👏✌🤞🤟🤝💪🔥✨🎉🎊💯💩💀☠✅❌⭐🌟🤦🤷♥♡★☆',
];
/** Longer words are unknown to the tokenizer, whatever the vocabulary. */
const LONGEST_WORD = 100;
const CONTINUING = '##';
/** Two piece ids in one number; ids stay far below this. */
const PAIR_BASE = 2 ** 24;

type Words = Map<string, number>;

function count(words: Words, word: string, times: number): void {
  words.set(word, (words.get(word) ?? 0) + times);
}

async function countChunks(
  texts: Iterable<string> | AsyncIterable<string>,
  onProgress: VocabularyOptions['onProgress'],
): Promise<Words> {
  const chunks: Words = new Map();
  let lines = 0;
  for await (const text of texts) {
    for (const chunk of text.toWellFormed().split(/\s+/)) if (chunk !== '') count(chunks, chunk, 1);
    lines += 1;
    if (lines % 10_000 === 0) onProgress?.({ stage: 'reading', done: lines });
  }
  if (chunks.size === 0) {
    throw new NunchiError('not-enough-data', 'There is not one word to make pieces of', {
      hint: 'Name files with one text a line; a vocabulary wants some 100,000 of them.',
    });
  }
  return chunks;
}

/** Words as the tokenizer of the new model will see them; each distinct chunk between spaces is split once. */
function splitChunks(chunks: Words, onProgress: VocabularyOptions['onProgress']): Words {
  const json: unknown = JSON.parse(buildTokenizerFiles(SPECIAL_TOKENS).get('tokenizer.json') ?? '');
  const { normalizer, pre_tokenizer: preTokenizer } = openTokenizerLibrary(json, {});
  if (normalizer === null || preTokenizer === null) throw new Error('tokenizer.json lacks its text rules');
  const words: Words = new Map();
  let done = 0;
  for (const [chunk, times] of chunks) {
    for (const word of preTokenizer(normalizer(chunk))) count(words, word, times);
    done += 1;
    if (done % 10_000 === 0) onProgress?.({ stage: 'splitting', done, total: chunks.size });
  }
  return words;
}

function chooseAlphabet(words: Words, limit: number, minFrequency: number): Set<string> {
  const frequencies: Words = new Map();
  for (const [word, times] of words) for (const char of word) count(frequencies, char, times);
  const alphabet = new Set([...ALWAYS_FIRST, ...ALWAYS_BOTH]);
  const frequent = [...frequencies]
    .filter(([char, times]) => times >= minFrequency && !alphabet.has(char))
    .sort(([a, timesA], [b, timesB]) => timesB - timesA || (a < b ? -1 : 1));
  for (const [char] of frequent.slice(0, limit)) alphabet.add(char);
  return alphabet;
}

/** The growing vocabulary: piece to id and back. */
class Pieces {
  readonly list: string[] = [];
  private readonly ids = new Map<string, number>();

  add(piece: string): number {
    let id = this.ids.get(piece);
    if (id === undefined) {
      id = this.list.length;
      this.ids.set(piece, id);
      this.list.push(piece);
    }
    return id;
  }

  /** The piece that two neighbours make. */
  join(left: number, right: number): number {
    return this.add((this.list[left] as string) + (this.list[right] as string).slice(CONTINUING.length));
  }
}

/** Words as piece ids, and how often each pair of neighbours occurs and where. */
class PairIndex {
  private readonly words: number[][] = [];
  private readonly times: number[] = [];
  private readonly counts = new Map<number, number>();
  /** Pair to the words that hold or once held it. */
  private readonly places = new Map<number, number[]>();

  constructor(words: Words, alphabet: ReadonlySet<string>, pieces: Pieces) {
    for (const [word, times] of words) {
      const chars = [...word];
      // A word with a character outside the alphabet is [UNK] as a whole: its pieces would never be used.
      if (chars.length > LONGEST_WORD || !chars.every((char) => alphabet.has(char))) continue;
      const ids = chars.map((char, index) => pieces.add(index === 0 ? char : CONTINUING + char));
      const index = this.words.push(ids) - 1;
      this.times.push(times);
      for (let i = 1; i < ids.length; i += 1)
        this.change(ids[i - 1] as number, ids[i] as number, times, index);
    }
  }

  entries(): IterableIterator<[number, number]> {
    return this.counts.entries();
  }

  countOf(pair: number): number {
    return this.counts.get(pair) ?? 0;
  }

  private change(left: number, right: number, times: number, word: number): number {
    const pair = left * PAIR_BASE + right;
    this.counts.set(pair, (this.counts.get(pair) ?? 0) + times);
    if (times > 0) {
      const places = this.places.get(pair);
      if (places === undefined) this.places.set(pair, [word]);
      else if (places.at(-1) !== word) places.push(word);
    }
    return pair;
  }

  /** Replaces a pair by one piece everywhere. @returns the pairs that this made more frequent */
  merge(pair: number, piece: number): Set<number> {
    const left = Math.floor(pair / PAIR_BASE);
    const right = pair % PAIR_BASE;
    const grown = new Set<number>();
    const places = this.places.get(pair) ?? [];
    this.places.delete(pair);
    for (const word of places) {
      const ids = this.words[word] as number[];
      const times = this.times[word] as number;
      for (let i = 0; i + 1 < ids.length; i += 1) {
        if (ids[i] !== left || ids[i + 1] !== right) continue;
        const before = i > 0 ? ids[i - 1] : undefined;
        const after = ids[i + 2];
        if (before !== undefined) {
          this.change(before, left, -times, word);
          grown.add(this.change(before, piece, times, word));
        }
        if (after !== undefined) {
          this.change(right, after, -times, word);
          grown.add(this.change(piece, after, times, word));
        }
        ids.splice(i, 2, piece);
      }
    }
    this.counts.delete(pair);
    return grown;
  }
}

function mergePairs(
  pieces: Pieces,
  index: PairIndex,
  size: number,
  minFrequency: number,
  onProgress: VocabularyOptions['onProgress'],
) {
  const heap = new PairHeap();
  for (const [pair, times] of index.entries()) heap.push(pair, times);
  while (pieces.list.length < size) {
    const top = heap.pop();
    if (top === undefined) break;
    const [pair, times] = top;
    const current = index.countOf(pair);
    if (current !== times) {
      // Merges made the pair rarer (or more frequent: then a newer entry came first) since it was pushed.
      if (current < times && current >= minFrequency) heap.push(pair, current);
      continue;
    }
    if (times < minFrequency) break;
    const piece = pieces.join(Math.floor(pair / PAIR_BASE), pair % PAIR_BASE);
    for (const grown of index.merge(pair, piece)) heap.push(grown, index.countOf(grown));
    if (pieces.list.length % 100 === 0)
      onProgress?.({ stage: 'merging', done: pieces.list.length, total: size });
  }
}

/**
 * @param texts one text each, as people write them; the text rules of `buildTokenizerFiles` are applied here.
 * @returns pieces in the order of their ids: special tokens, characters, then merges by frequency. The same texts give
 *   the same pieces.
 * @throws NunchiError `usage` where `size` does not even hold the alphabet, `not-enough-data` where the texts have no word.
 */
export async function trainVocabulary(
  texts: Iterable<string> | AsyncIterable<string>,
  options: VocabularyOptions,
): Promise<string[]> {
  const { size, minFrequency = 2, limitAlphabet = 4000, onProgress } = options;
  const words = splitChunks(await countChunks(texts, onProgress), onProgress);
  const alphabet = chooseAlphabet(words, limitAlphabet, minFrequency);
  const pieces = new Pieces();
  for (const token of SPECIAL_TOKENS) pieces.add(token);
  for (const char of [...alphabet].sort()) pieces.add(char);
  for (const char of ALWAYS_BOTH) pieces.add(CONTINUING + char);
  const index = new PairIndex(words, alphabet, pieces);
  words.clear();
  if (pieces.list.length > size) {
    throw new NunchiError(
      'usage',
      `a vocabulary of ${size} does not hold the ${pieces.list.length} characters of the texts`,
      {
        hint: 'Ask for a larger vocabulary or for a smaller alphabet.',
      },
    );
  }
  mergePairs(pieces, index, size, minFrequency, onProgress);
  return pieces.list;
}
