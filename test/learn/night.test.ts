// A night: that it is run once, what it does with what it finds, and that its end is recorded whatever happens to it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NunchiError } from '../../src/errors.js';
import type { Night } from '../../src/learn/night.js';
import type { JobRun, TrainingRun } from '../../src/store/contracts/runs.js';
import type { Store } from '../../src/store/store.js';
import { temporaryFolders } from '../store/temporary-home.js';
import { HOUR_MS, MINUTE_MS, NEEDED, openNightBench, type NightBench } from './night-bench.js';

const nextFolder = temporaryFolders();
const DATE = '2026-03-03';
/** 4:23 of that date in Seoul. */
const DUE = '2026-03-02T19:23:00Z';
const LEASE_MS = 2 * MINUTE_MS;

let bench: NightBench;
beforeEach(async () => {
  bench = await openNightBench(nextFolder(), '2026-03-02T12:00:00Z');
});
afterEach(() => bench.close());

/** A night under way whose training has begun. */
async function underWay(night: Night): Promise<{ run: TrainingRun; ended: Promise<JobRun | null> }> {
  const begun = bench.begun();
  const ended = night.runDue();
  return { run: await begun, ended };
}

describe('a night that is due', () => {
  it('trains, and is recorded with its times, its counts and its training', async () => {
    await bench.correct(3);
    bench.set(DUE);
    const { run, ended } = await underWay(bench.createNight());
    expect(run.trigger).toBe('night');
    await vi.waitFor(async () =>
      expect(await bench.nights()).toMatchObject([
        { state: 'running', corrections: 3, trainingRunId: run.id },
      ]),
    );
    bench.advance(MINUTE_MS);
    await bench.training.end({ state: 'promoted' });
    const night = await ended;
    expect(night).toMatchObject({
      job: 'nightly',
      slot: DATE,
      state: 'promoted',
      attempts: 1,
      corrections: 3,
      trainingRunId: run.id,
      startedAt: new Date(DUE),
      endedAt: bench.now(),
    });
    expect(await bench.nights()).toEqual([night]);
    expect(bench.told).toEqual([]);
  });

  it.each<[Partial<TrainingRun>]>([
    [{ state: 'kept', reason: 'worse' }],
    [{ state: 'awaiting-confirmation', reason: 'not sure' }],
    [{ state: 'cancelled', reason: 'Cancelled by the operator' }],
    [{ state: 'failed', reason: 'the trainer ended (SIGKILL). Try again.' }],
  ])('ends as its training does: %j', async (change) => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const night = bench.createNight();
    const { ended } = await underWay(night);
    await bench.training.end(change);
    expect(await ended).toMatchObject(change);
    expect(await night.runDue()).toBeNull();
  });

  it('that left a decision to a person shows what was decided since', async () => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const night = bench.createNight();
    const { run, ended } = await underWay(night);
    await bench.training.end({ state: 'awaiting-confirmation', reason: 'not sure' });
    await ended;
    await bench.store.runs.update(run.id, { state: 'kept', reason: 'Declined by the operator' });
    expect((await night.status(5)).nights).toMatchObject([
      { state: 'kept', reason: 'Declined by the operator' },
    ]);
  });

  it('fetches what it learns from beside the corrections before it trains, where it is to train at all', async () => {
    let fetched = 0;
    const prepare = () => Promise.resolve((fetched += 1));
    const night = bench.createNight({ prepare });
    bench.set(DUE);
    expect(await night.runDue()).toMatchObject({ state: 'not-enough-data' });
    expect(fetched).toBe(0);
    await bench.correct(NEEDED);
    bench.advance(24 * HOUR_MS);
    const { ended } = await underWay(night);
    expect(fetched).toBe(1);
    await bench.training.end({ state: 'promoted' });
    await ended;
  });

  it('stops while it fetches, and is run again later', async () => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    let begun = () => {};
    const fetching = new Promise<void>((resolve) => (begun = resolve));
    const night = bench.createNight({
      prepare: () => {
        begun();
        return new Promise(() => undefined);
      },
    });
    const ended = night.runDue();
    await fetching;
    await night.stop();
    expect(await ended).toBeNull();
    const { ended: again } = await underWay(bench.createNight());
    await bench.training.end({ state: 'promoted' });
    expect(await again).toMatchObject({ state: 'promoted', attempts: 2 });
  });

  it('with too few new corrections trains nothing, and says so', async () => {
    await bench.correct(NEEDED - 1);
    bench.set(DUE);
    expect(await bench.createNight().runDue()).toMatchObject({
      slot: DATE,
      state: 'not-enough-data',
      corrections: 1,
      trainingRunId: null,
      endedAt: bench.now(),
    });
    expect(bench.told).toEqual([[DATE, 1]]);
    expect(await bench.store.runs.list(1)).toEqual([]);
  });

  it('does not train again what has come to a verdict already', async () => {
    await bench.correct(3);
    bench.set(DUE);
    const night = bench.createNight();
    const first = await underWay(night);
    await bench.training.end({ state: 'awaiting-confirmation' });
    await first.ended;
    bench.advance(24 * HOUR_MS);
    expect(await night.runDue()).toMatchObject({ state: 'not-enough-data', corrections: 0 });
    await bench.correct(NEEDED);
    bench.advance(24 * HOUR_MS);
    const third = await underWay(night);
    await bench.training.end({ state: 'failed' });
    await third.ended;
    bench.advance(24 * HOUR_MS);
    // A failed run has judged nothing: the same corrections are new again.
    const fourth = await underWay(night);
    await bench.training.end({ state: 'kept' });
    expect(await fourth.ended).toMatchObject({ state: 'kept', corrections: NEEDED });
  });

  it('trains again what another base model came to a verdict about', async () => {
    await bench.correct(NEEDED);
    const { id } = await bench.store.runs.start({ trigger: 'page', corrections: 2, baseVersion: 'older' });
    await bench.store.runs.update(id, { state: 'kept' });
    bench.set(DUE);
    const { ended } = await underWay(bench.createNight());
    await bench.training.end({ state: 'kept' });
    expect(await ended).toMatchObject({ state: 'kept', corrections: NEEDED });
  });

  it('waits for a training begun by hand, and goes by what that has left', async () => {
    await bench.correct(NEEDED);
    await bench.training.start('page');
    bench.set(DUE);
    const ended = bench.createNight().runDue();
    await vi.waitFor(async () => expect(await bench.nights()).toMatchObject([{ state: 'running' }]));
    await bench.correct(1);
    expect(await bench.nights()).toMatchObject([{ state: 'running', corrections: null }]);
    await bench.training.end({ state: 'promoted' });
    expect(await ended).toMatchObject({ state: 'not-enough-data', corrections: 1 });
  });

  it('is the rebuild after a deletion that was under way', async () => {
    await bench.correct(NEEDED);
    const { id } = await bench.training.start('deletion');
    bench.set(DUE);
    const ended = bench.createNight().runDue();
    await vi.waitFor(async () => expect(await bench.nights()).toMatchObject([{ state: 'running' }]));
    await bench.training.end({ state: 'promoted' });
    expect(await ended).toMatchObject({ state: 'promoted', corrections: 0, trainingRunId: id });
    expect(bench.told).toEqual([]);
  });

  it('tries again where another training was quicker', async () => {
    await bench.correct(NEEDED);
    const start = vi
      .spyOn(bench.training, 'start')
      .mockRejectedValueOnce(new NunchiError('training-running', 'A training run is under way'));
    bench.set(DUE);
    const { ended } = await underWay(bench.createNight());
    await bench.training.end({ state: 'promoted' });
    expect(await ended).toMatchObject({ state: 'promoted' });
    expect(start).toHaveBeenCalledTimes(2);
  });

  it('fails where its training cannot begin, says why, and the next one starts clean', async () => {
    await bench.correct(NEEDED);
    vi.spyOn(bench.training, 'start').mockRejectedValueOnce(
      new NunchiError('disk-full', 'no space left', { hint: 'Make room.' }),
    );
    bench.set(DUE);
    const night = bench.createNight();
    expect(await night.runDue()).toMatchObject({ state: 'failed', reason: 'no space left. Make room.' });
    bench.advance(24 * HOUR_MS);
    const { ended } = await underWay(night);
    await bench.training.end({ state: 'promoted' });
    expect(await ended).toMatchObject({ slot: '2026-03-04', state: 'promoted', attempts: 1 });
  });
});

