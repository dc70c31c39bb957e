// Which rows of its files a fine-tuning reads where a label is to have at most so many.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrainingData } from '../../src/cli/training-data.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-training-data-'));
  const rows = Array.from({ length: 10 }, (_, i) => `good ${i}\tpositive`);
  rows.splice(3, 0, 'bad 0\tnegative', 'bad 1\tnegative');
  writeFileSync(path.join(folder, 'many.tsv'), `text\tlabel\n${rows.join('\n')}\n`);
  writeFileSync(path.join(folder, 'few.tsv'), 'text\tlabel\nfine\tpositive\nnice\tpositive\n');
  writeFileSync(path.join(folder, 'soft.tsv'), 'text\tnegative\tneutral\tpositive\nso\t0.2\t0.5\t0.3\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (data: string[], perLabel: [string, number][]) =>
  readTrainingData({ data, perLabel: new Map(perLabel), dataFolder: folder });

describe('at most so many rows of each label of a file', () => {
  it('spreads them over the file, in its order, and leaves other files whole', async () => {
    const { examples, perLabel } = await read(['many.tsv', 'few.tsv'], [['many.tsv', 3]]);
    expect(examples.map(({ text }) => text)).toEqual([
      'good 0',
      'bad 0',
      'bad 1',
      'good 3',
      'good 6',
      'fine',
      'nice',
    ]);
    expect(Object.values(perLabel)).toEqual([3]);
  });

  it('counts within the range that is asked for', async () => {
    const { examples } = await read(['many.tsv#6-'], [['many.tsv#6-', 2]]);
    expect(examples.map(({ text }) => text)).toEqual(['good 3', 'good 6']);
  });

  it('has no labels to count among probabilities', async () => {
    await expect(read(['soft.tsv'], [['soft.tsv', 2]])).rejects.toMatchObject({
      code: 'usage',
      message: 'soft.tsv holds probabilities, and --per-label counts labels',
    });
  });
});
