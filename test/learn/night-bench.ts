// Nights over the real store, with a clock and a training that the test moves.
import { createNight, type Night, type NightConfig } from '../../src/learn/night.js';
import { createNightSchedule } from '../../src/learn/night-schedule.js';
import { openHome } from '../../src/home/home.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { openStore } from '../../src/store/open-store.js';
import type { JobRun, TrainingRun } from '../../src/store/contracts/runs.js';
import type { Store } from '../../src/store/store.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { createFakeTraining, type FakeTraining } from '../fakes/training.js';

export const BASE = 'nunchi-00000001';
export const NEEDED = 2;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export interface NightBench {
  store: Store;
  training: FakeTraining;
  /** Quiet nights told, with the new corrections of each. */
  told: [date: string, corrections: number][];
  now(): Date;
  set(time: string): void;
  advance(ms: number): void;
  /** A night as a process of its own would have it. @param dies it is never stopped */
  createNight(change?: Partial<NightConfig>, dies?: boolean): Night;
  correct(count: number): Promise<void>;
  nights(): Promise<JobRun[]>;
  /** Resolves with the next training that begins. */
  begun(): Promise<TrainingRun>;
  close(): Promise<void>;
}

/** @param ownClock another clock than the one that the test sets */
export async function openNightBench(
  folder: string,
  time: string,
  ownClock?: () => Date,
): Promise<NightBench> {
  let clock = Date.parse(time);
  const now = ownClock ?? (() => new Date(clock));
  const home = openHome(folder);
  const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile, now });
  const training = createFakeTraining(store, BASE);
  const created: Night[] = [];
  const bench: NightBench = {
    store,
    training,
    told: [],
    now,
    set: (next) => (clock = Date.parse(next)),
    advance: (ms) => (clock += ms),
    createNight(change = {}, dies = false) {
      const night = createNight({
        store,
        training,
        schedule: createNightSchedule('23 4 * * *', 'Asia/Seoul'),
        minCorrections: NEEDED,
        baseVersion: BASE,
        tellQuiet: (date, { corrections }) => {
          bench.told.push([date, corrections]);
          return Promise.resolve();
        },
        logger: SILENT_LOGGER,
        now,
        ...change,
      });
      if (!dies) created.push(night);
      return night;
    },
    async correct(count) {
      for (let made = 0; made < count; made += 1) {
        const { id } = await store.messages.add(aMessage());
        await store.feedback.record(aCorrection(id));
      }
    },
    nights: () => store.jobRuns.list('nightly', 50),
    begun: () =>
      new Promise((resolve) => {
        const stop = training.onEvent((event) => {
          if (event.type !== 'status' || event.status.phase !== 'preparing' || !event.status.run) return;
          stop();
          resolve(event.status.run);
        });
      }),
    async close() {
      await Promise.all(created.map((night) => night.stop()));
      await store.close();
    },
  };
  return bench;
}
