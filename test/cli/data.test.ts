// `nunchi data`: the list, fetches that succeed and fail, where files go, what a program reads.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerData } from '../../src/cli/commands/data.js';
import { runCli } from '../../src/cli/main.js';
import { DATA_SETS } from '../../src/data/sets/index.js';
import { GOEMOTIONS } from '../../src/data/sets/goemotions.js';
import { NSMC } from '../../src/data/sets/nsmc.js';
import { startFakeOrigin, type FakeOrigin } from '../fakes/origin.js';
import { GOEMOTIONS_ORIGINALS, NSMC_ORIGINALS, withOriginals } from '../fixtures/data-originals.js';

const SETS = [withOriginals(NSMC, NSMC_ORIGINALS), withOriginals(GOEMOTIONS, GOEMOTIONS_ORIGINALS)];
const CONTENTS = [NSMC_ORIGINALS, GOEMOTIONS_ORIGINALS];

let root: string;
let home: string;
let origin: FakeOrigin;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'nunchi-data-cli-'));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(async () => {
  home = path.join(root, `${(count += 1)}`);
  origin = await startFakeOrigin();
  SETS.forEach((set, index) =>
    set.originals.forEach((original, part) =>
      origin.answers.set(original.path, CONTENTS[index]?.[part] as Buffer),
    ),
  );
  vi.stubEnv('NUNCHI_HOME', home);
  vi.stubEnv('NUNCHI_DATA', undefined);
  vi.stubEnv('NUNCHI_DATA_ORIGIN', `${origin.url}/`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await origin.close();
});

async function nunchi(args: string[], { sets = SETS, isTTY = false } = {}) {
  const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY })];
  const code = await runCli(args, [registerData(sets)], { stdout, stderr });
  const text = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
const parse = (text: string) => JSON.parse(text) as { folder: string; sets: Record<string, unknown>[] };

describe('data list', () => {
  it('shows every set, its licence, and what is here', async () => {
    const { code, stdout, stderr } = await nunchi(['data', 'list'], { sets: [...DATA_SETS] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, licence, what } of DATA_SETS)
      expect(stdout).toMatch(new RegExp(`^${name} .* -  .*${licence}.*${what}$`, 'm'));
    expect(stdout).toContain(path.join(home, 'data'));
    expect(existsSync(home)).toBe(false);

    await nunchi(['data', 'fetch', 'nsmc']);
    const { sets, folder } = parse((await nunchi(['data', 'list', '--json'])).stdout);
    expect(folder).toBe(path.join(home, 'data'));
    expect(sets).toMatchObject([
      { name: 'nsmc', language: 'ko', licence: 'CC0 1.0', state: 'fetched' },
      { name: 'goemotions', language: 'en', licence: 'Apache-2.0', state: 'absent' },
    ]);
  });
});

describe('data fetch', () => {
  it('writes below the home, which only its owner sees, and says what it wrote', async () => {
    const { code, stdout, stderr } = await nunchi(['data', 'fetch', 'nsmc']);
    expect(code).toBe(0);
    expect(stdout).toContain(`nsmc: written to ${path.join(home, 'data', 'nsmc')}\n`);
    expect(stdout).toMatch(/^source +https:\/\/github\.com\/e9t\/nsmc$/m);
    expect(stdout).toMatch(/^licence +CC0 1\.0$/m);
    expect(stdout).toMatch(/^train\.tsv\.gz +3 +1 +0 +2$/m);
    expect(stderr).toContain('fetching ratings_train.txt\nfetching ratings_test.txt\n');
    // These are not the published rows.
    expect(stderr).toMatch(/^warning: nsmc: train is not as in the copy .* \(3 rows, there 150000\)$/m);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    const again = await nunchi(['data', 'fetch', 'nsmc']);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/^nsmc: already in .*, every file intact\n$/);
  });

  it('writes to NUNCHI_DATA where it is set', async () => {
    const data = path.join(home, 'elsewhere', 'sets');
    vi.stubEnv('NUNCHI_DATA', data);
    expect(await nunchi(['data', 'fetch', 'nsmc'])).toMatchObject({ code: 0 });
    expect(existsSync(path.join(data, 'nsmc', 'train.tsv.gz'))).toBe(true);
    expect(existsSync(path.join(home, 'data'))).toBe(false);
  });

  it('of several sets goes on after a failure, and ends with 1', async () => {
    origin.answers.delete(NSMC.originals[0]?.path ?? '');
    const { code, stdout, stderr } = await nunchi(['data', 'fetch', 'nsmc', 'goemotions', 'nsmc']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^nsmc: http.*ratings_train\.txt does not exist$/m);
    expect(stderr).toMatch(/^error: 1 of 2 data sets could not be fetched\nhint: /m);
    expect(stdout).toMatch(/^goemotions: written to/m);
    const json = await nunchi(['data', 'fetch', 'nsmc', 'goemotions', '--json']);
    expect(json.code).toBe(1);
    expect(parse(json.stdout).sets).toMatchObject([
      { name: 'nsmc', error: { code: 'not-found' } },
      {
        name: 'goemotions',
        before: 'fetched',
        files: { 'dev.tsv.gz': { rows: 2, labels: { positive: 1 } } },
      },
    ]);
  });

  it('of one set ends with its error and hint', async () => {
    origin.answers.set(NSMC.originals[0]?.path ?? '', Buffer.from('another file'));
    const { code, stdout, stderr } = await nunchi(['data', 'fetch', 'nsmc']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: .*ratings_train\.txt is not the file that was published.*\nhint: Nothing/m,
    );
    expect(existsSync(path.join(home, 'data'))).toBe(false);
  });

  it('refuses a name that is none before anything is fetched', async () => {
    const { code, stderr } = await nunchi(['data', 'fetch', 'nsmc', 'imdb']);
    expect(code).toBe(2);
    expect(stderr).toBe('error: there is no data set "imdb"\nhint: There are nsmc, goemotions.\n');
    expect(origin.requests).toEqual([]);
    expect(existsSync(home)).toBe(false);
  });

  it('shows progress on a terminal in one line', async () => {
    const { stderr } = await nunchi(['data', 'fetch', 'goemotions'], { isTTY: true });
    expect(stderr).toMatch(/\r\u001b\[2Ktrain\.tsv {2}0\.0 of 0\.0 MB[^\n]*\r\u001b\[2Ktest\.tsv [^\n]*\n/);
    expect(stderr).not.toContain('fetching ');
  });
});
