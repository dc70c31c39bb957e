// Data sets fetched from an origin on loopback: what is written, that it is written whole or not at all, what is left alone.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchSet, type FetchSetOptions } from '../../src/data/fetch-set.js';
import { inspectSet } from '../../src/data/fetched-set.js';
import { readLabelledFile } from '../../src/data/labelled-file.js';
import { GOEMOTIONS } from '../../src/data/sets/goemotions.js';
import { NSMC } from '../../src/data/sets/nsmc.js';
import { describeSplit, textKey, type Reference } from '../../src/data/sets/reference.js';
import { XED_EN } from '../../src/data/sets/xed.js';
import { breakOff, startFakeOrigin, type FakeOrigin } from '../fakes/origin.js';
import {
  GOEMOTIONS_ORIGINALS,
  NSMC_ORIGINALS,
  withOriginals,
  XED_ORIGINALS,
} from '../fixtures/data-originals.js';

const nsmc = withOriginals(NSMC, NSMC_ORIGINALS);
const xed = withOriginals(XED_EN, XED_ORIGINALS);
const NONE: Reference = { splits: {}, texts: {} };

let root: string;
let folder: string;
let origin: FakeOrigin;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'nunchi-fetch-'));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(async () => {
  folder = path.join(root, `${(count += 1)}`);
  origin = await startFakeOrigin();
  for (const [set, contents] of [
    [nsmc, NSMC_ORIGINALS],
    [xed, XED_ORIGINALS],
  ] as const) {
    set.originals.forEach(({ path: file }, index) => origin.answers.set(file, contents[index] as Buffer));
  }
});
afterEach(() => origin.close());

const get = (set = nsmc, options: Partial<FetchSetOptions> = {}) =>
  fetchSet(set, {
    folder,
    origin: origin.url,
    now: () => new Date('2026-01-02T03:04:05Z'),
    reference: NONE,
    ...options,
  });
const at = (...names: string[]) => path.join(folder, ...names);
const unpacked = (...names: string[]) => gunzipSync(readFileSync(at(...names))).toString();
const json = (...names: string[]) =>
  JSON.parse(readFileSync(at(...names), 'utf8')) as Record<string, unknown>;

describe('a fetched set', () => {
  it('is its files, a README and where they came from', async () => {
    const result = await get();
    expect(result).toMatchObject({ before: 'absent', directory: at('nsmc'), warnings: [] });
    expect(readdirSync(at('nsmc')).sort()).toEqual([
      'README.md',
      'sources.json',
      'test.tsv.gz',
      'train.tsv.gz',
    ]);
    expect(unpacked('nsmc', 'train.tsv.gz')).toBe(NSMC_ORIGINALS[0]?.toString());
    expect(readFileSync(at('nsmc', 'README.md'), 'utf8')).toMatch(/Lucy Park[^]*Licence: CC0 1\.0/);
    expect(json('nsmc', 'sources.json')).toMatchObject({
      fetchedAt: '2026-01-02T03:04:05.000Z',
      originals: nsmc.originals.map(({ path: file, checksum }, index) => ({
        url: `${origin.url}/${file}`,
        bytes: NSMC_ORIGINALS[index]?.length,
        checksum,
      })),
      files: {
        'train.tsv.gz': { rows: 3, labels: { negative: 1, positive: 2 } },
        'test.tsv.gz': { rows: 2, labels: { negative: 1, positive: 1 } },
      },
    });
    const { rows } = await readLabelledFile(at('nsmc', 'test.tsv.gz'));
    expect(rows).toEqual([
      { text: '다시 보고 싶다', label: 'positive' },
      { text: '돈이 아깝다', label: 'negative' },
    ]);
    expect(readdirSync(folder)).toEqual(['nsmc']);
  });

  it('without splits of its own comes in those of the reference', async () => {
    const train = ['text\tlabel', 'On Monday.\tneutral', 'Get out of here !\tnegative'];
    const test = ['text\tlabel', 'You are my friend .\tpositive'];
    const texts = {
      train: ['On Monday.', 'Get out of here !'].map(textKey),
      test: ['You are my friend .'].map(textKey),
    };
    const reference = { splits: { train: describeSplit(train), test: describeSplit(test) }, texts };
    const { sources, warnings } = await get(xed, { reference });
    expect(warnings).toEqual([]);
    expect(unpacked('xed_en', 'train.tsv.gz')).toBe(`${train.join('\n')}\n`);
    expect(unpacked('xed_en', 'test.tsv.gz')).toBe(`${test.join('\n')}\n`);
    expect(sources?.files).toMatchObject({
      'train.tsv.gz': { asReference: true },
      'test.tsv.gz': { asReference: true },
    });
  });

  it('says where it differs from the reference, but not where the originals cannot tell', async () => {
    const set = withOriginals(GOEMOTIONS, GOEMOTIONS_ORIGINALS);
    set.originals.forEach(({ path: file }, index) =>
      origin.answers.set(file, GOEMOTIONS_ORIGINALS[index] as Buffer),
    );
    const facts = (rows: number) => ({ rows, labels: {}, sha256: '' });
    const splits = { train: facts(4), dev: facts(2), test: facts(2) };
    const { warnings } = await get(set, { reference: { splits, texts: {} } });
    expect(warnings).toEqual([
      expect.stringMatching(/^goemotions: dev is not as in the copy .* \(2 rows, there 2\)$/),
      expect.stringMatching(/^goemotions: test is not/),
    ]);
    const more = { splits: { ...splits, train: facts(6) }, texts: {} };
    expect((await get(set, { reference: more, force: true })).warnings).toHaveLength(3);
  });
});

