// What becomes of a deleted message that models learned: the next training leaves it out, in time, and nothing goes back.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Label } from '../../src/labels.js';
import { createDeletions, dueRebuild, REBUILD_WITHIN_MS, type Deletions } from '../../src/learn/deletion.js';
import { createModelInspection } from '../../src/learn/model-inspection.js';
import { createModelRetention } from '../../src/learn/model-retention.js';
import { createNight } from '../../src/learn/night.js';
import type { TrainingService } from '../../src/learn/training-service.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import { createFakeTrainer, type FakeTrainer } from '../fakes/trainer.js';
import { BASE, createFixtureTraining, createLearnFixture, type LearnFixture } from './learn-fixture.js';

const HOUR_MS = 60 * 60 * 1000;

let fixture: LearnFixture;
let trainer: FakeTrainer;
let training: TrainingService;
let deletions: Deletions;
let clock: number;
let nextNight: Date | null;
let overdue: string[];
let alarms: string[];

beforeEach(async () => {
  fixture = await createLearnFixture();
  trainer = createFakeTrainer();
  const { store, serving, registry, home } = fixture;
  training = createFixtureTraining(fixture, trainer.start);
  clock = Date.now();
  nextNight = new Date(clock + 12 * HOUR_MS);
  overdue = [];
  alarms = [];
  deletions = createDeletions({
    store,
    sentiment: serving,
    retention: createModelRetention({
      store,
      home: home.directory,
      modelsDirectory: home.modelsDirectory,
      baseVersion: BASE.version,
      keep: 10,
      logger: SILENT_LOGGER,
    }),
    training,
    registry,
    nextNight: () => nextNight,
    tellOverdue: ({ version }) => {
      overdue.push(version);
      return Promise.resolve();
    },
    logger: { ...SILENT_LOGGER, error: (event) => void alarms.push(event) },
    now: () => new Date(clock),
  });
});
afterEach(async () => {
  await deletions.stop();
  await training.stop();
  await fixture.close();
});

function ended(): Promise<TrainingRun> {
  return new Promise((resolve) => {
    const stop = training.onEvent((event) => {
      if (event.type !== 'status' || event.status.phase !== 'idle' || event.status.run === null) return;
      if (event.status.run.state === 'running') return;
      stop();
      resolve(event.status.run);
    });
  });
}

/** Lets the training under way end with a model that reads `learned` so. */
async function finish(version: string, learned: Record<string, Label>): Promise<void> {
  const run = await trainer.next();
  fixture.serving.models.set(run.job.outDirectory, { version, read: (text) => learned[text] ?? 'neutral' });
  run.finish(version);
}

/** `nunchi-1` is in use, trained on both rows. */
async function learned(): Promise<{ deleted: string; kept: string }> {
  const deleted = await fixture.correct('delete me', 'negative');
  const kept = await fixture.correct('keep me', 'positive');
  await training.start('command');
  const end = ended();
  await finish('nunchi-1', { 'delete me': 'negative', 'keep me': 'positive' });
  const { id, state } = await end;
  if (state === 'awaiting-confirmation') await training.confirm(id);
  expect(fixture.serving.model.version).toBe('nunchi-1');
  return { deleted, kept };
}

/** A night that would otherwise have too little to learn. */
const createForcedNight = () =>
  createNight({
    store: fixture.store,
    training,
    schedule: null,
    minCorrections: 50,
    baseVersion: BASE.version,
    tellQuiet: () => Promise.resolve(),
    logger: SILENT_LOGGER,
  });