describe('a date', () => {
  it('has one night, whoever looks for it, at once and later', async () => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const processes = Array.from({ length: 5 }, () => bench.createNight());
    const begun = bench.begun();
    const looks = processes.flatMap((night) => [night.runDue(), night.runDue()]);
    await begun;
    await bench.training.end({ state: 'promoted' });
    const ended = (await Promise.all(looks)).filter((one) => one !== null);
    expect(ended).toHaveLength(1);
    for (const night of processes) expect(await night.runDue()).toBeNull();
    expect(await bench.store.runs.list(10)).toHaveLength(1);
    expect(await bench.nights()).toHaveLength(1);
  });

  it('that was missed is caught up at any later time of it, and of several the newest one', async () => {
    const night = bench.createNight();
    bench.set('2026-03-06T03:00:00Z');
    expect(await night.runDue()).toMatchObject({ slot: '2026-03-06', state: 'not-enough-data' });
    expect(await night.runDue()).toBeNull();
    bench.set('2026-03-06T19:22:59Z');
    expect(await night.runDue()).toBeNull();
    bench.set('2026-03-06T19:23:00Z');
    expect(await night.runDue()).toMatchObject({ slot: '2026-03-07' });
  });

  it('whose night was due before there was a database has none', async () => {
    expect(await bench.createNight().runDue()).toBeNull();
    bench.advance(7 * HOUR_MS);
    expect(await bench.createNight().runDue()).toBeNull();
    expect(await bench.nights()).toEqual([]);
  });

  it('has none where nights are switched off', async () => {
    const night = bench.createNight({ schedule: null });
    bench.set(DUE);
    expect(await night.runDue()).toBeNull();
    expect(await night.status(10)).toEqual({ schedule: null, needed: NEEDED, nights: [] });
  });
});

