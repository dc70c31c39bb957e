// After a crash: runs, the challenger and directories are brought in line with what serves.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INTERRUPTED, recoverRuns } from '../../src/learn/recovery.js';
import { WITHDRAWN } from '../../src/learn/training-report.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { BASE, createLearnFixture, type LearnFixture } from './learn-fixture.js';

let fixture: LearnFixture;
beforeEach(async () => {
  fixture = await createLearnFixture();
});
afterEach(() => fixture.close());

describe('after a crash', () => {
  const recover = () =>
    recoverRuns({
      store: fixture.store,
      home: fixture.home.directory,
      modelsDirectory: fixture.home.modelsDirectory,
      logger: SILENT_LOGGER,
    });

  it('an interrupted run is failed with the reason, and its unfinished model is removed', async () => {
    const run = await fixture.store.runs.start({
      trigger: 'page',
      corrections: 1,
      baseVersion: BASE.version,
    });
    const kept = await fixture.addModel({ version: 'nunchi-1', read: () => 'neutral' });
    mkdirSync(path.join(fixture.home.modelsDirectory, `run-${run.id}-1`));
    mkdirSync(path.join(fixture.home.modelsDirectory, 'mine'));
    await recover();
    expect(await fixture.store.runs.get(run.id)).toMatchObject({ state: 'failed', reason: INTERRUPTED });
    expect(existsSync(kept)).toBe(true);
    expect(readdirSync(fixture.home.modelsDirectory).sort()).toEqual(['mine', path.basename(kept)]);
  });

  it('no model waits for a decision that no run asks for', async () => {
    await fixture.store.runs.start({ trigger: 'night', corrections: 1, baseVersion: BASE.version });
    await fixture.addModel({ version: 'nunchi-1', read: () => 'neutral' });
    await fixture.store.models.setChallenger('nunchi-1');
    await recover();
    expect(await fixture.store.models.alias('challenger')).toBeNull();
    const { id } = await fixture.store.runs.start({
      trigger: 'night',
      corrections: 1,
      baseVersion: BASE.version,
    });
    await fixture.store.models.setChallenger('nunchi-1');
    await fixture.store.runs.update(id, { state: 'awaiting-confirmation', candidateVersion: 'nunchi-1' });
    await recover();
    expect(await fixture.store.models.alias('challenger')).toMatchObject({ version: 'nunchi-1' });
  });

  it('nobody is asked about a model that learned from what was deleted', async () => {
    const { store } = fixture;
    const messageId = await fixture.correct('so tired', 'negative');
    const { id } = await store.runs.start({ trigger: 'night', corrections: 1, baseVersion: BASE.version });
    await fixture.addModel({ version: 'nunchi-1', read: () => 'neutral' }, [messageId]);
    await store.models.setChallenger('nunchi-1');
    await store.runs.update(id, { state: 'awaiting-confirmation', candidateVersion: 'nunchi-1' });
    await recover();
    expect(await store.runs.get(id)).toMatchObject({ state: 'awaiting-confirmation' });
    await store.messages.eraseText(messageId);
    await recover();
    expect(await store.runs.get(id)).toMatchObject({ state: 'kept', reason: WITHDRAWN });
    expect(await store.models.alias('challenger')).toBeNull();
  });

  it('what a model that could not be loaded had learned is pending again, until it serves once more', async () => {
    const messageId = await fixture.correct('so tired', 'negative');
    const { store } = fixture;
    const run = await store.runs.start({ trigger: 'page', corrections: 1, baseVersion: BASE.version });
    await fixture.addModel({ version: 'nunchi-1', read: () => 'neutral' }, [messageId]);
    const report = { learnedMessages: [messageId] };
    await store.runs.update(run.id, { state: 'promoted', candidateVersion: 'nunchi-1', report });
    await store.models.deploy('nunchi-1', 'p');
    await store.feedback.markLearned(run.id, [messageId]);
    await store.models.deploy(BASE.version, 'it could not be loaded', { kind: 'start' });
    await recover();
    expect(await store.feedback.pendingCount()).toBe(1);
    await store.models.deploy('nunchi-1', 'p');
    await recover();
    expect(await store.feedback.pendingCount()).toBe(0);
  });

  it('a run that was deployed but not recorded as promoted is', async () => {
    const messageId = await fixture.correct('so tired', 'negative');
    const run = await fixture.store.runs.start({
      trigger: 'page',
      corrections: 1,
      baseVersion: BASE.version,
    });
    await fixture.addModel({ version: 'nunchi-1', read: () => 'neutral' });
    const report = { learnedMessages: [messageId] };
    await fixture.store.runs.update(run.id, { candidateVersion: 'nunchi-1', report });
    await fixture.store.models.deploy('nunchi-1', 'p');
    await recover();
    expect(await fixture.store.runs.get(run.id)).toMatchObject({ state: 'promoted', reason: null });
    expect(await fixture.store.feedback.pendingCount()).toBe(0);
  });
});
