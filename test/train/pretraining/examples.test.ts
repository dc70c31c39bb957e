// What a batch of pre-training asks: pairs, masks, padding; each a pure function of seed and number.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/bert/random.js';
import {
  createBatchBuilder,
  epochTexts,
  type PretrainingBatchOptions,
} from '../../../src/train/pretraining/batches.js';
import { textOf, type Corpus } from '../../../src/train/pretraining/corpus.js';
import { maskTokens } from '../../../src/train/pretraining/masking.js';
import { buildExample, partingPoint, pieceTraits } from '../../../src/train/pretraining/pairs.js';

// 5 and 6 end sentences, 10 to 59 begin words, 60 to 99 continue them.
const PIECES = Array.from({ length: 100 }, (_, id) => {
  if (id < 5) return ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'][id] as string;
  if (id < 10) return ['.', '!', ',', '-', '('][id - 5] as string;
  return id < 60 ? `w${id}` : `##c${id}`;
});
const [CLS, SEP, MASK] = [2, 3, 4];

const options: PretrainingBatchOptions = {
  traits: pieceTraits(PIECES),
  padId: 0,
  clsId: CLS,
  sepId: SEP,
  maskId: MASK,
  ordinaryIds: Int32Array.from({ length: 95 }, (_, i) => i + 5),
  maxLength: 64,
  nextSentence: true,
  rate: 0.15,
  wholeWords: false,
  tokensPerBatch: 512,
  seed: 7,
};

/** Texts of 8 to 39 tokens; token ids of source 0 are even words, of source 1 odd ones. */
function makeCorpus(texts: number): Corpus {
  const random = createRandom(3);
  const rows = Array.from({ length: texts }, (_, text) =>
    Array.from({ length: 8 + Math.floor(random.next() * 32) }, () => {
      const word = 10 + 2 * Math.floor(random.next() * 25) + (text % 2);
      return random.next() < 0.15 ? 5 : word;
    }),
  );
  const offsets = new Int32Array(texts + 1);
  rows.forEach((row, i) => (offsets[i + 1] = (offsets[i] as number) + row.length));
  return {
    ids: Int32Array.from(rows.flat()),
    offsets,
    sources: Uint8Array.from(rows, (_, text) => text % 2),
  };
}

describe('the parting of a text', () => {
  const part = (ids: number[]) => partingPoint(Int32Array.from(ids), options.traits, createRandom(1));

  it('is after a sentence where there are several', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const ids = Int32Array.of(10, 11, 5, 12, 13, 6, 6, 14, 15);
      expect([3, 7]).toContain(partingPoint(ids, options.traits, createRandom(seed)));
    }
  });

  it('is before a word in the middle half of one sentence, never inside a word', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const ids = Int32Array.of(10, 61, 62, 11, 63, 12, 13, 14);
      expect([3, 5, 6]).toContain(partingPoint(ids, options.traits, createRandom(seed)));
    }
  });

  it.each([
    ['three tokens', [10, 11, 12]],
    ['one word', [10, 60, 61, 62, 63]],
  ])('is none in %s', (_name, ids) => expect(part(ids)).toBeNull());
});

describe('pairs', () => {
  const corpus = makeCorpus(400);
  const others = [...corpus.sources.keys()].filter((text) => text % 2 === 0);

  it('are half of a text and its own continuation, half of two texts of one file', () => {
    const random = createRandom(11);
    let drawn = 0;
    for (const text of others) {
      const example = buildExample(corpus, text, others, options, 64, random);
      const { ids, firstLength, nextSentence } = example;
      expect([ids[0], ids[firstLength - 1], ids.at(-1)]).toEqual([CLS, SEP, SEP]);
      const own = [...textOf(corpus, text)];
      const joined = [...ids.slice(1, firstLength - 1), ...ids.slice(firstLength, -1)];
      if (nextSentence === 0) expect(joined).toEqual(own);
      else {
        drawn += 1;
        expect(nextSentence).toBe(1);
        expect(joined.filter((id) => id >= 10).every((id) => id % 2 === 0)).toBe(true);
        expect(joined).not.toEqual(own);
      }
    }
    expect(drawn / others.length).toBeGreaterThan(0.4);
    expect(drawn / others.length).toBeLessThan(0.6);
  });

  it('fit the length: the second part loses its end, the first its beginning', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const example = buildExample(corpus, 0, others, options, 12, createRandom(seed));
      expect(example.ids.length).toBeLessThanOrEqual(12);
    }
  });

  it('are single texts where next sentences are not asked for', () => {
    const off = { ...options, nextSentence: false };
    const example = buildExample(corpus, 0, others, off, 64, createRandom(1));
    expect(example).toEqual({
      ids: [CLS, ...textOf(corpus, 0), SEP],
      firstLength: textOf(corpus, 0).length + 2,
      nextSentence: null,
    });
  });
});

