// What triggers the nights, with the real scheduler: every night once, also over the hours that clocks leave out or show twice.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNightlyJob, type NightlyJob, type NightlyJobConfig } from '../../jobs/nightly.js';
import type { Night } from '../../src/learn/night.js';
import { createNightSchedule } from '../../src/learn/night-schedule.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { JobRun } from '../../src/store/contracts/runs.js';
import { HOUR_MS, MINUTE_MS, openNightBench, type NightBench } from '../learn/night-bench.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();
const EVERY_SECOND = '* * * * * *';

let bench: NightBench;
let job: NightlyJob | undefined;
beforeEach(async () => {
  bench = await openNightBench(nextFolder(), '2026-03-02T12:00:00Z');
});
afterEach(async () => {
  vi.useRealTimers();
  await job?.stop();
  job = undefined;
  await bench.close();
});

const createJob = (night: NightlyJobConfig['night'], change: Partial<NightlyJobConfig> = {}) =>
  (job = createNightlyJob({ night, logger: SILENT_LOGGER, ...change }));

describe('the schedule', () => {
  it('triggers at its time, until it is stopped', async () => {
    const night = bench.createNight();
    const runDue = vi.spyOn(night, 'runDue');
    const schedule = { ...createNightSchedule('23 4 * * *', 'Asia/Seoul'), cron: EVERY_SECOND };
    const nightly = createJob({ ...night, schedule });
    nightly.start();
    nightly.start();
    expect(runDue).toHaveBeenCalledTimes(1);
    bench.set('2026-03-02T19:23:00Z');
    await vi.waitFor(async () => expect(await bench.nights()).toHaveLength(1), { timeout: 20_000 });
    await nightly.stop();
    await nightly.stop();
    const calls = runDue.mock.calls.length;
    bench.advance(24 * HOUR_MS);
    nightly.start();
    expect(runDue).toHaveBeenCalledTimes(calls + 1);
    await vi.waitFor(async () => expect(await bench.nights()).toHaveLength(2), { timeout: 20_000 });
  });

  it('catches up what was missed at start, and does not wait for it', async () => {
    await bench.correct(2);
    bench.advance(24 * HOUR_MS);
    const begun = bench.begun();
    createJob(bench.createNight()).start();
    await begun;
    expect(await bench.nights()).toMatchObject([{ slot: '2026-03-03', state: 'running' }]);
    await bench.training.end({ state: 'promoted' });
  });

  it('goes on after a night that could not begin, and looks for it again', async () => {
    const runDue = vi.fn<Night['runDue']>().mockRejectedValueOnce(new Error('busy')).mockResolvedValue(null);
    const logger = { error: vi.fn() };
    const { schedule } = bench.createNight();
    createJob({ schedule, runDue }, { logger, lookCron: EVERY_SECOND }).start();
    await vi.waitFor(() => expect(runDue.mock.calls.length).toBeGreaterThan(2), { timeout: 20_000 });
    expect(logger.error).toHaveBeenCalledTimes(1);
  });

  it('triggers nothing where nights are switched off', () => {
    const runDue = vi.fn<Night['runDue']>();
    createJob({ schedule: null, runDue }, { lookCron: EVERY_SECOND }).start();
    expect(runDue).not.toHaveBeenCalled();
  });
});

describe('over a change of the clocks', () => {
  /** Runs the scheduler from one time to another, in steps that leave no trigger out. */
  async function run(timeZone: string, cron: string, from: string, to: string): Promise<JobRun[]> {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse(from) });
    await bench.close();
    bench = await openNightBench(nextFolder(), from, () => new Date());
    const night = bench.createNight({ schedule: createNightSchedule(cron, timeZone) });
    const triggered: Promise<unknown>[] = [];
    const runDue = () => {
      const running = night.runDue();
      triggered.push(running);
      return running;
    };
    createJob({ schedule: night.schedule, runDue }).start();
    while (Date.now() < Date.parse(to)) {
      await vi.advanceTimersByTimeAsync(MINUTE_MS);
      await Promise.all(triggered.splice(0));
    }
    vi.useRealTimers();
    return (await bench.nights()).reverse();
  }

  const EDGES: [string, string, string, string, string[]][] = [
    // Clocks go from 2:00 to 3:00, and 2:30 does not exist: node-cron leaves the date out, and a look finds it.
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-06T20:00:00Z',
      '2026-03-09T12:00:00Z',
      ['2026-03-07 2026-03-07T07:30', '2026-03-08 2026-03-08T07:36', '2026-03-09 2026-03-09T06:30'],
    ],
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-27T20:00:00Z',
      '2026-03-30T12:00:00Z',
      ['2026-03-28 2026-03-28T01:30', '2026-03-29 2026-03-29T01:36', '2026-03-30 2026-03-30T00:30'],
    ],
    // Clocks go back by an hour, and the time exists twice: node-cron takes the first of the two here, the second there.
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-30T20:00:00Z',
      '2026-11-02T12:00:00Z',
      ['2026-10-31 2026-10-31T05:30', '2026-11-01 2026-11-01T05:30', '2026-11-02 2026-11-02T06:30'],
    ],
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-23T20:00:00Z',
      '2026-10-26T12:00:00Z',
      ['2026-10-24 2026-10-24T00:30', '2026-10-25 2026-10-25T00:36', '2026-10-26 2026-10-26T01:30'],
    ],
  ];

  it.each(EDGES)(
    'in %s, "%s" from %s has one night on every date',
    async (zone, cron, from, to, nights) => {
      const ran = await run(zone, cron, from, to);
      expect(ran.map(({ slot, startedAt }) => `${slot} ${startedAt.toISOString().slice(0, 16)}`)).toEqual(
        nights,
      );
      expect(ran.every(({ attempts, state }) => attempts === 1 && state === 'not-enough-data')).toBe(true);
      expect(bench.told.map(([date]) => date)).toEqual(nights.map((night) => night.slice(0, 10)));
    },
    60_000,
  );
});