describe('a deleted message that the model in use learned', () => {
  it('forces the next night, whose model is held to what was known alone, and is in no model after it', async () => {
    const { deleted, kept } = await learned();
    expect(await dueRebuild(fixture.store)).toBeNull();
    await fixture.store.messages.eraseText(deleted);
    expect(await dueRebuild(fixture.store)).toMatchObject({ version: 'nunchi-1' });
    const night = createForcedNight();
    expect((await night.plan()).would).toBe('train');
    const end = ended();
    await night.startNow();
    await finish('nunchi-2', { 'keep me': 'positive' });
    expect(await end).toMatchObject({ trigger: 'deletion', state: 'promoted', candidateVersion: 'nunchi-2' });
    const { store, home, registry } = fixture;
    expect(await store.models.deployments(1)).toMatchObject([{ version: 'nunchi-2', kind: 'deletion' }]);
    await deletions.check();
    expect(await dueRebuild(store)).toBeNull();
    expect((await store.models.get('nunchi-1'))?.purgeReason).toContain('was deleted');
    await expect(registry.promote('nunchi-1', 'back')).rejects.toMatchObject({ code: 'model-withdrawn' });

    const inspection = createModelInspection({
      store,
      registry,
      home: home.directory,
      threads: 1,
      threshold: 0.5,
    });
    const manifest = path.join(home.directory, (await registry.show('nunchi-2')).directory, 'manifest.json');
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ rows: store.models.rowKeys([kept]) });
    expect(await inspection.contains('nunchi-2', deleted)).toMatchObject({
      contains: false,
      rows: 1,
      source: 'manifest',
    });
    expect(await inspection.contains('nunchi-2', kept)).toMatchObject({ contains: true });
    expect(await inspection.contains('nunchi-1', deleted)).toMatchObject({
      contains: true,
      source: 'record',
    });
    expect(await inspection.deletions()).toMatchObject([{ messageId: deleted, doneVersion: 'nunchi-2' }]);
    await night.stop();
  });

  it('is rebuilt without even where the new model knows less, but not where it is much worse', async () => {
    const { deleted } = await learned();
    await fixture.store.messages.eraseText(deleted);
    await training.start('page');
    const end = ended();
    const nothing = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`kept ${i}`, 'negative' as const]),
    );
    await finish('nunchi-bad', nothing);
    expect(await end).toMatchObject({ trigger: 'deletion', state: 'kept' });
    expect(await dueRebuild(fixture.store)).not.toBeNull();
  });

  it('puts the base model in use where no correction is left', async () => {
    const { deleted, kept } = await learned();
    await fixture.store.messages.eraseText(deleted);
    await fixture.store.messages.eraseText(kept);
    const end = ended();
    await createForcedNight().startNow();
    expect(await end).toMatchObject({
      trigger: 'deletion',
      state: 'promoted',
      candidateVersion: BASE.version,
    });
    expect(fixture.serving.model.version).toBe(BASE.version);
    await deletions.check();
    expect(await fixture.store.deletions.open()).toEqual([]);
  });

  it('keeps a model from coming into use that was being trained on it', async () => {
    const row = await fixture.correct('delete me', 'negative');
    await training.start('command');
    const run = await trainer.next();
    await fixture.store.messages.eraseText(row);
    fixture.serving.models.set(run.job.outDirectory, {
      version: 'nunchi-1',
      read: (text) => (text === 'delete me' ? 'negative' : 'neutral'),
    });
    const end = ended();
    run.finish('nunchi-1');
    // Where nobody would be asked it fails as well, so that the next night trains what else there is.
    expect(await end).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('was deleted while it trained') as string,
    });
    expect(fixture.serving.model.version).toBe(BASE.version);
    expect(await fixture.store.models.alias('challenger')).toBeNull();
    expect((await fixture.store.models.get('nunchi-1'))?.purgedAt).not.toBeNull();
    expect(existsSync(run.job.outDirectory)).toBe(false);
  });

  it('drops readings that are kept in memory, at once', async () => {
    const row = await fixture.correct('delete me', 'negative');
    await fixture.store.messages.eraseText(row);
    await deletions.check();
    expect(fixture.serving.log).toContain('forget');
  });
});

describe('a rebuild that is due', () => {
  it('is left to the night where one comes in time', async () => {
    const { deleted } = await learned();
    await fixture.store.messages.eraseText(deleted);
    await deletions.check();
    expect((await training.status()).phase).toBe('idle');
  });

  it('is begun without a night where none comes, once', async () => {
    const { deleted } = await learned();
    await fixture.store.messages.eraseText(deleted);
    nextNight = null;
    await deletions.check();
    expect((await training.status()).run?.trigger).toBe('deletion');
    await training.cancel();
    clock += HOUR_MS;
    await deletions.check();
    expect((await training.status()).phase).toBe('idle');
    clock += 12 * HOUR_MS;
    await deletions.check();
    expect((await training.status()).phase).not.toBe('idle');
    await training.cancel();
  });

  it('sounds an alarm after 48 hours', async () => {
    const { deleted } = await learned();
    await fixture.store.messages.eraseText(deleted);
    clock += REBUILD_WITHIN_MS - HOUR_MS;
    nextNight = new Date(clock + HOUR_MS / 2);
    await deletions.check();
    expect([alarms, overdue]).toEqual([[], []]);
    clock += 2 * HOUR_MS;
    nextNight = new Date(clock + HOUR_MS);
    await deletions.check();
    expect(alarms).toEqual(['the model in use still holds what was deleted more than 48 hours ago']);
    expect(overdue).toEqual(['nunchi-1']);
  });
});
