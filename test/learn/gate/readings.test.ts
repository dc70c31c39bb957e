// Readings of the base set: in small chunks, once for each model and set, and what is counted of them.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NunchiError } from '../../../src/errors.js';
import { LABELS, type Label, type Scores } from '../../../src/labels.js';
import { loadBaseSet } from '../../../src/learn/gate/base-set.js';
import { calibrationError, pairTables, readBaseSet, readScores } from '../../../src/learn/gate/readings.js';
import { createFakeReader } from '../../fakes/reader.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-readings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SET = {
  name: 'reviews',
  sha256: 'a'.repeat(64),
  rows: Array.from({ length: 100 }, (_, index) => ({
    text: `${'long '.repeat(index % 7)}review ${index}`,
    label: index % 2 === 0 ? ('positive' as const) : ('negative' as const),
  })),
};
const byNumber = (text: string): Label =>
  Number(/\d+$/.exec(text)?.[0]) % 2 === 0 ? 'positive' : 'negative';
const kept = () => path.join(folder, 'kept');

describe('readings of the base set', () => {
  it('are in the order of the rows, and asked for in small chunks', async () => {
    const reader = createFakeReader('nunchi-1', folder, byNumber);
    const table = await readBaseSet(reader, SET, {});
    expect(pairTables(SET.rows, table, table)).toEqual({
      both: 100,
      onlyChampion: 0,
      onlyCandidate: 0,
      neither: 0,
    });
    expect(reader.requests.every((texts) => texts.length <= 32)).toBe(true);
    expect(reader.requests.flat()).toHaveLength(100);
  });

  it('are kept for each model and set, and read again only where one of them is another', async () => {
    const options = { folder: kept() };
    const first = createFakeReader('nunchi-1', folder, byNumber);
    const table = await readBaseSet(first, SET, options);
    const again = createFakeReader('nunchi-1', folder, byNumber);
    expect(await readBaseSet(again, SET, options)).toEqual(table);
    expect(again.requests).toEqual([]);

    const other = createFakeReader('nunchi-2', folder, () => 'neutral');
    await readBaseSet(other, SET, options);
    expect(other.requests.flat()).toHaveLength(100);
    await readBaseSet(again, { ...SET, sha256: 'b'.repeat(64) }, options);
    expect(again.requests.flat()).toHaveLength(100);
    // As where a temperature was found out since.
    writeFileSync(path.join(folder, 'manifest.json'), '{}');
    await readBaseSet(again, SET, options);
    expect(again.requests.flat()).toHaveLength(200);
  });

  it('hold no text, and do not pile up', async () => {
    for (let model = 0; model < 12; model += 1) {
      await readBaseSet(createFakeReader(`nunchi-${model}`, folder, byNumber), SET, { folder: kept() });
    }
    const names = readdirSync(kept());
    expect(names.length).toBeLessThanOrEqual(8);
    expect(names.some((name) => name.startsWith('nunchi-11-'))).toBe(true);
    expect(names.every((name) => /^nunchi-\d+-[0-9a-f]{16}\.f32$/.test(name))).toBe(true);
  });

  it('are given up when the run is cancelled, and when another model comes into use meanwhile', async () => {
    const abort = new AbortController();
    abort.abort();
    const reader = createFakeReader('nunchi-1', folder, byNumber);
    await expect(readScores(reader, ['a'], abort.signal)).rejects.toMatchObject({
      code: 'training-cancelled',
    });
    let asked = 0;
    const swapped = {
      ...reader,
      async classify(texts: readonly string[]) {
        asked += 1;
        return { ...(await reader.classify(texts)), model: asked > 1 ? 'nunchi-9' : 'nunchi-1' };
      },
    };
    await expect(readBaseSet(swapped, SET, { folder: kept() })).rejects.toBeInstanceOf(NunchiError);
    expect(() => readdirSync(kept())).toThrow();
  });
});

describe('what is counted of readings', () => {
  const table = (scores: readonly Scores[]) =>
    Float32Array.from(scores.flatMap((own) => LABELS.map((l) => own[l])));
  const rows = [
    { text: 'a', label: 'positive' as const },
    { text: 'b', label: 'negative' as const },
  ];

  it('is which of the labels that the set holds is likelier: reviews are never neutral', () => {
    const unsure = table([
      { negative: 0.1, neutral: 0.6, positive: 0.3 },
      { negative: 0.1, neutral: 0.6, positive: 0.3 },
    ]);
    const right = table([
      { negative: 0.1, neutral: 0.6, positive: 0.3 },
      { negative: 0.3, neutral: 0.6, positive: 0.1 },
    ]);
    expect(pairTables(rows, unsure, right)).toEqual({
      both: 1,
      onlyChampion: 0,
      onlyCandidate: 1,
      neither: 0,
    });
    expect(pairTables(rows, right, unsure, (row) => row === 0)).toMatchObject({ both: 1, onlyChampion: 0 });
  });

  it('is how far confidence and truth lie apart', () => {
    const sure = { negative: 0, neutral: 0, positive: 1 };
    expect(calibrationError(rows, table([sure, sure]))).toBeCloseTo(0.5, 6);
  });
});

describe('the frozen base set', () => {
  it('is the end of the official train split, and nothing where that is not there', async () => {
    expect(await loadBaseSet(folder)).toBeNull();
    const data = path.join(folder, 'nsmc');
    const lines = Array.from(
      { length: 150_000 },
      (_, index) => `${index + 1}\trow ${index + 1}\t${index % 2}`,
    );
    mkdirSync(data);
    writeFileSync(
      path.join(data, 'train.tsv.gz'),
      gzipSync(`id\tdocument\tlabel\n${lines.join('\n')}\n`, { level: 1 }),
    );
    const set = await loadBaseSet(folder);
    expect(set?.rows).toHaveLength(26_000);
    expect([set?.rows[0]?.text, set?.rows.at(-1)?.text]).toEqual(['row 124001', 'row 150000']);
    expect(set?.name).toBe('nsmc/train.tsv.gz#124001-150000');
    writeFileSync(path.join(data, 'train.tsv.gz'), gzipSync('id\tdocument\tlabel\n1\ta\t1\n'));
    await expect(loadBaseSet(folder)).rejects.toBeInstanceOf(NunchiError);
  });
});
