// Each data set's originals, in their published forms, to rows: what is kept, under which label, what is refused.
import { describe, expect, it } from 'vitest';
import { CHATBOT_KO } from '../../../src/data/sets/chatbot-ko.js';
import type { DataSet } from '../../../src/data/sets/data-set.js';
import { GOEMOTIONS } from '../../../src/data/sets/goemotions.js';
import { PRODUCT_REVIEWS, PROS_CONS, SENTENCE_POLARITY } from '../../../src/data/sets/nltk.js';
import { NSMC } from '../../../src/data/sets/nsmc.js';
import { XED_EN } from '../../../src/data/sets/xed.js';
import {
  CHATBOT_ORIGINALS,
  GOEMOTIONS_ORIGINALS,
  NSMC_ORIGINALS,
  POLARITY_ORIGINALS,
  PROS_CONS_ORIGINALS,
  REVIEWS_ORIGINALS,
  XED_ORIGINALS,
} from '../../fixtures/data-originals.js';
import { makeZip } from '../../fixtures/zip.js';

function rowsOf(set: DataSet, contents: readonly Uint8Array[]): string[] {
  const converted = set.convert(contents);
  if ('splits' in converted) throw new Error('expected rows');
  return converted.rows.map(({ text, label }) => `${text} = ${label}`);
}
function splitsOf(set: DataSet, contents: readonly Uint8Array[]): Record<string, string[]> {
  const converted = set.convert(contents);
  if ('rows' in converted) throw new Error('expected splits');
  return Object.fromEntries(converted.splits);
}

describe('NSMC', () => {
  it('stays as it is, in its own split', () => {
    const { train = [], test = [] } = splitsOf(NSMC, NSMC_ORIGINALS);
    expect(Buffer.from(`${train.join('\n')}\n`).equals(NSMC_ORIGINALS[0] as Buffer)).toBe(true);
    expect(Buffer.from(`${test.join('\n')}\n`).equals(NSMC_ORIGINALS[1] as Buffer)).toBe(true);
  });
});

describe('GoEmotions', () => {
  it('keeps rows of one group, cleaned, and not in train what dev or test has in more than a few words', () => {
    expect(splitsOf(GOEMOTIONS, GOEMOTIONS_ORIGINALS)).toEqual({
      train: [
        'text\tlabel',
        'Thanks a lot!\tpositive',
        'It opens at nine\tneutral',
        'This made me angry and sad\tnegative',
        '"quoted"" text"\tpositive',
        'Thanks\tpositive',
      ],
      dev: ['text\tlabel', 'What a mess\tnegative', 'Thanks.\tpositive'],
      test: [
        'text\tlabel',
        'a long sentence, that the test has too\tneutral',
        'I was wrong, sorry\tnegative',
      ],
    });
  });

  it('maps every emotion as its sentiment_dict.json does', () => {
    const positive = [0, 1, 4, 5, 8, 13, 15, 17, 18, 20, 21, 23];
    const ambiguous = [6, 7, 22, 26];
    const all = Array.from({ length: 28 }, (_, number) => number);
    const dev = Buffer.from(all.map((number) => `emotion ${number}\t${number}\tx\n`).join(''));
    const { dev: rows = [] } = splitsOf(GOEMOTIONS, [Buffer.alloc(0), dev, Buffer.alloc(0)]);
    const expected = all
      .filter((number) => !ambiguous.includes(number))
      .map((number) => {
        const label = number === 27 ? 'neutral' : positive.includes(number) ? 'positive' : 'negative';
        return `emotion ${number}\t${label}`;
      });
    expect(rows.slice(1)).toEqual(expected);
  });
});

describe('XED', () => {
  it('takes the clear emotions and the neutral file', () => {
    expect(rowsOf(XED_EN, XED_ORIGINALS)).toEqual([
      'Get out of here ! = negative',
      'You are my friend . = positive',
      'It is on the table. = neutral',
      'On Monday. = neutral',
    ]);
  });
});

describe('Chatbot_data', () => {
  it('takes the questions, quoted or not', () => {
    expect(rowsOf(CHATBOT_KO, CHATBOT_ORIGINALS)).toEqual([
      '몇 시야 = neutral',
      '헤어졌어, 어제 = negative',
      '좋아한다고 말할까 = positive',
    ]);
  });

  it('reads line ends in quotes, quotes in fields, CRLF, a byte order mark and a last line without an end', () => {
    const csv = '\ufeffQ,A,label\r\n"하나\n둘",a,0\r\n셋 "넷",b,2';
    expect(rowsOf(CHATBOT_KO, [Buffer.from(csv)])).toEqual(['하나 둘 = neutral', '셋 "넷" = positive']);
  });
});

