// Which model serves: promotions, rollbacks, and what a start makes of what the database says.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { createModelRegistry } from '../../src/learn/model-registry.js';
import { createModelRetention } from '../../src/learn/model-retention.js';
import { recoverRuns } from '../../src/learn/recovery.js';
import { startServing, type StartModelConfig } from '../../src/learn/start-model.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { Deployment } from '../../src/store/contracts/models.js';
import { createFakeServing, type FakeModel } from '../fakes/serving.js';
import { BASE, createLearnFixture, type LearnFixture } from './learn-fixture.js';

const BETTER: FakeModel = { version: 'nunchi-better', read: () => 'positive' };
const BEST: FakeModel = { version: 'nunchi-best', read: () => 'negative' };

let fixture: LearnFixture;
beforeEach(async () => {
  fixture = await createLearnFixture();
});
afterEach(() => fixture.close());

const aliasVersion = async (name: 'champion' | 'previous') =>
  (await fixture.store.models.alias(name))?.version ?? null;

describe('the registry', () => {
  it('lists models with their aliases and shows one', async () => {
    await fixture.addModel(BETTER);
    const aliases = new Map((await fixture.registry.list()).map((model) => [model.version, model.aliases]));
    expect(aliases).toEqual(
      new Map([
        ['nunchi-better', []],
        ['nunchi-base', ['champion']],
      ]),
    );
    await expect(fixture.registry.show('nunchi-none')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('loads a model beside the one in use, then moves traffic, then tells', async () => {
    await fixture.addModel(BETTER);
    const told: Deployment[] = [];
    fixture.registry.onDeployed((deployment) => told.push(deployment));
    const deployment = await fixture.registry.promote(BETTER.version, 'a reason');
    expect(deployment).toMatchObject({
      version: BETTER.version,
      previousVersion: BASE.version,
      reason: 'a reason',
    });
    expect(fixture.serving.log).toEqual(['prepare nunchi-better', 'promote nunchi-better']);
    expect(fixture.serving.model.version).toBe(BETTER.version);
    expect(await aliasVersion('champion')).toBe(BETTER.version);
    expect(told).toEqual([deployment]);
  });

  it('rolls back, and back again', async () => {
    await fixture.addModel(BETTER);
    await expect(fixture.registry.rollback('r')).rejects.toMatchObject({ code: 'not-found' });
    await fixture.registry.promote(BETTER.version, 'p');
    expect(await fixture.registry.rollback('r')).toMatchObject({ version: BASE.version });
    expect(fixture.serving.model.version).toBe(BASE.version);
    expect(await fixture.registry.rollback('r')).toMatchObject({ version: BETTER.version });
  });

  it('leaves everything as it was where a model cannot be loaded', async () => {
    fixture.serving.models.delete(await fixture.addModel(BETTER));
    await expect(fixture.registry.promote(BETTER.version, 'p')).rejects.toMatchObject({
      code: 'model-missing-file',
    });
    expect(await aliasVersion('champion')).toBe(BASE.version);
    expect(await fixture.store.models.deployments(10)).toHaveLength(1);
  });

  it('refuses a directory that holds another model, and the model in use', async () => {
    fixture.serving.models.set(await fixture.addModel(BETTER), BEST);
    await expect(fixture.registry.promote(BETTER.version, 'p')).rejects.toMatchObject({
      code: 'model-hash-mismatch',
    });
    expect(fixture.serving.log.at(-1)).toBe('discard nunchi-best');
    await expect(fixture.registry.promote(BASE.version, 'p')).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('writes down what really serves where traffic does not move', async () => {
    await fixture.addModel(BETTER);
    fixture.serving.failMove = new Error('no');
    await expect(fixture.registry.promote(BETTER.version, 'p')).rejects.toThrow('no');
    expect(await aliasVersion('champion')).toBe(BASE.version);
    expect(fixture.serving.model.version).toBe(BASE.version);
  });

  it('refuses a model that was never in use once something that it learned was taken back', async () => {
    const { store, registry } = fixture;
    const [kept, taken] = [await fixture.correct('a', 'negative'), await fixture.correct('b', 'negative')];
    await fixture.addModel(BETTER, [kept, taken]);
    await fixture.addModel(BEST, [kept]);
    await store.feedback.revoke(taken, { emoji: null, onAnswer: false });
    await expect(registry.promote(BETTER.version, 'p')).rejects.toMatchObject({ code: 'model-withdrawn' });
    expect(fixture.serving.model.version).toBe(BASE.version);
    // One that was in use is what a rollback has to go back to.
    await registry.promote(BEST.version, 'p');
    await store.feedback.revoke(kept, { emoji: null, onAnswer: false });
    await registry.rollback('r');
    expect(await registry.promote(BEST.version, 'p')).toMatchObject({ version: BEST.version });
  });

  it('says what a rollback goes to: the one before, else the base model, else nothing', async () => {
    const { registry, store } = fixture;
    expect(await registry.rollbackTarget()).toBeNull();
    await fixture.addModel(BETTER);
    await registry.promote(BETTER.version, 'p');
    expect(await registry.rollbackTarget()).toBe(BASE.version);
    const id = await fixture.correct('a', 'negative');
    await fixture.addModel(BEST, [id]);
    await registry.promote(BEST.version, 'p');
    expect(await registry.rollbackTarget()).toBe(BETTER.version);
    await store.models.purge(BETTER.version, 'gone');
    expect(await registry.rollbackTarget()).toBe(BASE.version);
  });

  it('does one promotion after the other', async () => {
    await fixture.addModel(BETTER);
    await fixture.addModel(BEST);
    await Promise.all([
      fixture.registry.promote(BETTER.version, '1'),
      fixture.registry.promote(BEST.version, '2'),
    ]);
    expect(fixture.serving.model.version).toBe(BEST.version);
    expect(await aliasVersion('champion')).toBe(BEST.version);
    expect(await aliasVersion('previous')).toBe(BETTER.version);
  });
});

describe('lineage', () => {
  it('goes from a model to what it was trained from', async () => {
    await fixture.addModel(BETTER);
    const { store, registry } = fixture;
    await store.models.register({ version: 'imported', directory: '/i', parent: 'foreign', metrics: {} });
    expect(await registry.lineage(BETTER.version)).toEqual([BETTER.version, BASE.version]);
    // What it came from may be on no record here.
    expect(await registry.lineage('imported')).toEqual(['imported', 'foreign']);
    await expect(registry.lineage('none')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a model that learned from something deleted', () => {
  async function learnedAndDeleted(): Promise<void> {
    const row = await fixture.correct('delete me', 'positive');
    await fixture.addModel(BETTER, [row]);
    await fixture.addModel(BEST, [row]);
    await fixture.registry.promote(BETTER.version, 'p');
    await fixture.registry.promote(BEST.version, 'p');
    await fixture.store.messages.eraseText(row);
  }

  it('cannot be promoted or rolled back to; a rollback goes to the base model instead', async () => {
    await learnedAndDeleted();
    await expect(fixture.registry.promote(BETTER.version, 'p')).rejects.toMatchObject({
      code: 'model-withdrawn',
    });
    expect(await fixture.registry.rollback('r')).toMatchObject({ version: BASE.version, kind: 'rollback' });
    await expect(fixture.registry.rollback('r')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('serves on after a start, and falls back to the base model where it cannot', async () => {
    await learnedAndDeleted();
    const start = () =>
      startServing({
        store: fixture.store,
        home: fixture.home.directory,
        base: fixture.base,
        startSentiment: (from) =>
          Promise.resolve().then(() => createFakeServing(fixture.serving.models, from)),
        logger: SILENT_LOGGER,
      });
    expect((await start()).sentiment.model.version).toBe(BEST.version);
    fixture.serving.models.delete(`${fixture.home.modelsDirectory}/run-${BEST.version}`);
    expect((await start()).sentiment.model.version).toBe(BASE.version);
  });
});

describe('a model that does badly', () => {
  it('gives way to the one before, and comes back only by hand', async () => {
    await fixture.addModel(BETTER);
    await fixture.registry.promote(BETTER.version, 'night', { unattended: true });
    const deployment = await fixture.registry.withdraw(BETTER.version, 'too slow');
    expect(deployment).toMatchObject({
      version: BASE.version,
      kind: 'automatic-rollback',
      reason: 'too slow',
    });
    expect(fixture.serving.model.version).toBe(BASE.version);
    expect(await fixture.registry.withdraw(BETTER.version, 'again')).toBeNull();
    await expect(
      fixture.registry.promote(BETTER.version, 'night', { unattended: true }),
    ).rejects.toMatchObject({ code: 'model-withdrawn' });
    expect(await fixture.registry.promote(BETTER.version, 'by hand')).toMatchObject({ kind: 'promotion' });
  });

  it('gives way to the base model where the one before cannot be loaded', async () => {
    const better = await fixture.addModel(BETTER);
    await fixture.addModel(BEST);
    await fixture.registry.promote(BETTER.version, 'p');
    await fixture.registry.promote(BEST.version, 'p');
    fixture.serving.models.delete(better);
    expect(await fixture.registry.withdraw(BEST.version, 'errors')).toMatchObject({ version: BASE.version });
    expect(await fixture.registry.withdraw(BASE.version, 'errors')).toBeNull();
  });
});

describe('correction receipts', () => {
  const receiptsOf = async (version: string) =>
    new Map((await fixture.store.receipts.of(version)).map(({ messageId, state }) => [messageId, state]));

  it('say which corrections a model reads rightly when it comes into use, and which it lost', async () => {
    const [positive, negative, neutral] = [
      await fixture.correct('great', 'positive'),
      await fixture.correct('awful', 'negative'),
      await fixture.correct('so so', 'neutral'),
    ];
    await fixture.addModel(BETTER);
    await fixture.addModel(BEST);
    await fixture.registry.promote(BETTER.version, 'p');
    // The base model reads everything as neutral, this one as positive, the next one as negative.
    expect(await receiptsOf(BETTER.version)).toEqual(
      new Map([
        [positive, 'gained'],
        [neutral, 'lost'],
      ]),
    );
    await fixture.registry.promote(BEST.version, 'p');
    expect(await receiptsOf(BEST.version)).toEqual(
      new Map([
        [positive, 'lost'],
        [negative, 'gained'],
        [neutral, 'lost'],
      ]),
    );
  });

  it('tell what is read wrongly again from what is not sure any more', async () => {
    const [plain, odd] = [await fixture.correct('so so', 'neutral'), await fixture.correct('hm', 'neutral')];
    const doubting: FakeModel = { ...BASE, version: 'nunchi-doubting', isSure: (text) => text !== 'hm' };
    await fixture.addModel(doubting);
    await fixture.addModel(BETTER);
    await fixture.registry.promote(doubting.version, 'p');
    expect(await receiptsOf(doubting.version)).toEqual(
      new Map([
        [plain, 'kept'],
        [odd, 'unsure'],
      ]),
    );
    // What the model before doubted only, one before it had read rightly.
    await fixture.registry.promote(BETTER.version, 'p');
    expect(await receiptsOf(BETTER.version)).toEqual(
      new Map([
        [plain, 'lost'],
        [odd, 'lost'],
      ]),
    );
    await fixture.registry.promote(BASE.version, 'p');
    expect([...(await receiptsOf(BASE.version)).values()]).toEqual(['gained', 'gained']);
  });

  it('sound an alarm in the log, without a word of any text', async () => {
    await fixture.correct('so so', 'neutral');
    await fixture.addModel(BETTER);
    const lines: unknown[][] = [];
    const logger = { ...SILENT_LOGGER, warn: (...line: unknown[]) => void lines.push(line) };
    const { store, serving, home } = fixture;
    const registry = createModelRegistry({
      store,
      serving,
      home: home.directory,
      baseVersion: BASE.version,
      logger,
    });
    await registry.promote(BETTER.version, 'p');
    expect(lines).toEqual([
      ['corrections are read as something else again', { version: BETTER.version, count: 1 }],
    ]);
  });
});

it('finds nothing that looks like a model where a trainer or a removal was killed', async () => {
  const { store, home } = fixture;
  const kept = await fixture.addModel(BETTER);
  const halfRemoved = await fixture.addModel(BEST);
  await store.models.purge(BEST.version, '10 newer ones are kept');
  const halfWritten = path.join(home.modelsDirectory, 'run-1-1.tmp-0123456789ab');
  mkdirSync(halfWritten);
  writeFileSync(path.join(halfWritten, 'config.json'), '{}');
  await expect(openModelDirectory(halfWritten)).rejects.toMatchObject({ name: 'NunchiError' });
  const { modelsDirectory } = home;
  await recoverRuns({ store, home: home.directory, modelsDirectory, logger: SILENT_LOGGER });
  expect([kept, halfRemoved, halfWritten].map((directory) => existsSync(directory))).toEqual([
    true,
    false,
    false,
  ]);
});

describe('which models’ files are kept', () => {
  const retention = (keep: number) =>
    createModelRetention({
      store: fixture.store,
      home: fixture.home.directory,
      modelsDirectory: fixture.home.modelsDirectory,
      baseVersion: BASE.version,
      keep,
      logger: SILENT_LOGGER,
    });
  const named = (version: string): FakeModel => ({ version, read: () => 'positive' });

  it('are those of the last ones, and of champion, previous, challenger and base', async () => {
    const names = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'];
    const directories = new Map<string, string>();
    for (const name of names) directories.set(name, await fixture.addModel(named(name)));
    await fixture.registry.promote('m1', 'p');
    await fixture.registry.promote('m2', 'p');
    await fixture.store.models.setChallenger('m3');
    expect(await retention(1).run()).toEqual(['m5', 'm4']);
    expect(names.filter((name) => existsSync(directories.get(name) ?? ''))).toEqual(['m1', 'm2', 'm3', 'm6']);
    expect(await fixture.registry.show('m4')).toMatchObject({ purgeReason: '1 newer ones are kept' });
    await expect(fixture.registry.promote('m4', 'p')).rejects.toMatchObject({ code: 'model-withdrawn' });
    expect(await retention(1).run()).toEqual([]);
    expect(existsSync(fixture.base.directory)).toBe(false);
    expect((await fixture.store.models.get(BASE.version))?.purgedAt).toBeNull();
  });

  it('are not those of a model that learned from something deleted, once it serves no more', async () => {
    const row = await fixture.correct('delete me', 'positive');
    const older = await fixture.addModel(BETTER, [row]);
    const champion = await fixture.addModel(BEST, [row]);
    await fixture.registry.promote(BEST.version, 'p');
    await fixture.store.messages.eraseText(row);
    expect(await retention(10).run()).toEqual([BETTER.version]);
    expect([existsSync(older), existsSync(champion)]).toEqual([false, true]);
    expect(await fixture.store.deletions.open()).toHaveLength(1);
    await fixture.addModel(named('rebuilt'));
    await fixture.registry.promote('rebuilt', 'without it', { kind: 'deletion' });
    expect(await retention(10).run()).toEqual([BEST.version]);
    expect(existsSync(champion)).toBe(false);
    expect(await fixture.store.deletions.list(1)).toMatchObject([{ messageId: row, doneVersion: 'rebuilt' }]);
  });
});

describe('a start', () => {
  const start = (change: Partial<StartModelConfig> = {}) =>
    startServing({
      store: fixture.store,
      home: fixture.home.directory,
      base: fixture.base,
      startSentiment: (from) => Promise.resolve(createFakeServing(fixture.serving.models, from)),
      logger: SILENT_LOGGER,
      ...change,
    });
  const failing = () => {
    const { models } = fixture.serving;
    // A fake that throws in the same turn must still reject, as a process would.
    return (from: string) => Promise.resolve().then(() => createFakeServing(models, from));
  };

  it('loads the champion', async () => {
    await fixture.addModel(BETTER);
    await fixture.registry.promote(BETTER.version, 'p');
    const { sentiment, warnings } = await start();
    expect(sentiment.model.version).toBe(BETTER.version);
    expect(warnings).toEqual([]);
    expect(await fixture.store.models.deployments(10)).toHaveLength(2);
  });

  it('falls back to the previous model, then to the base, and writes that down', async () => {
    const better = await fixture.addModel(BETTER);
    const best = await fixture.addModel(BEST);
    await fixture.registry.promote(BETTER.version, 'p');
    await fixture.registry.promote(BEST.version, 'p');
    fixture.serving.models.delete(best);
    const first = await start({ startSentiment: failing() });
    expect(first.sentiment.model.version).toBe(BETTER.version);
    expect(first.warnings[0]).toContain('nunchi-best cannot be loaded');
    expect(await aliasVersion('champion')).toBe(BETTER.version);
    const [deployment] = await fixture.store.models.deployments(1);
    expect(deployment).toMatchObject({
      kind: 'fallback',
      previousVersion: 'nunchi-best',
      reason: expect.stringContaining('nunchi-best could not be loaded') as string,
    });

    fixture.serving.models.delete(better);
    const second = await start({ startSentiment: failing() });
    expect(second.sentiment.model.version).toBe(BASE.version);
  });

  it('fails with the first error where nothing can be loaded', async () => {
    fixture.serving.models.clear();
    await expect(start({ startSentiment: failing() })).rejects.toMatchObject({ code: 'model-missing-file' });
  });

  it('follows another base model while nothing was learned', async () => {
    const directory = `${fixture.base.directory}-2`;
    fixture.serving.models.set(directory, BEST);
    const base = { ...fixture.base, version: BEST.version, directory };
    const { sentiment } = await start({ base });
    expect(sentiment.model.version).toBe(BEST.version);
    expect(await aliasVersion('champion')).toBe(BEST.version);
    // Made when its manifest says so, not when it was first seen here.
    expect((await fixture.registry.show(BEST.version)).createdAt).toEqual(fixture.base.createdAt);
  });

  it('keeps a trained model when the base changes, and says so', async () => {
    await fixture.addModel(BETTER);
    await fixture.registry.promote(BETTER.version, 'p');
    const directory = `${fixture.base.directory}-2`;
    fixture.serving.models.set(directory, BEST);
    const { sentiment, warnings } = await start({
      base: { ...fixture.base, version: BEST.version, directory },
    });
    expect(sentiment.model.version).toBe(BETTER.version);
    expect(warnings[0]).toContain('train again');
  });
});