describe('masks', () => {
  it('hide 15 % of the tokens: 80 % behind [MASK], 10 % behind another token, 10 % stay', () => {
    const random = createRandom(5);
    const counts = { tokens: 0, masked: 0, hidden: 0, same: 0 };
    for (let i = 0; i < 2_000; i += 1) {
      const before = [CLS, ...Array.from({ length: 40 }, (_, at) => 10 + ((i + at) % 90)), SEP];
      const ids = [...before];
      const masked = maskTokens(ids, options, random);
      expect(masked.ids).toEqual(masked.positions.map((at) => before[at]));
      expect(masked.positions).toEqual([...masked.positions].sort((a, b) => a - b));
      ids.forEach((id, at) => {
        if (!masked.positions.includes(at)) expect(id).toBe(before[at]);
      });
      counts.tokens += 40;
      counts.masked += masked.positions.length;
      counts.hidden += masked.positions.filter((at) => ids[at] === MASK).length;
      counts.same += masked.positions.filter((at) => ids[at] === before[at]).length;
    }
    expect(counts.masked / counts.tokens).toBeCloseTo(0.15, 2);
    expect(counts.hidden / counts.masked).toBeCloseTo(0.8, 1);
    expect(counts.same / counts.masked).toBeCloseTo(0.1, 1);
  });

  it('hide one token of the shortest text and never a special one', () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const ids = [CLS, 20, SEP];
      expect(maskTokens(ids, options, createRandom(seed)).positions).toEqual([1]);
    }
  });

  it('hide whole words where asked', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      // Words of three pieces.
      const ids = [CLS, ...Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? 20 : 70)), SEP];
      const { positions } = maskTokens(ids, { ...options, wholeWords: true, rate: 0.2 }, createRandom(seed));
      expect(positions).toHaveLength(6);
      for (let at = 0; at < positions.length; at += 3) {
        const [first, second, third] = positions.slice(at, at + 3) as [number, number, number];
        expect([(first - 1) % 3, second - first, third - first]).toEqual([0, 1, 2]);
      }
    }
  });
});

describe('batches', () => {
  const corpus = makeCorpus(500);

  it('take every text once an epoch, in another order the next time, and the same from the same seed', () => {
    const first = epochTexts(corpus, options, 0);
    expect(first.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(epochTexts(corpus, options, 0)).toEqual(first);
    expect(epochTexts(corpus, options, 1)).not.toEqual(first);
  });

  it('hold no more tokens than asked, padding included, also beside parts of other texts', () => {
    const build = createBatchBuilder(corpus, options);
    for (const [number, texts] of epochTexts(corpus, options, 0).entries()) {
      const { batch, length } = build(texts, number);
      expect(batch * length).toBeLessThanOrEqual(512);
    }
  });

  it('are the same for the same number, and hide other tokens for another (dynamic masking)', () => {
    const build = createBatchBuilder(corpus, options);
    const texts = epochTexts(corpus, options, 0)[0] as number[];
    expect(build(texts, 1)).toEqual(build(texts, 1));
    expect(build(texts, 2).inputs['masked_positions']).not.toEqual(
      build(texts, 1).inputs['masked_positions'],
    );
  });

  it('name the hidden tokens by their place and weigh them to a mean', () => {
    const build = createBatchBuilder(corpus, options);
    const { batch, length, tokens, inputs } = build(epochTexts(corpus, options, 0)[0] as number[], 0);
    const positions = inputs['masked_positions'] as Int32Array;
    const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
    expect(sum(inputs['masked_weights'] as Float32Array)).toBeCloseTo(1, 5);
    expect(sum(inputs['next_sentence_weights'] as Float32Array)).toBeCloseTo(1, 5);
    expect(positions.every((at) => tokens.attention_mask[at] === 1)).toBe(true);
    for (let row = 0; row < batch; row += 1) {
      const types = tokens.token_type_ids.slice(row * length, (row + 1) * length);
      const second = types.indexOf(1);
      if (second < 0) continue;
      expect(tokens.input_ids[row * length + second - 1]).toBe(SEP);
    }
  });
});
