// Erases the web chat's old texts, and forgets what came in and went out long ago, at start and once a day. Texts that corrections are learned from stay until they
// are cleared by hand: every training run begins from the base model and needs them again.
import { schedule } from 'node-cron';
import type { Logger } from '../src/log.js';
import type { Store } from '../src/store/store.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** In the small hours, off the full hour. */
const DAILY = '17 4 * * *';

/** Far longer than any platform delivers an event again. */
const DELIVERIES_DAYS = 7;

export interface RetentionJobConfig {
  store: Pick<Store, 'messages' | 'inbox' | 'outbox'>;
  /** Texts older than this are erased. */
  retentionDays: number;
  logger: Logger;
  now?: () => Date;
  /** When to run, as a cron expression in local time. */
  cron?: string;
}

export interface RetentionJob {
  /** Runs once, then daily; resolves after that first run. Idempotent. */
  start(): Promise<void>;
  /** Lets a run under way end. Idempotent. */
  stop(): Promise<void>;
  /** Erases now; gives the number of texts erased. */
  run(): Promise<number>;
}

export function createRetentionJob(config: RetentionJobConfig): RetentionJob {
  const { store, retentionDays, logger, now = () => new Date(), cron = DAILY } = config;
  let task: ReturnType<typeof schedule> | null = null;
  let underWay: Promise<void> = Promise.resolve();

  async function run(): Promise<number> {
    const before = new Date(now().getTime() - retentionDays * DAY_MS);
    const count = await store.messages.eraseOlderThan(before, { platform: 'web', keepCorrections: true });
    if (count > 0) logger.info('old texts erased', { job: 'retention', count });
    const delivered = new Date(now().getTime() - DELIVERIES_DAYS * DAY_MS);
    await store.inbox.prune(delivered);
    await store.outbox.prune(delivered);
    return count;
  }

  /** A failed run must not end the bot; the next day tries again. */
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
