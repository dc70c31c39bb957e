// Triggers the nights: at their time, and every few minutes for one that was missed (Nunchi did not run, the machine slept or
// was too busy, clocks were set forward over its time, whoever ran it died). Which one is due, and whose it is, is decided in
// src/learn/night.ts and in the database.
import { schedule, type ScheduledTask } from 'node-cron';
import type { Night } from '../src/learn/night.js';
import type { Logger } from '../src/log.js';

/** Off the full hour. */
const EVERY_TEN_MINUTES = '6-59/10 * * * *';

export interface NightlyJobConfig {
  night: Pick<Night, 'schedule' | 'runDue'>;
  logger: Pick<Logger, 'error'>;
  /** When to look for a missed one, as a cron expression. */
  lookCron?: string;
}

export interface NightlyJob {
  /** Looks for a missed night, and triggers from now on. It does not wait for what it triggers. Idempotent. */
  start(): void;
  /** Triggers nothing more; a night under way is the night's own to stop. Idempotent. */
  stop(): Promise<void>;
}

export function createNightlyJob(config: NightlyJobConfig): NightlyJob {
  const { night, logger, lookCron = EVERY_TEN_MINUTES } = config;
  let tasks: ScheduledTask[] = [];

  /** A failure must not end the bot; the next look tries again. */
  function trigger(): void {
    night
      .runDue()
      .catch((error: unknown) => logger.error('a night could not begin', { job: 'nightly', error }));
  }

  return {
    start() {
      if (night.schedule === null || tasks.length > 0) return;
      const { cron, timeZone: timezone } = night.schedule;
      // A tick that comes late is skipped; the looks make up for it.
      const options = { unref: true, suppressMissedWarning: true };
      tasks = [
        schedule(cron, trigger, { ...options, name: 'nightly', timezone }),
        // In a zone whose clock is set back, node-cron leaves out one of the two hours.
        schedule(lookCron, trigger, { ...options, name: 'nightly: missed', timezone: 'UTC' }),
      ];
      trigger();
    },
    async stop() {
      const ending = tasks;
      tasks = [];
      for (const task of ending) await task.destroy();
    },
  };
}
