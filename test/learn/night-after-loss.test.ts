// What a verdict stands for may be gone: the model that it put in use, or the question that it left open. The next night then
// learns the same corrections once more.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Night } from '../../src/learn/night.js';
import { WITHDRAWN } from '../../src/learn/training-report.js';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import { temporaryFolders } from '../store/temporary-home.js';
import { BASE, HOUR_MS, MINUTE_MS, NEEDED, openNightBench, type NightBench } from './night-bench.js';

const nextFolder = temporaryFolders();
let bench: NightBench;
beforeEach(async () => {
  bench = await openNightBench(nextFolder(), '2026-03-02T12:00:00Z');
  for (const version of [BASE, 'nunchi-1'])
    await bench.store.models.register({ version, directory: version, parent: null, metrics: {} });
  await bench.store.models.deploy(BASE, 'first start');
  await bench.correct(NEEDED);
});
afterEach(() => bench.close());

async function judged(night: Night, end: Partial<TrainingRun>): Promise<void> {
  bench.advance(MINUTE_MS);
  const begun = bench.begun();
  await night.startNow();
  await begun;
  await bench.training.end({ candidateVersion: 'nunchi-1', endedAt: bench.now(), ...end });
}

it('is planned where the model of the last verdict could not be loaded since', async () => {
  const night = bench.createNight();
  await judged(night, { state: 'kept' });
  expect(await night.plan()).toMatchObject({ would: 'not-enough-data', newCorrections: 0 });
  bench.advance(MINUTE_MS);
  await bench.store.models.deploy('nunchi-1', 'p');
  await bench.store.models.deploy(BASE, 'it could not be loaded', { kind: 'fallback' });
  expect(await night.plan()).toMatchObject({ would: 'train', newCorrections: NEEDED });
  // Tried once: with the same corrections the verdict would be the same.
  bench.advance(HOUR_MS);
  await judged(night, { state: 'kept' });
  expect(await night.plan()).toMatchObject({ would: 'not-enough-data', newCorrections: 0 });
});

it('is planned where something was deleted that the model of the last verdict had learned', async () => {
  const night = bench.createNight();
  await judged(night, { state: 'kept', reason: 'worse' });
  expect(await night.plan()).toMatchObject({ newCorrections: 0 });
  await bench.correct(NEEDED);
  await judged(night, { state: 'kept', reason: WITHDRAWN });
  expect(await night.plan()).toMatchObject({ would: 'train', newCorrections: NEEDED });
});