describe('a night whose process dies', () => {
  /** The methods of the store and the training at which it hangs, as after a kill, in the order in which they come. */
  const STEPS = ['note corrections', 'start', 'note run', 'training', 'end'] as const;
  const never = () => new Promise<never>(() => undefined);

  function dying(step: (typeof STEPS)[number]): Night {
    const jobRuns: Store['jobRuns'] = {
      ...bench.store.jobRuns,
      note: (claim, found) => {
        const hangs = step === (found.corrections === undefined ? 'note run' : 'note corrections');
        return hangs ? never() : bench.store.jobRuns.note(claim, found);
      },
      end: never,
      // Nobody renews for the dead.
      renew: never,
    };
    const start = (trigger: string) => (step === 'start' ? never() : bench.training.start(trigger));
    return bench.createNight(
      { store: { ...bench.store, jobRuns }, training: { ...bench.training, start } },
      true,
    );
  }

  it.each(STEPS)('at "%s" is taken over when its lease has run out, and not before', async (step) => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const dead = dying(step);
    const hasRun = step === 'note run' || step === 'training' || step === 'end';
    const begun = hasRun ? bench.begun() : null;
    void dead.runDue();
    await begun;
    if (step === 'end') {
      await bench.training.end({ state: 'promoted' });
    } else if (step === 'training') {
      await vi.waitFor(async () => expect((await bench.nights())[0]?.trainingRunId).not.toBeNull());
    } else {
      await vi.waitFor(async () => expect(await bench.nights()).toMatchObject([{ attempts: 1 }]));
    }
    // What the next start does with its training.
    if (step === 'note run' || step === 'training') {
      await bench.training.end({ state: 'failed', reason: 'interrupted' });
    }
    const next = bench.createNight();
    bench.advance(LEASE_MS - 1);
    expect(await next.runDue()).toBeNull();
    bench.advance(1);
    if (step === 'end') {
      // Its training had come to its end: that stands, and is not done again.
      expect(await next.runDue()).toMatchObject({ state: 'promoted', attempts: 2, corrections: NEEDED });
      expect(await bench.store.runs.list(10)).toHaveLength(1);
    } else {
      const { ended } = await underWay(next);
      await bench.training.end({ state: 'kept' });
      expect(await ended).toMatchObject({ slot: DATE, state: 'kept', attempts: 2, corrections: NEEDED });
    }
    expect(await bench.nights()).toHaveLength(1);
  });

  const LATER = [
    ['with the last attempt there is', 3, LEASE_MS],
    ['and the next date is due', 1, 24 * HOUR_MS],
  ] as const;
  it.each(LATER)('at "end" %s: it ended as its training did', async (_how, attempts, later) => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    for (let before = 1; before < attempts; before += 1) {
      await bench.store.jobRuns.claim('nightly', DATE, { leaseMs: LEASE_MS, mostAttempts: 3 });
      bench.advance(LEASE_MS);
    }
    const begun = bench.begun();
    void dying('end').runDue();
    await begun;
    await bench.training.end({ state: 'promoted' });
    bench.advance(later);
    await bench.createNight().runDue();
    expect(await bench.store.jobRuns.find('nightly', DATE)).toMatchObject({
      state: 'promoted',
      reason: null,
      attempts,
      endedAt: bench.now(),
    });
  });
});

