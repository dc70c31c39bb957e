import { describe, expect, it } from 'vitest';
import { LABELS } from '../../src/labels.js';
import { isForeign, withoutForeign } from '../../src/serve/foreign-text.js';
import { toReading } from '../../src/serve/reading.js';
import { toScores } from '../../src/serve/text-scores.js';

const RULES = { labels: LABELS, temperature: 1, threshold: 0.6 };
const encoded = (pieceCount: number, unknownCount = 0) => ({ ids: [2, 3], pieceCount, unknownCount });
const SURE = [0, 0, 5];

describe('toScores', () => {
  it('is the softmax, whatever the size of the logits', () => {
    expect(toScores([1, 2, 3], RULES).positive).toBeCloseTo(0.66524, 5);
    expect(toScores([1001, 1002, 1003], RULES).positive).toBeCloseTo(0.66524, 5);
  });

  it('is flattened by a temperature and follows the order of the labels', () => {
    expect(toScores([1, 2, 3], { ...RULES, temperature: 10 }).positive).toBeCloseTo(0.3672, 4);
    const scores = toScores([3, 1], { ...RULES, labels: ['positive', 'negative'] });
    expect(scores).toMatchObject({ neutral: 0 });
    expect(scores.positive).toBeGreaterThan(scores.negative);
  });
});

describe('toReading', () => {
  it('is sure at the threshold and not below it', () => {
    expect(toReading('좋아요', encoded(2), SURE, RULES)).toMatchObject({
      label: 'positive',
      abstained: false,
    });
    expect(toReading('좋아요', encoded(2), [0, 0, 0.5], RULES)).toMatchObject({
      abstained: true,
      abstainReason: 'low-confidence',
    });
  });

  it.each([
    ['nothing', '', encoded(0), 'empty'],
    ['whitespace alone', ' \t\n\u3000', encoded(0), 'empty'],
    ['zero-width characters alone', '\u200b\u200d', encoded(0), 'empty'],
    ['mostly unknown pieces', '🦄🦖 a', encoded(3, 2), 'unknown-text'],
  ])('abstains from %s, however sure the model is', (_, text, pieces, abstainReason) => {
    expect(toReading(text, pieces, SURE, RULES)).toMatchObject({ abstained: true, abstainReason });
  });

  it('reads a text of which half is unknown', () => {
    expect(toReading('hi 🦄', encoded(2, 1), SURE, RULES).abstained).toBe(false);
  });
});

describe('isForeign', () => {
  it.each([
    ...[
      '',
      'gg',
      'lol nice',
      'ㅇㅈ',
      'ㅋㅋㅋ',
      'ㅠㅠ 망했다',
      '😂😂',
      '123 !!',
      '¯\\_(ツ)_/¯',
      'omg wtf lol haha xd',
    ],
    ...['gg wp ez noob team lol', 'lmao bruh fr fr no cap ong', 'jinjja daebak oppa saranghae yo'],
    ...[
      'I do not like it at all',
      '이거 完全 좋아요',
      '\ud800 hello \0 there',
      'hello\u200b there my\u200d friend',
    ],
    'the cafe naive resume was a very nice place',
  ])('reads %j', (text) => expect(isForeign(text)).toBe(false));

  it.each([
    ...[
      'これはとても面白いです',
      '这个电影很好看',
      'это очень плохо',
      'שלום מה שלומך',
      '\u202eمرحبا بك\u202c',
    ],
    ...['das ist wirklich eine schlechte idee finde ich', 'hola amigos como estan hoy'],
    'não gosto disso de jeito nenhum',
    'tôi không thích bộ phim này chút nào',
  ])('does not read %j', (text) => expect(isForeign(text)).toBe(true));

  it('looks at the start of a long text only', () => {
    expect(isForeign('좋아요 '.repeat(25_000))).toBe(false);
  });
});

describe('withoutForeign', () => {
  const FOREIGN = 'je suis vraiment content de ce film';
  const read = (text: string, pieceCount: number, logits: number[]) =>
    withoutForeign(text, toReading(text, encoded(pieceCount), logits, RULES));

  it.each([
    ['another script', 'مرحبا كيف حالك'],
    ['another language', FOREIGN],
  ])('abstains from %s, however sure or unsure the model is', (_, text) => {
    for (const logits of [SURE, [0, 0, 0.5]])
      expect(read(text, 9, logits)).toMatchObject({ abstained: true, abstainReason: 'unknown-text' });
  });

  it('leaves every other reading as it was', () => {
    expect(read('정말 좋아요', 4, SURE)).toMatchObject({ abstained: false });
    expect(read('so so I guess', 4, [0, 0, 0.5])).toMatchObject({ abstainReason: 'low-confidence' });
    expect(read('', 0, SURE)).toMatchObject({ abstainReason: 'empty' });
  });
});
