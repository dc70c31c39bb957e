// Base replay from public data sets: which rows, how many of each, what happens where they are missing or broken.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NSMC } from '../../src/data/sets/nsmc.js';
import { XED_EN } from '../../src/data/sets/xed.js';
import { LABELS } from '../../src/labels.js';
import { RUN_DEFAULTS } from '../../src/learn/run-settings.js';
import { drawReplay, OWN_REPLAY, withSources, type ReplayBuffer } from '../../src/learn/replay.js';
import { createReplaySources, fetchReplaySets, REPLAY_SETS } from '../../src/learn/replay-sets.js';
import type { LogFields } from '../../src/log.js';
import type { LabelledText } from '../../src/train/job.js';
import { startFakeOrigin, type FakeOrigin } from '../fakes/origin.js';
import { NSMC_ORIGINALS, withOriginals, XED_ORIGINALS } from '../fixtures/data-originals.js';

const nsmc = withOriginals(NSMC, NSMC_ORIGINALS);
const xed = withOriginals(XED_EN, XED_ORIGINALS);

let root: string;
let folder: string;
let lines: string[];
let count = 0;
const note = (event: string, fields: LogFields = {}) =>
  void lines.push(`${event}: ${String(fields.id ?? fields.reason)}`);
const logger = { info: note, warn: note };
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'nunchi-replay-'));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  folder = path.join(root, String((count += 1)));
  mkdirSync(folder);
  lines = [];
});

function write(name: string, content: string) {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, 'train.tsv.gz'), gzipSync(content));
}
const rows = (prefix: string, n: number): LabelledText[] =>
  Array.from({ length: n }, (_, i) => ({ text: `${prefix} ${i}`, label: LABELS[i % 3] ?? 'neutral' }));
const source = (name: string, n: number) => ({ name, rows: rows(name, n), sha256: name });
const buffer = (change: Partial<ReplayBuffer> = {}): ReplayBuffer => ({
  own: 60,
  fetched: 30,
  policy: 'balanced',
  mix: { a: 2, b: 1 },
  seed: 1,
  ...change,
});
const replay = {
  training: rows('own', 500),
  heldOut: [],
  hashes: {},
  sources: [source('a', 500), source('b', 500)],
};
const sizes = (drawn: Map<string, LabelledText[]>) =>
  Object.fromEntries([...drawn].map(([name, chosen]) => [name, chosen.length]));
const all = () => true;

describe('the draw of an epoch', () => {
  it('mixes our sentences and, on top, the public sets in the parts of the settings, as many of every label', () => {
    const drawn = drawReplay(replay, buffer(), all);
    expect(sizes(drawn)).toEqual({ [OWN_REPLAY]: 60, a: 20, b: 10 });
    const labels = [...drawn.values()].flat().map(({ label }) => label);
    for (const label of LABELS) {
      expect(labels.filter((one) => one === label).length).toBeGreaterThanOrEqual(29);
    }
  });

  it('gives the part of a small, an absent and an unnamed set to the others', () => {
    const few = { ...replay, sources: [source('a', 6), source('b', 500), source('other', 500)] };
    expect(sizes(drawReplay(few, buffer(), all))).toEqual({ [OWN_REPLAY]: 60, a: 6, b: 24 });
    expect(sizes(drawReplay({ ...replay, sources: [] }, buffer(), all))).toEqual({ [OWN_REPLAY]: 60 });
  });

  it('is the same every night, whatever else was corrected, and another for another seed', () => {
    const first = [...drawReplay(replay, buffer(), all).values()].flat();
    const without = first[0]?.text;
    const second = [...drawReplay(replay, buffer(), ({ text }) => text !== without).values()].flat();
    expect(second.filter((row) => first.includes(row)).length).toBeGreaterThanOrEqual(first.length - 3);
    const other = [...drawReplay(replay, buffer({ seed: 2 }), all).values()].flat();
    expect(other.filter((row) => first.includes(row)).length).toBeLessThan(first.length / 2);
  });

  it('takes labels as they come where that is the policy', () => {
    const skewed = {
      ...replay,
      sources: [],
      training: rows('x', 900).map((row, i) => (i % 10 === 0 ? row : { ...row, label: 'positive' as const })),
    };
    const of = (policy: ReplayBuffer['policy']) =>
      [...drawReplay(skewed, buffer({ policy }), all).values()]
        .flat()
        .filter(({ label }) => label === 'positive').length;
    expect(of('balanced')).toBe(20);
    expect(of('random')).toBeGreaterThan(45);
  });

  it('knows every set that the settings name', () => {
    const named = Object.keys(RUN_DEFAULTS.replay.mix);
    expect(named.sort()).toEqual(Object.keys(REPLAY_SETS).sort());
  });
});