describe('what is there', () => {
  it('and intact is not fetched again, except by force', async () => {
    expect(await inspectSet(nsmc, folder)).toEqual({ state: 'absent' });
    await get();
    expect(await inspectSet(nsmc, folder)).toMatchObject({ state: 'fetched' });
    origin.requests.length = 0;
    expect(await get()).toMatchObject({ before: 'fetched', warnings: [] });
    expect(origin.requests).toEqual([]);
    expect(await get(nsmc, { force: true })).toMatchObject({ before: 'fetched' });
    expect(origin.requests).toHaveLength(2);
    expect(readdirSync(folder)).toEqual(['nsmc']);
  });

  it.each<[string, (file: string) => void]>([
    ['changed', (file) => writeFileSync(file, 'changed')],
    ['missing', (file) => rmSync(file)],
  ])('and %s is fetched again', async (_, harm) => {
    await get();
    const whole = readFileSync(at('nsmc', 'test.tsv.gz'));
    harm(at('nsmc', 'test.tsv.gz'));
    expect(await inspectSet(nsmc, folder)).toEqual({ state: 'damaged' });
    expect(await get()).toMatchObject({ before: 'damaged' });
    expect(readFileSync(at('nsmc', 'test.tsv.gz')).equals(whole)).toBe(true);
    expect(readdirSync(folder)).toEqual(['nsmc']);
  });

  it('and whose record is damaged is fetched again', async () => {
    await get();
    writeFileSync(at('nsmc', 'sources.json'), '{"formatVersion":1,"files":{"../../x":{}}}');
    expect(await get()).toMatchObject({ before: 'damaged' });
    expect(await inspectSet(nsmc, folder)).toMatchObject({ state: 'fetched' });
  });

  it('and was laid there by hand is never written to', async () => {
    mkdirSync(at('nsmc'), { recursive: true });
    writeFileSync(at('nsmc', 'train.tsv.gz'), 'mine');
    expect(await get()).toMatchObject({ before: 'own-copy' });
    await expect(get(nsmc, { force: true })).rejects.toMatchObject({
      code: 'home-not-writable',
      hint: expect.stringContaining('NUNCHI_DATA') as string,
    });
    expect(origin.requests).toEqual([]);
    expect(readdirSync(at('nsmc'))).toEqual(['train.tsv.gz']);
    expect(readFileSync(at('nsmc', 'train.tsv.gz'), 'utf8')).toBe('mine');
  });
});

describe('a fetch that fails', () => {
  const second = nsmc.originals[1]?.path ?? '';

  it.each<[string, () => void, string]>([
    [
      'a wrong checksum',
      () => origin.answers.set(second, Buffer.from('id\tdocument\tlabel\n')),
      'data-hash-mismatch',
    ],
    [
      'a broken connection',
      () => origin.answers.set(second, breakOff(Buffer.alloc(1000))),
      'origin-unreachable',
    ],
    ['a missing file', () => origin.answers.delete(second), 'not-found'],
  ])('for %s leaves nothing, and the next one goes through', async (_, harm, code) => {
    harm();
    await expect(get()).rejects.toMatchObject({ code });
    expect(await inspectSet(nsmc, folder)).toEqual({ state: 'absent' });
    mkdirSync(folder, { recursive: true });
    expect(readdirSync(folder)).toEqual([]);
    origin.answers.set(second, NSMC_ORIGINALS[1] as Buffer);
    expect(await get()).toMatchObject({ before: 'absent' });
  });

  it('by force leaves what was there', async () => {
    await get();
    const before = readFileSync(at('nsmc', 'train.tsv.gz'));
    origin.answers.set(second, Buffer.from('other'));
    await expect(get(nsmc, { force: true })).rejects.toMatchObject({ code: 'data-hash-mismatch' });
    expect(await inspectSet(nsmc, folder)).toMatchObject({ state: 'fetched' });
    expect(readFileSync(at('nsmc', 'train.tsv.gz')).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['nsmc']);
  });

  it('for an original in another form names the line and leaves nothing', async () => {
    const contents = [NSMC_ORIGINALS[0] as Buffer, Buffer.from('id\tdocument\tlabel\n1\ta\t5\n')];
    origin.answers.set(second, contents[1] as Buffer);
    await expect(get(withOriginals(NSMC, contents))).rejects.toMatchObject({
      code: 'data-format',
      message: expect.stringContaining('ratings_test.txt, line 2') as string,
    });
    expect(await inspectSet(nsmc, folder)).toEqual({ state: 'absent' });
  });

  it('for a folder that cannot be written says so', async () => {
    writeFileSync(folder, 'a file where the folder should be');
    await expect(get()).rejects.toMatchObject({ code: 'home-not-writable' });
  });

  it('for the published checksums refuses invented originals', async () => {
    await expect(get(NSMC)).rejects.toMatchObject({ code: 'data-hash-mismatch' });
    await expect(get(XED_EN)).rejects.toMatchObject({ code: 'data-hash-mismatch' });
  });
});
