// Erases old texts, the web chat's after days and other platforms' once nobody can correct their reading any more, and
// forgets what came in and went out long ago; at start and every hour. Texts that corrections are learned from stay until
// they are taken back: every training run begins from the base model and needs them again.
import { schedule } from 'node-cron';
import type { Deletions } from '../src/learn/deletion.js';
import type { Logger } from '../src/log.js';
import type { Store } from '../src/store/store.js';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Off the full hour. */
const HOURLY = '17 * * * *';
/** Its people see and clear their own history. */
const WITH_HISTORY = 'web';

/** Far longer than any platform delivers an event again. */
const DELIVERIES_DAYS = 7;

export interface RetentionJobConfig {
  store: Pick<Store, 'messages' | 'inbox' | 'outbox'>;
  /** The web chat's texts older than this are erased. */
  retentionDays: number;
  /** Other platforms' texts older than this are erased. */
  correctableHours: number;
  /** What was deleted from models that learned it is followed up as often. */
  deletions?: Pick<Deletions, 'check'>;
  logger: Logger;
  now?: () => Date;
  /** When to run, as a cron expression in local time. */
  cron?: string;
}

export interface RetentionJob {
  /** Runs once, then every hour; resolves after that first run. Idempotent. */
  start(): Promise<void>;
  /** Lets a run under way end. Idempotent. */
  stop(): Promise<void>;
  /** Erases now; gives the number of texts erased. */
  run(): Promise<number>;
}

export function createRetentionJob(config: RetentionJobConfig): RetentionJob {
  const { store, retentionDays, correctableHours, deletions, logger, cron = HOURLY } = config;
  const { now = () => new Date() } = config;
  let task: ReturnType<typeof schedule> | null = null;
  let underWay: Promise<void> = Promise.resolve();

  async function run(): Promise<number> {
    const ago = (ms: number) => new Date(now().getTime() - ms);
    const count =
      (await store.messages.eraseOlderThan(ago(retentionDays * DAY_MS), {
        platform: WITH_HISTORY,
        keepCorrections: true,
      })) +
      (await store.messages.eraseOlderThan(ago(correctableHours * HOUR_MS), {
        notPlatform: WITH_HISTORY,
        keepCorrections: true,
      }));
    if (count > 0) logger.info('old texts erased', { job: 'retention', count });
    await store.inbox.prune(ago(DELIVERIES_DAYS * DAY_MS));
    await store.outbox.prune(ago(DELIVERIES_DAYS * DAY_MS));
    await deletions?.check();
    return count;
  }

  /** A failed run must not end the bot; the next hour tries again. */
  function trigger(): Promise<void> {
    underWay = underWay.then(async () => {
      try {
        await run();
      } catch (error) {
        logger.error('old texts could not be erased', { job: 'retention', error });
      }
    });
    return underWay;
  }

  return {
    run,
    async start() {
      if (task !== null) return underWay;
      task = schedule(cron, trigger, { name: 'retention', noOverlap: true, unref: true });
      await trigger();
    },
    async stop() {
      const ending = task;
      task = null;
      await ending?.destroy();
      await underWay;
    },
  };
}
