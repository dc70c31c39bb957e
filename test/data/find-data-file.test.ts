// Where a data file named on the command line is looked for.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findDataFile } from '../../src/data/find-data-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('findDataFile', () => {
  it('takes a path that exists as it is, even with a data folder', () => {
    const file = path.relative(process.cwd(), path.join(folder, 'here.tsv'));
    writeFileSync(path.join(folder, 'here.tsv'), '');
    expect(findDataFile(file, '/data')).toBe(file);
  });

  it('looks for others in the data folder', () => {
    expect(findDataFile('nsmc/test.tsv.gz', '/data')).toBe(path.join('/data', 'nsmc', 'test.tsv.gz'));
  });

  it('leaves absolute paths alone, and everything where no folder is set', () => {
    expect(findDataFile('/nowhere/x.tsv', '/data')).toBe('/nowhere/x.tsv');
    expect(findDataFile('nsmc/test.tsv.gz', undefined)).toBe('nsmc/test.tsv.gz');
  });
});
