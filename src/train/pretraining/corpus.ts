// Texts for pre-training as token ids in one array, long ones cut, and a part of them held out.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BertTokenizer } from '../../bert/tokenizer.js';
import { createRandom } from '../../bert/random.js';
import type { DataSource } from '../../data/data-source.js';
import { normalisedText } from '../../data/text-key.js';
import { readTexts } from '../../data/texts.js';
import { NunchiError } from '../../errors.js';

export interface Corpus {
  /** Token ids of all texts after another, without special tokens; text i is `ids[offsets[i]..offsets[i + 1]]`. */
  ids: Int32Array;
  offsets: Int32Array;
  /** Number of the file that each text is from. */
  sources: Uint8Array;
}

export interface SplitCorpus {
  training: Corpus;
  heldOut: Corpus;
  /** Name to sha256 of each file. */
  data: Record<string, string>;
  /** The same of what was left out, and how many texts that were. */
  excluded: Record<string, string>;
  leftOut: number;
}

export interface CorpusOptions {
  files: readonly string[];
  /** Texts of these, in whatever capitals and spaces, are left out. */
  exclude?: readonly DataSource[];
  tokenizer: BertTokenizer;
  /** Tokens of one text; what is longer becomes several texts. */
  maxTokens: number;
  /** Texts kept out of training to measure on; at least one, at most a tenth of all. */
  heldOut: number;
  seed: number;
  /** Uses only the first so many texts of each file. */
  limit?: number;
  onProgress?: (texts: number) => void;
}

/** Texts of fewer tokens than this teach nothing. */
const FEWEST_TOKENS = 2;
const PROGRESS_TEXTS = 10_000;

/** Grows by doubling; a plain array of tens of millions of numbers would take eight bytes each and more. */
class IntList {
  private data = new Int32Array(1 << 16);
  length = 0;
  append(values: readonly number[]): void {
    const needed = this.length + values.length;
    if (needed > this.data.length) {
      const grown = new Int32Array(Math.max(needed, this.data.length * 2));
      grown.set(this.data);
      this.data = grown;
    }
    this.data.set(values, this.length);
    this.length = needed;
  }
  toArray(): Int32Array {
    return this.data.slice(0, this.length);
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Reads files of one text a line, or the texts of labelled files.
 * @throws NunchiError `data-unreadable`, `data-format`, `not-enough-data`
 */
export async function readCorpus(options: CorpusOptions): Promise<SplitCorpus> {
  const { files, exclude = [], tokenizer, maxTokens, limit = Infinity, onProgress } = options;
  const excluded: Record<string, string> = {};
  const unwanted = new Set<string>();
  for (const { file, range, name } of exclude) {
    for await (const text of readTexts(file, range)) unwanted.add(normalisedText(text));
    excluded[name] = await hashFile(file);
  }
  let leftOut = 0;
  const ids = new IntList();
  const ends: number[] = [];
  const sources: number[] = [];
  const data: Record<string, string> = {};
  for (const [source, file] of files.entries()) {
    let texts = 0;
    for await (const text of readTexts(file)) {
      if (texts >= limit) break;
      texts += 1;
      if (unwanted.size > 0 && unwanted.has(normalisedText(text))) {
        leftOut += 1;
        continue;
      }
      if (ends.length % PROGRESS_TEXTS === 0) onProgress?.(ends.length);
      const own = tokenizer.encode(text, Number.MAX_SAFE_INTEGER).ids.slice(1, -1);
      for (let at = 0; at < own.length; at += maxTokens) {
        const part = own.slice(at, at + maxTokens);
        if (part.length < FEWEST_TOKENS) continue;
        ids.append(part);
        ends.push(ids.length);
        sources.push(source);
      }
    }
    data[`${path.basename(path.dirname(path.resolve(file)))}/${path.basename(file)}`] = await hashFile(file);
  }
  if (ends.length < 2) {
    throw new NunchiError('not-enough-data', 'there are not two texts to train on', {
      hint:
        leftOut > 0 ? 'Every other one is in the files of --exclude.' : 'Name files with one text a line.',
    });
  }
  const offsets = new Int32Array(ends.length + 1);
  offsets.set(ends, 1);
  const all: Corpus = { ids: ids.toArray(), offsets, sources: Uint8Array.from(sources) };
  return { ...holdOut(all, options.heldOut, options.seed), data, excluded, leftOut };
}

function holdOut(all: Corpus, count: number, seed: number): Pick<SplitCorpus, 'training' | 'heldOut'> {
  const texts = all.sources.length;
  const order = createRandom(seed, 1).shuffle(Array.from({ length: texts }, (_, i) => i));
  const chosen = new Set(order.slice(0, Math.max(1, Math.min(count, Math.floor(texts / 10)))));
  const part = (held: boolean): Corpus => {
    const rows = Array.from({ length: texts }, (_, i) => i).filter((i) => chosen.has(i) === held);
    const offsets = new Int32Array(rows.length + 1);
    rows.forEach((row, i) => (offsets[i + 1] = (offsets[i] as number) + lengthOf(all, row)));
    const ids = new Int32Array(offsets[rows.length] as number);
    rows.forEach((row, i) => ids.set(textOf(all, row), offsets[i]));
    return { ids, offsets, sources: Uint8Array.from(rows, (row) => all.sources[row] as number) };
  };
  return { training: part(false), heldOut: part(true) };
}

/** Token ids of one text; a view. */
export function textOf(corpus: Corpus, text: number): Int32Array {
  return corpus.ids.subarray(corpus.offsets[text], corpus.offsets[text + 1]);
}

export function lengthOf(corpus: Corpus, text: number): number {
  return (corpus.offsets[text + 1] as number) - (corpus.offsets[text] as number);
}