describe('the claim of a night under way', () => {
  it('is renewed for as long as it takes', async () => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const { ended } = await underWay(bench.createNight({ beatMs: 5 }));
    for (let hour = 1; hour <= 3; hour += 1) {
      bench.advance(HOUR_MS);
      const until = bench.now().getTime() + LEASE_MS;
      await vi.waitFor(async () => expect((await bench.nights())[0]?.leaseUntil.getTime()).toBe(until));
      expect(await bench.createNight().runDue()).toBeNull();
    }
    await bench.training.end({ state: 'promoted' });
    expect(await ended).toMatchObject({ state: 'promoted', attempts: 1 });
  });

  it('when another process has it, ends its training and changes nothing any more', async () => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const cancel = vi.spyOn(bench.training, 'cancel');
    const { run, ended } = await underWay(bench.createNight({ beatMs: 5 }));
    await vi.waitFor(async () => expect((await bench.nights())[0]?.trainingRunId).toBe(run.id));
    // As a process that was asleep for an hour finds it.
    let wake = (): void => undefined;
    const awake = new Promise<void>((resolve) => (wake = resolve));
    const renew = bench.store.jobRuns.renew.bind(bench.store.jobRuns);
    vi.spyOn(bench.store.jobRuns, 'renew').mockImplementation(async (...given) => {
      await awake;
      return renew(...given);
    });
    const [held] = (await bench.nights()) as [JobRun];
    await bench.store.jobRuns.release(held, 'asleep');
    const other = await bench.store.jobRuns.claim('nightly', DATE, { leaseMs: LEASE_MS, mostAttempts: 3 });
    expect(other).not.toBeNull();
    wake();
    expect(await ended).toBeNull();
    expect(cancel).toHaveBeenCalled();
    expect(await bench.store.runs.get(run.id)).toMatchObject({ state: 'cancelled' });
    expect(await bench.nights()).toEqual([{ ...other, id: held.id }]);
  });

  it('is let go when Nunchi stops, and taken up at the next start', async () => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const night = bench.createNight();
    const { run, ended } = await underWay(night);
    await vi.waitFor(async () => expect((await bench.nights())[0]?.trainingRunId).toBe(run.id));
    await night.stop();
    await night.stop();
    expect(await ended).toBeNull();
    expect(await bench.nights()).toMatchObject([
      { state: 'running', endedAt: null, reason: expect.stringContaining('Nunchi was stopped') as string },
    ]);
    await bench.training.end({ state: 'cancelled', reason: 'Nunchi was stopped' });
    expect(await night.runDue()).toBeNull();
    await expect(night.startNow()).rejects.toMatchObject({ code: 'serving-stopped' });
    const again = await underWay(bench.createNight());
    await bench.training.end({ state: 'promoted' });
    expect(await again.ended).toMatchObject({ slot: DATE, state: 'promoted', attempts: 2, reason: null });
  });

  it('is given up after three starts that died with it, and the night fails', async () => {
    for (let start = 0; start < 3; start += 1) {
      bench.set(new Date(Date.parse(DUE) + start * LEASE_MS).toISOString());
      await bench.store.jobRuns.claim('nightly', DATE, { leaseMs: LEASE_MS, mostAttempts: 3 });
    }
    bench.advance(LEASE_MS);
    expect(await bench.createNight().runDue()).toBeNull();
    expect(await bench.nights()).toMatchObject([
      { slot: DATE, state: 'failed', reason: expect.stringContaining('Nunchi ended while') as string },
    ]);
    bench.advance(24 * HOUR_MS);
    expect(await bench.createNight().runDue()).toMatchObject({ slot: '2026-03-04', attempts: 1 });
  });

  it('that nobody held to its end fails once a later night is due', async () => {
    bench.set(DUE);
    await bench.store.jobRuns.claim('nightly', DATE, { leaseMs: LEASE_MS, mostAttempts: 3 });
    bench.advance(24 * HOUR_MS);
    await bench.createNight().runDue();
    expect(await bench.nights()).toMatchObject([
      { slot: '2026-03-04', state: 'not-enough-data' },
      { slot: DATE, state: 'failed' },
    ]);
  });
});