describe('the data sets on this machine', () => {
  it('are read with their hashes; those kept for judging models are not', async () => {
    expect(REPLAY_SETS['nsmc']).toEqual({ limit: 121_000 });
    const line = (i: number) => `${i}\t문장 ${i}\t${i % 2}`;
    write(
      'nsmc',
      `id\tdocument\tlabel\n${Array.from({ length: 121_010 }, (_, i) => line(i + 1)).join('\n')}\n`,
    );
    const load = createReplaySources(folder, logger);
    const [first, ...others] = await load();
    expect(others).toEqual([]);
    expect(first?.name).toBe('nsmc');
    expect(first?.rows.length).toBeGreaterThan(2000);
    expect(first?.rows.length).toBeLessThan(4000);
    const last = Math.max(...(first?.rows ?? []).map(({ text }) => Number(text.split(' ')[1])));
    expect(last).toBeLessThanOrEqual(121_000);
    expect(last).toBeGreaterThan(110_000);
    const [again] = await load();
    expect(again).toBe(first);
    const whole = await withSources({ training: [], heldOut: [], hashes: { own: 'x' } }, load);
    expect(whole.hashes).toEqual({ own: 'x', nsmc: first?.sha256 });
  });

  it('are left out where they are broken or of no use, and that is said', async () => {
    write('goemotions', 'nothing\tlike\tit\n');
    write('xed_en', 'text\tlabel\nfine\tpositive\n');
    const sources = await createReplaySources(folder, logger)();
    expect(sources.map(({ name }) => name)).toEqual(['xed_en']);
    expect(lines).toEqual(['a data set cannot be read and is left out of the replay: goemotions']);
  });
});

describe('fetching once', () => {
  let origin: FakeOrigin;
  beforeEach(async () => {
    origin = await startFakeOrigin();
  });
  afterEach(() => origin.close());
  const fetchAll = (sets = [nsmc, xed]) =>
    fetchReplaySets({
      folder,
      origin: origin.url,
      now: () => new Date('2026-01-02T03:04:05Z'),
      reference: { splits: {}, texts: {} },
      logger,
      sets,
    });
  const serve = (set: typeof nsmc, contents: readonly Uint8Array[]) =>
    set.originals.forEach(({ path: file }, i) => origin.answers.set(file, contents[i] as Uint8Array));

  it('gets what is missing, says what there is, and asks for nothing the next night', async () => {
    serve(nsmc, NSMC_ORIGINALS);
    serve(xed, XED_ORIGINALS);
    expect(await fetchAll()).toEqual(['nsmc', 'xed_en']);
    expect(lines).toContain('replay draws from these data sets: nsmc, xed_en');
    const asked = origin.requests.length;
    expect(await fetchAll()).toEqual(['nsmc', 'xed_en']);
    expect(origin.requests).toHaveLength(asked);
    const [fetched] = await createReplaySources(folder, logger)();
    expect(fetched?.rows.some(({ label }) => label === 'negative')).toBe(true);
  });

  it('goes on without what cannot be had, in one line, and does not wait for the rest of an origin that is away', async () => {
    await origin.close();
    expect(await fetchAll()).toEqual([]);
    expect(lines).toEqual([
      'a data set could not be fetched; the replay goes without it: nsmc',
      'replay draws from these data sets: none',
    ]);
    origin = await startFakeOrigin();
  });
});
