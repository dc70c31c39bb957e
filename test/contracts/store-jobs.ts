// What every store does with the runs of scheduled jobs: one holder at a time, one end.
import { describe, expect, it } from 'vitest';
import type { JobRun } from '../../src/store/contracts/runs.js';
import type { StoreBench } from './store.js';

const LEASE_MS = 60_000;
const SLOT = '2026-03-02';
const MOST = 3;

export function jobContract(bench: StoreBench): void {
  const claim = (slot = SLOT, job = 'nightly') =>
    bench.store.jobRuns.claim(job, slot, { leaseMs: LEASE_MS, mostAttempts: MOST });
  const claimed = async (slot?: string) => (await claim(slot)) as JobRun;
  const failAbandoned = (exceptSlot: string) =>
    bench.store.jobRuns.failAbandoned('nightly', { exceptSlot, mostAttempts: MOST, reason: 'abandoned' });

  describe('a slot of a job', () => {
    it('is had by one of many who want it at once', async () => {
      const claims = await Promise.all(Array.from({ length: 20 }, () => claim()));
      const [held, ...others] = claims.filter((one) => one !== null);
      expect(others).toEqual([]);
      expect(held).toEqual({
        id: held?.id,
        job: 'nightly',
        slot: SLOT,
        attempts: 1,
        leaseUntil: new Date(bench.now().getTime() + LEASE_MS),
        state: 'running',
        reason: null,
        corrections: null,
        trainingRunId: null,
        startedAt: bench.now(),
        endedAt: null,
      });
      expect(await claim('2026-03-03')).toMatchObject({ slot: '2026-03-03' });
      expect(await claim(SLOT, 'retention')).toMatchObject({ job: 'retention' });
    });

    it('is nobody else’s as long as the lease is renewed', async () => {
      const { jobRuns } = bench.store;
      const held = await claimed();
      for (let minute = 0; minute < 3; minute += 1) {
        bench.advance(LEASE_MS - 1);
        expect(await claim()).toBeNull();
        expect(await jobRuns.renew(held, LEASE_MS)).toBe(true);
      }
    });

    it('is taken over when the lease has run out, and the one before can no longer change it', async () => {
      const { jobRuns } = bench.store;
      const first = await claimed();
      await jobRuns.note(first, { corrections: 7 });
      await jobRuns.note(first, { trainingRunId: 'run-1' });
      bench.advance(LEASE_MS);
      const takers = (await Promise.all([claim(), claim(), claim()])).filter((one) => one !== null);
      expect(takers).toMatchObject([{ id: first.id, attempts: 2, corrections: 7, trainingRunId: 'run-1' }]);
      const second = takers[0] as JobRun;
      expect(await jobRuns.renew(first, LEASE_MS)).toBe(false);
      expect(await jobRuns.end(first, { state: 'failed', reason: 'late' })).toBeNull();
      await jobRuns.note(first, { corrections: 0 });
      await jobRuns.release(first, 'late');
      expect(await jobRuns.find('nightly', SLOT)).toEqual(second);
      expect(await jobRuns.end(second, { state: 'promoted', reason: null })).toEqual({
        ...second,
        state: 'promoted',
        endedAt: bench.now(),
      });
    });

    it('stays with who holds it where the lease ran out and nobody took it', async () => {
      const held = await claimed();
      bench.advance(2 * LEASE_MS);
      expect(await bench.store.jobRuns.renew(held, LEASE_MS)).toBe(true);
      expect(await claim()).toBeNull();
    });

    it('is free at once when it is let go, and says why', async () => {
      const held = await claimed();
      await bench.store.jobRuns.release(held, 'stopped');
      expect(await bench.store.jobRuns.find('nightly', SLOT)).toMatchObject({
        state: 'running',
        reason: 'stopped',
        endedAt: null,
      });
      expect(await claim()).toMatchObject({ attempts: 2, reason: null });
    });

    it('has one end', async () => {
      const { jobRuns } = bench.store;
      const held = await claimed();
      const ended = await jobRuns.end(held, { state: 'not-enough-data', reason: null });
      expect(ended).toMatchObject({ state: 'not-enough-data', endedAt: bench.now() });
      bench.advance(2 * LEASE_MS);
      expect(await claim()).toBeNull();
      expect(await jobRuns.end(held, { state: 'failed', reason: 'again' })).toBeNull();
      expect(await jobRuns.renew(held, LEASE_MS)).toBe(false);
      expect(await jobRuns.list('nightly', 10)).toEqual([ended]);
    });
  });

  describe('abandoned runs', () => {
    it('of other slots fail, and never one that is held', async () => {
      await claimed('2026-02-27');
      bench.advance(LEASE_MS);
      const held = await claimed('2026-02-28');
      expect(await failAbandoned('2026-03-01')).toBe(1);
      expect(await bench.store.jobRuns.list('nightly', 10)).toMatchObject([
        { id: held.id, state: 'running' },
        { slot: '2026-02-27', state: 'failed', reason: 'abandoned', endedAt: bench.now() },
      ]);
    });

    it('are taken a few times, not for ever', async () => {
      for (let attempt = 1; attempt <= MOST; attempt += 1) {
        expect(await failAbandoned(SLOT)).toBe(0);
        expect(await claim()).toMatchObject({ attempts: attempt });
        bench.advance(LEASE_MS);
      }
      expect(await claim()).toBeNull();
      expect(await failAbandoned(SLOT)).toBe(1);
      expect(await bench.store.jobRuns.list('nightly', 1)).toMatchObject([{ state: 'failed' }]);
    });
  });

  it('knows since when there is a database', async () => {
    const made = bench.now();
    bench.advance(LEASE_MS);
    expect(await bench.store.jobRuns.installedAt()).toEqual(made);
    expect(await bench.store.jobRuns.find('nightly', SLOT)).toBeNull();
    expect(await bench.store.jobRuns.list('nightly', 10)).toEqual([]);
  });
}
