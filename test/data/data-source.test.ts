// Data as it is named on the command line: files, and ranges of their rows.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDataSource } from '../../src/data/data-source.js';

const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('parseDataSource', () => {
  it('takes a file whole, named with its folder', () => {
    const file = path.join(folder, 'reviews', 'train.tsv');
    expect(parseDataSource(file, folder)).toEqual({ file, range: {}, name: 'reviews/train.tsv' });
  });

  it.each([
    ['#1-1000', { from: 1, to: 1000 }],
    ['#7-7', { from: 7, to: 7 }],
    ['#1001-', { from: 1001 }],
  ])('takes the rows %s, and says so in the name', (rows, range) => {
    mkdirSync(path.join(folder, 'nsmc'), { recursive: true });
    writeFileSync(path.join(folder, 'nsmc', 'train.tsv'), '');
    expect(parseDataSource(`nsmc/train.tsv${rows}`, folder)).toEqual({
      file: path.join(folder, 'nsmc', 'train.tsv'),
      range,
      name: `nsmc/train.tsv${rows}`,
    });
  });

  it.each(['#', '#5', '#0-3', '#-3', '#9-2', '#a-b', '#1-2-3', '#1 - 2', '#01-5'])('refuses %s', (rows) => {
    expect(() => parseDataSource(`train.tsv${rows}`, folder)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `"${rows}" of train.tsv${rows} is not a range of rows`,
      }) as Error,
    );
  });

  it('leaves a # alone that is part of a path that exists, or of a folder', () => {
    mkdirSync(path.join(folder, 'c#'));
    const file = path.join(folder, 'c#', 'a#1-2');
    expect(parseDataSource(path.join(folder, 'c#', 'none.tsv'), folder).range).toEqual({});
    expect(parseDataSource(file, folder).range).toEqual({ from: 1, to: 2 });
    writeFileSync(file, '');
    expect(parseDataSource(file, folder)).toEqual({ file, range: {}, name: 'c#/a#1-2' });
  });
});
