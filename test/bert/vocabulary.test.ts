// Vocabulary training, against merges worked out by hand.
import { describe, expect, it } from 'vitest';
import { buildTokenizerFiles, SPECIAL_TOKENS } from '../../src/bert/tokenizer-files.js';
import { createTokenizer } from '../../src/bert/tokenizer.js';
import { trainVocabulary } from '../../src/bert/vocabulary.js';

const TOO_LARGE = 100_000;
const repeat = (word: string, times: number) => Array<string>(times).fill(word);
/** The pieces of more than one character, in order of their merges. */
const merges = (pieces: readonly string[]) =>
  pieces.filter(
    (piece) =>
      !(SPECIAL_TOKENS as readonly string[]).includes(piece) && [...piece.replace(/^##/, '')].length > 1,
  );

describe('trainVocabulary', () => {
  it('merges the most frequent pair again and again', async () => {
    const texts = [
      ...repeat('hug', 10),
      ...repeat('pug', 5),
      ...repeat('pun', 12),
      ...repeat('bun', 4),
      ...repeat('hugs', 5),
    ];
    // u+g 20, then u+n 16, h+ug 15, p+un 12, hug+s 5 and p+ug 5 (the smaller ids first), b+un 4.
    expect(merges(await trainVocabulary(texts, { size: TOO_LARGE }))).toEqual([
      '##ug',
      '##un',
      'hug',
      'pun',
      ...['pug', 'hugs'],
      'bun',
    ]);
  });

  it('stops at the size and at the least frequency', async () => {
    const texts = [...repeat('가나', 3), ...repeat('다라', 2), '마바'];
    const all = await trainVocabulary(texts, { size: TOO_LARGE, minFrequency: 1 });
    expect(merges(all)).toEqual(['가나', '다라', '마바']);
    expect(merges(await trainVocabulary(texts, { size: TOO_LARGE, minFrequency: 2 }))).toEqual([
      '가나',
      '다라',
    ]);
    const small = await trainVocabulary(texts, { size: all.length - 2, minFrequency: 1 });
    expect(small).toEqual(all.slice(0, -2));
  });

  it('counts a repeated piece inside one word rightly', async () => {
    // "나나나나": 나+##나 once, ##나+##나 twice (left to right).
    const pieces = await trainVocabulary(repeat('나나나나나', 2), { size: TOO_LARGE });
    expect(merges(pieces)).toEqual(['##나나', '나나나', '나나나나나']);
  });

  it('sees texts as the tokenizer does', async () => {
    const pieces = await trainVocabulary([...repeat('재밌다ㅋㅋㅋㅋㅋㅋ', 2), ...repeat('ＧＯＯＤ!!', 2)], {
      size: TOO_LARGE,
    });
    expect(merges(pieces)).toEqual(expect.arrayContaining(['재밌다', 'ㅋㅋㅋ', 'good']));
    expect(pieces.some((piece) => piece.includes('ㅋㅋㅋㅋ') || piece.includes('다ㅋ'))).toBe(false);
    const tokenizer = createTokenizer(
      JSON.parse(buildTokenizerFiles(pieces).get('tokenizer.json') ?? ''),
      {},
    );
    expect(tokenizer.tokenize('재밌다ㅋㅋㅋㅋ GOOD!')).toEqual(['재밌다', 'ㅋㅋㅋ', 'good', '!']);
  });

  it('always holds special tokens first, letters, digits and jamo in both forms, and common emoji', async () => {
    const pieces = await trainVocabulary(['x'], { size: TOO_LARGE });
    expect(pieces.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(pieces).toEqual(
      expect.arrayContaining(['a', '##z', '0', '##9', 'ㅋ', '##ㅠ', '\u318e', '!', '😀', '🥲']),
    );
    expect(new Set(pieces).size).toBe(pieces.length);
  });

  it('limits the alphabet by frequency and leaves out words beyond it', async () => {
    const pieces = await trainVocabulary([...repeat('가가', 5), ...repeat('나나', 3), ...repeat('가나', 2)], {
      size: TOO_LARGE,
      limitAlphabet: 1,
    });
    expect(pieces).toContain('가가');
    expect(pieces.some((piece) => piece.includes('나'))).toBe(false);
  });

  it('refuses texts without a word', async () => {
    await expect(trainVocabulary(['', ' \t'], { size: TOO_LARGE })).rejects.toMatchObject({
      code: 'not-enough-data',
    });
  });

  it('refuses a size that the alphabet does not fit in', async () => {
    await expect(trainVocabulary(['가'], { size: 50 })).rejects.toMatchObject({ code: 'usage' });
  });

  it('gives the same pieces for the same texts, however they come', async () => {
    const texts = ['이 영화 정말 재미있다', '이 영화 정말 지루하다', '정말 재미없는 영화'];
    async function* later() {
      for (const text of texts) yield await Promise.resolve(text);
    }
    expect(await trainVocabulary(later(), { size: TOO_LARGE })).toEqual(
      await trainVocabulary(texts, { size: TOO_LARGE }),
    );
  });
});
