// A night that somebody begins by hand, and calls off.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolders } from '../store/temporary-home.js';
import { MINUTE_MS, NEEDED, openNightBench, type NightBench } from './night-bench.js';

const nextFolder = temporaryFolders();

let bench: NightBench;
beforeEach(async () => {
  bench = await openNightBench(nextFolder(), '2026-03-02T12:00:00Z');
});
afterEach(() => bench.close());

describe('a night begun by hand', () => {
  it('is called off with its training', async () => {
    await bench.correct(NEEDED);
    const night = bench.createNight();
    const begun = bench.begun();
    const { id } = await night.startNow();
    const run = await begun;
    await night.cancel();
    expect(await bench.store.runs.get(run.id)).toMatchObject({ state: 'cancelled' });
    expect((await bench.nights()).find((one) => one.id === id)).toMatchObject({
      state: 'cancelled',
      reason: 'Cancelled by the operator',
    });
  });

  it('is called off while it waits, and what it waits for goes on', async () => {
    await bench.correct(NEEDED);
    const other = await bench.training.start('page');
    const night = bench.createNight();
    await night.startNow();
    await night.cancel();
    expect(await bench.nights()).toMatchObject([{ state: 'cancelled', trainingRunId: null }]);
    expect(await bench.store.runs.get(other.id)).toMatchObject({ state: 'running' });
    // One begun after that is another one.
    await bench.training.end({ state: 'kept' });
    bench.advance(MINUTE_MS);
    const begun = bench.begun();
    await bench.correct(NEEDED);
    await night.startNow();
    await begun;
    await night.cancel();
  });

  it('over, calling it off touches no night that the schedule has begun since, and waits for none', async () => {
    await bench.correct(NEEDED);
    const night = bench.createNight();
    const byHand = bench.begun();
    await night.startNow();
    await byHand;
    await night.cancel();
    bench.set('2026-03-02T19:30:00Z');
    await bench.correct(NEEDED);
    const begun = bench.begun();
    const due = night.runDue();
    const { id } = await begun;
    await night.cancel();
    expect(await bench.store.runs.get(id)).toMatchObject({ state: 'running' });
    await bench.training.end({ state: 'kept' });
    expect(await due).toMatchObject({ state: 'kept', trainingRunId: id });
  });
});
