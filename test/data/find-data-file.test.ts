// Where a data file named on the command line is looked for.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findDataFile } from '../../src/data/find-data-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('findDataFile', () => {
  it('takes a path that exists as it is, even where the data folder has one like it', () => {
    const file = path.relative(process.cwd(), path.join(folder, 'here.tsv'));
    writeFileSync(path.join(folder, 'here.tsv'), '');
    expect(findDataFile(file, '/data')).toBe(file);
  });

  it('looks for others in the data folder', () => {
    mkdirSync(path.join(folder, 'nsmc'));
    writeFileSync(path.join(folder, 'nsmc', 'test.tsv.gz'), '');
    expect(findDataFile('nsmc/test.tsv.gz', folder)).toBe(path.join(folder, 'nsmc', 'test.tsv.gz'));
  });

  it('leaves what is in neither place as it was written, for the error that names it', () => {
    expect(findDataFile('nsmc/train.tsv.gz', folder)).toBe('nsmc/train.tsv.gz');
    expect(findDataFile('/nowhere/x.tsv', folder)).toBe('/nowhere/x.tsv');
  });
});