describe('the sets of NLTK', () => {
  it('are read from their archives, with old encodings', () => {
    expect(rowsOf(SENTENCE_POLARITY, POLARITY_ORIGINALS)).toEqual([
      'dull , and far too long . = negative',
      'a mess . = negative',
      'a joy \u0096 from start to finish . = positive',
    ]);
    expect(rowsOf(PROS_CONS, PROS_CONS_ORIGINALS)).toEqual([
      'doesn’t fold = negative',
      'Light, cheap = positive',
      'fits a pocket = positive',
    ]);
  });

  it('give product reviews the sign of their marks, where there is one sign', () => {
    expect(rowsOf(PRODUCT_REVIEWS, REVIEWS_ORIGINALS)).toEqual([
      'i like this lamp . = positive',
      'hard to find and too big . = negative',
      'Loud. heat[+1] ##Yet quick. = negative',
    ]);
  });
});

describe('an original in another form is refused with its line:', () => {
  const good = (contents: readonly Uint8Array[], index: number, content: string) =>
    contents.map((original, at) => (at === index ? Buffer.from(content) : original));
  it.each<[string, DataSet, readonly Uint8Array[], RegExp]>([
    [
      'NSMC with other columns',
      NSMC,
      good(NSMC_ORIGINALS, 1, 'id\ttext\tlabel\n'),
      /ratings_test\.txt, line 1: expected the columns/,
    ],
    [
      'NSMC with another label',
      NSMC,
      good(NSMC_ORIGINALS, 0, 'id\tdocument\tlabel\n1\ta\t1\n2\tb\t2\n'),
      /ratings_train\.txt, line 3/,
    ],
    [
      'NSMC that is not UTF-8',
      NSMC,
      [Buffer.from([0xff]), Buffer.alloc(0)],
      /ratings_train\.txt is not UTF-8/,
    ],
    [
      'GoEmotions without an id',
      GOEMOTIONS,
      good(GOEMOTIONS_ORIGINALS, 2, 'a\t1\tid\nb\t2\n'),
      /test\.tsv, line 2: expected a text, emotions and an id/,
    ],
    [
      'GoEmotions with a 29th emotion',
      GOEMOTIONS,
      good(GOEMOTIONS_ORIGINALS, 0, 'a\t1,28\tid\n'),
      /train\.tsv, line 1: "28" is no emotion/,
    ],
    ['XED without emotions', XED_EN, good(XED_ORIGINALS, 0, 'a\t1\nb\n'), /en-annotated\.tsv, line 2/],
    ['XED with a ninth emotion', XED_EN, good(XED_ORIGINALS, 0, 'a\t9\n'), /line 1: "9" is no emotion/],
    ['XED with a neutral line without a text', XED_EN, good(XED_ORIGINALS, 1, '9\n'), /neu_en\.txt, line 1/],
    [
      'Chatbot_data with other columns',
      CHATBOT_KO,
      [Buffer.from('Q,A\n')],
      /line 1: expected the columns Q, A, label/,
    ],
    [
      'Chatbot_data with a fourth topic',
      CHATBOT_KO,
      [Buffer.from('Q,A,label\n"a\nb",c,0\nd,e,3\n')],
      /ChatbotData\.csv, line 4: expected a question/,
    ],
    [
      'Chatbot_data with an open quote',
      CHATBOT_KO,
      [Buffer.from('Q,A,label\na,b,0\n"c,d,1\n')],
      /line 3: a quote is in the wrong place/,
    ],
    [
      'an archive that is none',
      SENTENCE_POLARITY,
      [Buffer.from('<html>')],
      /sentence_polarity\.zip is no zip file/,
    ],
    [
      'an archive without its files',
      SENTENCE_POLARITY,
      [makeZip([{ name: 'rt-polarity.neg', content: 'a' }])],
      /has 0 files rt-polarity\.pos instead of one/,
    ],
    ['an archive without reviews', PRODUCT_REVIEWS, [makeZip([])], /product_reviews_1\.zip has no reviews/],
  ])('%s', (_, set, contents, message) => {
    expect(() => set.convert(contents)).toThrowError(
      expect.objectContaining({
        code: 'data-format',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });
});
