// Data files: both labelled forms, plain and gzip, and every way in which a file can be wrong.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLabelledFile, readTrainingFile } from '../../src/data/labelled-file.js';
import { SOFT_HEADER, softLine } from '../../src/data/soft-labels.js';
import { readLines } from '../../src/data/text-lines.js';
import { readTexts } from '../../src/data/texts.js';
import { LABELS, type Scores } from '../../src/labels.js';

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-data-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function save(content: string | Uint8Array, extension = 'tsv'): string {
  const file = path.join(folder, `${(count += 1)}.${extension}`);
  writeFileSync(file, content);
  return file;
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

const PLAIN = 'text\tlabel\n좋았어요\tpositive\n별로예요\tnegative\n"세 시에\t neutral \n\tnegative\n';
const NSMC = 'id\tdocument\tlabel\n1\t굳 ㅋ\t1\n2\t""최악""\t0\n3\t\t0\n';

describe('readLabelledFile', () => {
  it('reads text<TAB>label with quoting off, and keeps empty texts', async () => {
    const content = Buffer.from(PLAIN);
    const { rows, sha256 } = await readLabelledFile(save(content));
    expect(rows).toEqual([
      { text: '좋았어요', label: 'positive' },
      { text: '별로예요', label: 'negative' },
      { text: '"세 시에', label: 'neutral' },
      { text: '', label: 'negative' },
    ]);
    expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('reads the columns of NSMC', async () => {
    const { rows } = await readLabelledFile(save(NSMC, 'txt'));
    expect(rows).toEqual([
      { text: '굳 ㅋ', label: 'positive' },
      { text: '""최악""', label: 'negative' },
      { text: '', label: 'negative' },
    ]);
  });

  it('takes gzip by its content, a byte order mark, CRLF, and a file without a last line end', async () => {
    const expected = (await readLabelledFile(save(NSMC))).rows;
    expect((await readLabelledFile(save(gzipSync(NSMC), 'tsv.gz'))).rows).toEqual(expected);
    expect((await readLabelledFile(save(gzipSync(NSMC), 'tsv'))).rows).toEqual(expected);
    expect((await readLabelledFile(save(`\ufeff${NSMC.replaceAll('\n', '\r\n')}`))).rows).toEqual(expected);
    expect((await readLabelledFile(save(NSMC.trimEnd()))).rows).toEqual(expected);
  });

  it('stops at the limit, without reading what is wrong behind it', async () => {
    const file = save(gzipSync(`${PLAIN}broken\n`));
    expect((await readLabelledFile(file, { limit: 2 })).rows).toHaveLength(2);
    const { rows } = await readLabelledFile(file, { from: 3, to: 1_000, limit: 1 });
    expect(rows).toEqual([{ text: '"세 시에', label: 'neutral' }]);
    await expect(readLabelledFile(file)).rejects.toMatchObject({ code: 'data-format' });
  });

  it.each([
    [{ from: 2, to: 3 }, ['b', 'c']],
    [{ from: 4 }, ['d']],
    [{ to: 1 }, ['a']],
    [{ from: 1, to: 4 }, ['a', 'b', 'c', 'd']],
  ])('reads the rows %j, blank lines and the header not counted', async (range, texts) => {
    const file = save('text\tlabel\na\tpositive\n\nb\tnegative\nc\tneutral\nd\tpositive\n');
    expect((await readLabelledFile(file, range)).rows.map(({ text }) => text)).toEqual(texts);
    expect(await collect(readTexts(file, range))).toEqual(texts);
  });

  it.each([
    [{ from: 5 }, /has 4 rows; asked for were from row 5 on/],
    [{ from: 5, to: 9 }, /has 4 rows; asked for were rows 5 to 9/],
    [{ from: 2, to: 5 }, /has 4 rows; asked for were rows 2 to 5/],
  ])('refuses the rows %j of a file of 4', async (range, message) => {
    const file = save(PLAIN);
    const refusal = { code: 'usage', message: expect.stringMatching(message) as string };
    await expect(readLabelledFile(file, range)).rejects.toMatchObject(refusal);
    await expect(collect(readTexts(file, range))).rejects.toMatchObject(refusal);
  });

  it('reads 150,000 rows', async () => {
    const body = Array.from({ length: 150_000 }, (_, i) => `${i}\t리뷰 ${i}\t${i % 2}`).join('\n');
    const { rows } = await readLabelledFile(save(gzipSync(`id\tdocument\tlabel\n${body}\n`, { level: 1 })));
    expect(rows).toHaveLength(150_000);
    expect(rows.at(-1)).toEqual({ text: '리뷰 149999', label: 'positive' });
  });

  it.each<[string, string | Uint8Array, string, RegExp]>([
    ['has no label column', 'text\tmood\na\tpositive\n', 'tsv', /line 1: no column "label"/],
    ['has no text column', 'body\tlabel\na\tpositive\n', 'tsv', /line 1: no column "text" or "document"/],
    ['has no header', 'good\tpositive\n', 'tsv', /line 1: no column/],
    ['lacks a column in a row', 'text\tlabel\na\tpositive\nb\n', 'tsv', /line 3: 1 columns instead of 2/],
    [
      'has a column too many in a row',
      'text\tlabel\na\tb\tpositive\n',
      'tsv',
      /line 2: 3 columns instead of 2/,
    ],
    [
      'has an unknown label',
      'text\tlabel\na\tpositive\n\nb\tangry\n',
      'tsv',
      /line 4: unknown label "angry"/,
    ],
    ['has NSMC digits under text', 'text\tlabel\na\t1\n', 'tsv', /line 2: unknown label "1"/],
    [
      'has a third label in NSMC',
      'id\tdocument\tlabel\n1\ta\t2\n',
      'tsv',
      /line 2: unknown label "2", expected 0 or 1/,
    ],
    ['is named .gz but is not gzip', PLAIN, 'tsv.gz', /not gzip/],
    ['is gzip cut off', gzipSync(PLAIN.repeat(50)).subarray(0, 60), 'tsv.gz', /damaged or cut off/],
    [
      'is gzip with a wrong checksum',
      Buffer.concat([gzipSync(PLAIN).subarray(0, -8), Buffer.alloc(8)]),
      'tsv.gz',
      /damaged or cut off/,
    ],
    [
      'is not UTF-8',
      Buffer.concat([Buffer.from('text\tlabel\na\tpositive\n'), Buffer.from([0xbf, 0xcd, 9])]),
      'tsv',
      /line 3: not UTF-8/,
    ],
    ['is UTF-16', Buffer.from(`\ufeff${PLAIN}`, 'utf16le'), 'tsv', /line 1: not UTF-8/],
    ['is empty', '', 'tsv', /is empty/],
    ['is an empty gzip', gzipSync(''), 'tsv.gz', /is empty/],
    ['has only a header', 'text\tlabel\n', 'tsv', /no rows/],
  ])('says that a file %s', async (_, content, extension, message) => {
    await expect(readLabelledFile(save(content, extension))).rejects.toMatchObject({
      code: 'data-format',
      message: expect.stringMatching(message) as string,
    });
  });

  it('says that a file does not exist or is a folder', async () => {
    await expect(readLabelledFile(path.join(folder, 'none.tsv'))).rejects.toMatchObject({
      code: 'data-unreadable',
      message: expect.stringContaining('does not exist') as string,
    });
    await expect(readLabelledFile(folder)).rejects.toMatchObject({
      code: 'data-unreadable',
      message: expect.stringContaining('folder') as string,
    });
  });
});

describe('readTrainingFile', () => {
  const SOFT = `${SOFT_HEADER}\n좋아\t0\t0.25\t0.75\nso so\t0.3333\t0.3333\t0.3333\n`;

  it('reads labels, and probabilities made to sum to 1 in any order of the columns', async () => {
    expect((await readTrainingFile(save(PLAIN))).rows).toEqual((await readLabelledFile(save(PLAIN))).rows);
    const { rows } = await readTrainingFile(save(SOFT));
    expect(rows[0]).toEqual({ text: '좋아', label: { negative: 0, neutral: 0.25, positive: 0.75 } });
    const { negative, neutral, positive } = rows[1]?.label as Scores;
    expect([negative, neutral, positive]).toEqual([1 / 3, 1 / 3, 1 / 3]);
    const turned = save('Positive\tneutral\tnegative\ttext\n0.7\t0.2\t0.1\thm\n');
    expect((await readTrainingFile(turned)).rows).toEqual([
      { text: 'hm', label: { negative: 0.1, neutral: 0.2, positive: 0.7 } },
    ]);
  });

  it.each([
    ['0.5\t0.2\t0.2', /line 2: "0.5", "0.2", "0.2" are not probabilities/],
    ['1.5\t-0.5\t0', /not probabilities/],
    ['1\t\t0', /not probabilities/],
    ['a\t0\t1', /not probabilities/],
    ['Infinity\t0\t1', /not probabilities/],
    ['1\t0', /line 2: 3 columns instead of 4/],
  ])('refuses the probabilities %j', async (values, message) => {
    await expect(readTrainingFile(save(`${SOFT_HEADER}\nx\t${values}\n`))).rejects.toMatchObject({
      code: 'data-format',
      message: expect.stringMatching(message) as string,
    });
  });

  it('reads back what softLine writes', async () => {
    const scores = { negative: 1e-9, neutral: 0.123456789, positive: 0.87654321 };
    const file = save(`${SOFT_HEADER}\n${softLine('a\tb "c"', scores)}\n`);
    const { rows } = await readTrainingFile(file);
    expect(rows[0]?.text).toBe('a b "c"');
    for (const label of LABELS) expect((rows[0]?.label as Scores)[label]).toBeCloseTo(scores[label], 5);
  });

  it('is not asked where labels are needed', async () => {
    await expect(readLabelledFile(save(SOFT))).rejects.toMatchObject({
      code: 'data-format',
      message: expect.stringContaining('holds probabilities') as string,
    });
  });
});

describe('readLines', () => {
  it('puts lines together across the chunks of a stream', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => `${i} ${'가'.repeat(i * 7)}`);
    expect(await collect(readLines(save(lines.join('\n'))))).toEqual(lines);
  });

  it('keeps empty lines and a byte order mark that is not at the start', async () => {
    expect(await collect(readLines(save('a\n\n\ufeffb\n')))).toEqual(['a', '', '\ufeffb']);
  });
});

describe('readTexts', () => {
  it('takes the lines of a plain file and the texts of a labelled one', async () => {
    expect(await collect(readTexts(save('하나\n둘\t셋\n')))).toEqual(['하나', '둘\t셋']);
    expect(await collect(readTexts(save(gzipSync(NSMC))))).toEqual(['굳 ㅋ', '""최악""', '']);
    expect(await collect(readTexts(save(PLAIN)))).toEqual(['좋았어요', '별로예요', '"세 시에', '']);
    expect(await collect(readTexts(save('text\tlabel\n\na\tpositive\n')))).toEqual(['a']);
    expect(await collect(readTexts(save(`${SOFT_HEADER}\na\t0\t0\t1\n`)))).toEqual(['a']);
  });

  it('counts every line of a plain file as a row', async () => {
    expect(await collect(readTexts(save('a\n\nb\nc\n'), { from: 2, to: 3 }))).toEqual(['', 'b']);
  });
});
