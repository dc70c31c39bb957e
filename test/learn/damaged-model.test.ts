// A model whose files were damaged since it was made: the same corrections make it anew, in place of what is left of it.
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import type { TrainingService } from '../../src/learn/training-service.js';
import { createFakeTrainer, type FakeTrainer } from '../fakes/trainer.js';
import { BASE, createFixtureTraining, createLearnFixture, type LearnFixture } from './learn-fixture.js';

let fixture: LearnFixture;
let trainer: FakeTrainer;
let training: TrainingService;
let damaged: string;
beforeEach(async () => {
  fixture = await createLearnFixture();
  trainer = createFakeTrainer();
  damaged = '';
  training = createFixtureTraining(fixture, trainer.start, {
    gateSources: {
      verify: (directory) =>
        Promise.resolve({
          problem:
            directory === damaged || !existsSync(directory) ? { kind: 'damaged', detail: 'changed' } : null,
          bytes: 1,
          baseBytes: 1,
          int8: false,
        }),
      loadBehaviour: () => Promise.resolve([]),
    },
    loadReplay: () =>
      Promise.resolve({
        training: [{ text: 'known', label: 'neutral' }],
        heldOut: Array.from({ length: 500 }, (_, i) => ({ text: `kept ${i}`, label: 'neutral' as const })),
        hashes: {},
      }),
  });
});
afterEach(async () => {
  await training.stop();
  await fixture.close();
});

async function train(): Promise<TrainingRun> {
  const { id } = await training.start('night');
  const run = await trainer.next();
  fixture.serving.models.set(run.job.outDirectory, {
    version: 'nunchi-1',
    read: (text) => (text === 'so tired' ? 'negative' : 'neutral'),
  });
  run.finish('nunchi-1');
  await vi.waitFor(async () => expect((await training.status()).phase).toBe('idle'), 30_000);
  return (await fixture.store.runs.get(id)) as TrainingRun;
}

const directoryOf = async () =>
  path.resolve(
    fixture.home.directory,
    (await fixture.store.models.get('nunchi-1'))?.directory ?? 'there is none',
  );

it.each(['changed', 'gone'])('is made anew where they are %s', async (how) => {
  await fixture.correct('so tired', 'negative');
  expect(await train()).toMatchObject({ state: 'promoted' });
  const first = await directoryOf();
  await fixture.registry.promote(BASE.version, 'back');
  damaged = first;
  if (how === 'gone') rmSync(first, { recursive: true });
  expect(await train()).toMatchObject({ state: 'promoted', candidateVersion: 'nunchi-1' });
  const second = await directoryOf();
  expect(second).not.toBe(first);
  expect([existsSync(first), existsSync(second)]).toEqual([false, true]);
  expect(fixture.serving.model).toMatchObject({ version: 'nunchi-1', directory: second });
});

it('stays where it is while its files are whole', async () => {
  await fixture.correct('so tired', 'negative');
  await train();
  const first = await directoryOf();
  await fixture.registry.promote(BASE.version, 'back');
  expect(await train()).toMatchObject({ state: 'promoted' });
  expect(await directoryOf()).toBe(first);
});
