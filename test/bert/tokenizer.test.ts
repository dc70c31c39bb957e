// The tokenizer of new models: text rules, pieces of Korean chat, hostile texts, truncation.
import { beforeAll, describe, expect, it } from 'vitest';
import { buildTokenizerFiles } from '../../src/bert/tokenizer-files.js';
import { createTokenizer, type BertTokenizer } from '../../src/bert/tokenizer.js';
import { tinyVocabulary } from '../fixtures/tiny-model.js';

const files = buildTokenizerFiles([
  ...tinyVocabulary(),
  'ㅋㅋㅋ',
  '##ㅏ',
  '漢',
  '→',
  '한국',
  '👨',
  '👩',
  'δ',
  'שלום',
]);
const read = (name: string) => JSON.parse(files.get(name) ?? '') as unknown;

let tokenizer: BertTokenizer;
beforeAll(() => {
  tokenizer = createTokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
});

describe('pieces', () => {
  it.each([
    ['ㅋㅋㅠㅠ', ['ㅋㅋ', 'ㅠㅠ']],
    ['ㅎㅏ', ['ㅎ', '##ㅏ']],
    ['재미있어요ㅋㅋㅋㅋㅋㅠㅠ!!!!!', ['재미있어요', 'ㅋㅋㅋ', 'ㅠㅠ', '!', '!', '!']],
    ['👍🏽 좋았어요👍🏿👍', ['👍', '좋았어요', '👍', '👍']],
    ['👨‍👩❤️', ['👨', '👩', '❤']],
    ['１２３ ＡＢ！？～', ['1', '##2', '##3', 'a', '##b', '!', '?', '~']],
    ['This MOVIE is 최고예요!', ['this', 'movie', 'is', '최고예요', '!']],
    ['한국漢한국→한국', ['한국', '漢', '한국', '→', '한국']],
    ['i’m “great”…', ['i', '[UNK]', 'm', '[UNK]', 'great', '[UNK]', '.', '.', '.']],
    ['ΔΔ', ['[UNK]']],
    ['이 영화'.normalize('NFD'), ['이', '영화']],
  ])('of %j', (text, pieces) => {
    expect(tokenizer.tokenize(text)).toEqual(pieces);
  });

  it.each(['ㅋ', 'ㅠ', '!', '.', '~', 'o', '❤'])(
    'of a run of %s are the same from the third one on',
    (char) => {
      const piecesOf = (length: number) => tokenizer.tokenize(char.repeat(length));
      for (let length = 3; length <= 200; length += 1)
        expect(piecesOf(length), `length ${length}`).toEqual(piecesOf(3));
      expect(piecesOf(2)).not.toEqual(piecesOf(3));
      expect(piecesOf(1)).not.toEqual(piecesOf(2));
    },
  );

  it('of every compatibility jamo are kept as they are', () => {
    for (let code = 0x3131; code <= 0x318e; code += 1) {
      const jamo = String.fromCharCode(code);
      const own = createTokenizer(
        JSON.parse(buildTokenizerFiles([...tinyVocabulary(), jamo]).get('tokenizer.json') ?? ''),
        {},
      );
      expect(own.tokenize(jamo)).toEqual([jamo]);
      if (code % 8 !== 0) code += 7;
    }
  });
});

describe('hostile texts', () => {
  it.each([
    ['', 0],
    [' \t\r\n\u3000\u00a0', 0],
    ['\u0000\u0000', 0],
    ['\ud800\udc00\ud800', 1],
    ['\udfff\ud83d', 0],
    ['\u200b\u200d\u2060\ufeff\u202e', 0],
    ['שלום', 1],
    ['\u202eשלום\u202c', 1],
    ['😀😢', 2],
    ['\ufffd', 0],
  ])('%j has %d pieces', (text, count) => {
    const encoded = tokenizer.encode(text, 128);
    expect(encoded.pieceCount).toBe(count);
    expect(encoded.ids).toHaveLength(count + 2);
    expect(encoded.ids[0]).toBe(tokenizer.clsId);
    expect(encoded.ids.at(-1)).toBe(tokenizer.sepId);
  });

  it('null bytes and lone surrogates inside a text change nothing else', () => {
    expect(tokenizer.encode('좋\u0000았\ud800어요', 128)).toEqual(tokenizer.encode('좋았어요', 128));
  });

  it.each([
    ['one word', '가'.repeat(100_000)],
    ['words of 100 characters', 'abcdefghij'.repeat(10).concat(' ').repeat(1000)],
    ['short words', '이 영화 '.repeat(20_000)],
    ['emoji', '😀'.repeat(50_000)],
    ['punctuation', '?!'.repeat(50_000)],
  ])('100,000 characters as %s are cut to the longest length', (_, text) => {
    const started = process.cpuUsage();
    const { ids, pieceCount } = tokenizer.encode(text, 128);
    const { user, system } = process.cpuUsage(started);
    // Measured: under 0.3 s; without the bound on the length of a candidate the second one takes over 5 s.
    expect((user + system) / 1e6).toBeLessThan(2);
    expect(ids.length).toBe(Math.min(128, pieceCount + 2));
    expect([ids[0], ids.at(-1)]).toEqual([tokenizer.clsId, tokenizer.sepId]);
  });
});

describe('encode', () => {
  it('counts what it does not know', () => {
    expect(tokenizer.encode('영화 ฉันรัก 좋았어요', 128)).toMatchObject({ pieceCount: 3, unknownCount: 1 });
  });

  it('keeps the first pieces', () => {
    const whole = tokenizer.encode('이 영화 정말 재미있어요', 128);
    const cut = tokenizer.encode('이 영화 정말 재미있어요', 4);
    expect(cut.ids).toEqual([...whole.ids.slice(0, 3), tokenizer.sepId]);
    expect(cut.pieceCount).toBe(4);
  });

  it('gives the ids of vocab.txt', () => {
    const vocabulary = (files.get('vocab.txt') ?? '').trimEnd().split('\n');
    expect(tokenizer.vocabularySize).toBe(vocabulary.length);
    expect(tokenizer.encode('정말 좋았어요', 128).ids.map((id) => vocabulary[id])).toEqual([
      '[CLS]',
      '정말',
      '좋았어요',
      '[SEP]',
    ]);
    expect([
      tokenizer.padId,
      tokenizer.unknownId,
      tokenizer.clsId,
      tokenizer.sepId,
      tokenizer.maskId,
    ]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('createTokenizer', () => {
  it.each([
    null,
    {},
    { model: { type: 'BPE', vocab: {} } },
    { model: { type: 'WordPiece', vocab: { a: 0 } } },
  ])('refuses %j', (json) => {
    expect(() => createTokenizer(json, {})).toThrow(
      expect.objectContaining({ code: 'model-config-invalid' }) as Error,
    );
  });
});
