// Which model serves: promotions, rollbacks, and what a start makes of what the database says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServing, type StartModelConfig } from '../../src/learn/start-model.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { Deployment } from '../../src/store/store.js';
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
    expect(deployment?.reason).toContain('nunchi-best could not be loaded');

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