describe('a night by hand', () => {
  it('is one of its own: the date keeps its night, and nobody is told that it was quiet', async () => {
    const night = bench.createNight();
    const started = await night.startNow();
    expect(started).toMatchObject({ slot: '2026-03-02T12:00:00.000Z', state: 'running' });
    await vi.waitFor(async () => expect(await bench.nights()).toMatchObject([{ state: 'not-enough-data' }]));
    expect(bench.told).toEqual([]);
    bench.set(DUE);
    await vi.waitFor(async () => expect(await night.runDue()).toMatchObject({ slot: DATE }));
  });

  it('is refused while another one is under way, and keeps none from being caught up', async () => {
    await bench.correct(NEEDED);
    bench.set(DUE);
    const night = bench.createNight();
    const begun = bench.begun();
    await night.startNow();
    expect((await begun).trigger).toBe('command');
    await expect(night.startNow()).rejects.toMatchObject({ code: 'busy' });
    expect(await night.runDue()).toBeNull();
    await bench.training.end({ state: 'promoted' });
    await vi.waitFor(async () => expect(await night.runDue()).toMatchObject({ slot: DATE }));
    expect(await bench.nights()).toHaveLength(2);
  });

  it('is over when Nunchi stops', async () => {
    await bench.correct(NEEDED);
    const night = bench.createNight();
    const begun = bench.begun();
    await night.startNow();
    await begun;
    await night.stop();
    expect(await bench.nights()).toMatchObject([{ state: 'cancelled', reason: 'Nunchi was stopped' }]);
  });
});

describe('beforehand', () => {
  it('a night says what it would do, and does nothing', async () => {
    const night = bench.createNight();
    expect(await night.plan()).toMatchObject({ would: 'not-enough-data', newCorrections: 0, needed: NEEDED });
    await bench.correct(3);
    expect(await night.plan()).toMatchObject({
      would: 'train',
      newCorrections: 3,
      pendingCorrections: 3,
      trainedCorrections: 3,
      engine: 'auto',
      baseVersion: 'nunchi-00000001',
    });
    await bench.training.start('page');
    expect(await night.plan()).toMatchObject({ would: 'wait' });
    await bench.training.end({ state: 'kept' });
    expect(await night.plan()).toMatchObject({
      would: 'not-enough-data',
      newCorrections: 0,
      pendingCorrections: 3,
    });
    expect(await bench.nights()).toEqual([]);
  });

  it('says when the next one is, and how the last ones ended', async () => {
    const night = bench.createNight();
    bench.set(DUE);
    const last = await night.runDue();
    expect(await night.status(1)).toEqual({
      schedule: { cron: '23 4 * * *', timeZone: 'Asia/Seoul', next: new Date('2026-03-03T19:23:00Z') },
      needed: NEEDED,
      nights: [last],
    });
  });
});
