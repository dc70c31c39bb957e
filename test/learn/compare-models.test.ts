// Two real models side by side: weights layer by layer, readings of the behaviour set, receipts; in a process of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { layerDistances } from '../../src/learn/compare-models.js';
import { createModelInspection } from '../../src/learn/model-inspection.js';
import { makeServedModel } from '../serve/served-model.js';
import { createLearnFixture, type LearnFixture } from './learn-fixture.js';

let folder: string;
let fixture: LearnFixture;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-compare-'));
  await makeServedModel(path.join(folder, 'a'), 1);
  await makeServedModel(path.join(folder, 'b'), 2);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  fixture = await createLearnFixture();
});
afterEach(() => fixture.close());

it('says how far weights lie apart, as their definition does', () => {
  const tensor = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
  const before = new Map([
    ['bert.embeddings.word', tensor(3, 4)],
    ['bert.encoder.layer.0.a', tensor(1)],
    ['bert.encoder.layer.0.b', tensor(0)],
    ['classifier.weight', tensor(2)],
  ]);
  const after = new Map([...before, ['bert.encoder.layer.0.b', tensor(2)], ['classifier.weight', tensor(3)]]);
  expect(layerDistances(before, after)).toEqual([
    { layer: 'embeddings', l2: 0, relative: 0 },
    { layer: 'layer 0', l2: 2, relative: 2 },
    { layer: 'head', l2: 1, relative: 0.5 },
  ]);
  expect(layerDistances(before, new Map([['classifier.weight', tensor(3)]]))).toEqual([]);
});

it('compares two versions: lineage, settings, figures, weights, behaviour and receipts', async () => {
  const { store, registry, home } = fixture;
  const [a, b] = await Promise.all(['a', 'b'].map((name) => openModelDirectory(path.join(folder, name))));
  if (a === undefined || b === undefined) throw new Error('two models were made');
  const row = await fixture.correct('great', 'positive');
  for (const [model, parent] of [
    [a, null],
    [b, a.version],
  ] as const) {
    await store.models.register({
      version: model.version,
      directory: model.path,
      parent,
      metrics: {},
      rows: [row],
    });
  }
  const inspection = createModelInspection({
    store,
    registry,
    home: home.directory,
    threads: 1,
    threshold: 0.5,
  });
  // One that waits for a decision has read no correction yet: that is not the same as having read none rightly.
  await store.models.deploy(a.version, 'started with', { kind: 'start' });
  expect((await inspection.diff(a.version, b.version)).receipts).toBeNull();
  const deployedAt = (await store.models.deploy(a.version, 'first')).createdAt.getTime();
  expect((await inspection.diff(a.version, b.version)).receipts).toBeNull();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(deployedAt));
  const later = await fixture.correct('fine', 'positive');
  await store.receipts.save(b.version, [
    { messageId: row, label: 'positive', state: 'gained' },
    { messageId: later, label: 'positive', state: 'kept' },
  ]);
  await store.models.deploy(b.version, 'second');
  const difference = await inspection.diff(a.version, b.version);
  expect(difference).toMatchObject({
    before: { version: a.version, rows: 1 },
    after: { lineage: [b.version, a.version] },
    commonAncestor: a.version,
    receipts: { onlyBefore: [], onlyAfter: [row] },
  });
  const { files } = difference;
  expect(files?.settings).toEqual({ seed: { before: 1, after: 2 } });
  expect(files?.layers.map(({ layer }) => layer)).toEqual(['embeddings', 'layer 0', 'layer 1', 'head']);
  expect(files?.layers.every(({ relative }) => relative > 0.5)).toBe(true);
  expect(files?.behaviour.n).toBeGreaterThan(600);
  expect(files?.behaviour.changed.length).toBeGreaterThan(0);
  for (const { before, after } of files?.behaviour.changed ?? []) expect(after).not.toBe(before);
  await expect(inspection.diff(a.version, 'none')).rejects.toMatchObject({ code: 'not-found' });
});

it('says which model was in use when', async () => {
  const { store, registry, home } = fixture;
  const inspection = createModelInspection({
    store,
    registry,
    home: home.directory,
    threads: 1,
    threshold: 0.5,
  });
  const [first] = await inspection.history();
  expect(first).toMatchObject({ version: 'nunchi-base', kind: 'start', until: null });
  expect(await inspection.liveAt(new Date())).toMatchObject({ version: 'nunchi-base' });
  await expect(inspection.liveAt(new Date(0))).rejects.toMatchObject({ code: 'not-found' });
});
