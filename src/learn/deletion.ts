// Deleted messages and the models that learned from them: what goes at once, when a model without them is due, and the alarm
// where it is late. The training itself is a run like any other, under the trigger `deletion`.
import type { Logger } from '../log.js';
import type { SentimentService } from '../serve/service.js';
import type { Store } from '../store/store.js';
import { NunchiError } from '../errors.js';
import type { ModelRetention } from './model-retention.js';
import type { ModelRegistry } from './model-registry.js';
import type { TrainingService } from './training-service.js';

/** Runs of this trigger are made because something was deleted. */
export const DELETION = 'deletion';

/** How long a model that learned from something deleted may serve at most. */
export const REBUILD_WITHIN_MS = 48 * 60 * 60 * 1000;
/** A rebuild is begun so long before that, where no night comes before. */
const MARGIN_MS = 12 * 60 * 60 * 1000;

/** A model without what was deleted is due. */
export interface DueRebuild {
  /** The model in use that learned from it. */
  version: string;
  /** When the first of its rows was deleted. */
  since: Date;
  dueAt: Date;
}

/** @returns null where the model in use learned from nothing that was deleted */
export async function dueRebuild(store: {
  models: Pick<Store['models'], 'alias'>;
}): Promise<DueRebuild | null> {
  const champion = await store.models.alias('champion');
  if (champion === null || champion.taintedAt === null) return null;
  const { version, taintedAt } = champion;
  return { version, since: taintedAt, dueAt: new Date(taintedAt.getTime() + REBUILD_WITHIN_MS) };
}

export interface DeletionConfig {
  store: Pick<Store, 'models' | 'deletions'>;
  sentiment: Pick<SentimentService, 'forget'>;
  retention: ModelRetention;
  training: Pick<TrainingService, 'start'>;
  registry: Pick<ModelRegistry, 'onDeployed'>;
  /** null where no night comes by itself. */
  nextNight: (now: Date) => Date | null;
  /** Told each time that the rebuild is found to be late; the same `since` is the same news. */
  tellOverdue: (due: DueRebuild) => Promise<void>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now?: () => Date;
}

export interface Deletions {
  /** Call it every hour or so: removes what may go, begins a rebuild where no night would come in time, raises the alarm. */
  check(): Promise<void>;
  /** Lets what is under way end. Idempotent. */
  stop(): Promise<void>;
}

export function createDeletions(config: DeletionConfig): Deletions {
  const {
    store,
    sentiment,
    retention,
    training,
    registry,
    nextNight,
    logger,
    now = () => new Date(),
  } = config;
  let working: Promise<unknown> = Promise.resolve();

  /** Never rejects: the next check tries again. */
  function work(action: () => Promise<unknown>): Promise<void> {
    const result = working.then(action).then(
      () => undefined,
      (error: unknown) => logger.error('what was deleted could not be followed up', { error }),
    );
    working = result;
    return result;
  }

  const stopErased = store.deletions.onErased(() => {
    // Readings of the text may still be kept in memory.
    void work(() => sentiment.forget());
  });
  const stopDeployed = registry.onDeployed(() => void work(() => retention.run()));
  const stopTainted = store.deletions.onTainted((tainted) => {
    for (const version of tainted)
      logger.info('a model learned from a message that was deleted', { version });
    void work(() => retention.run());
  });

  let begunAt = -Infinity;

  async function begin(due: DueRebuild): Promise<void> {
    // One that fails is not begun again every hour.
    if (now().getTime() - begunAt < MARGIN_MS) return;
    try {
      await training.start(DELETION);
      begunAt = now().getTime();
    } catch (error) {
      if (!(error instanceof NunchiError) || error.code !== 'training-running') throw error;
      // What is under way may leave it out already; else the next check begins it.
      logger.info('the rebuild waits for a training under way', { version: due.version });
    }
  }

  async function checkNow(): Promise<void> {
    await retention.run();
    const due = await dueRebuild(store);
    if (due === null) return;
    const overdue = now() > due.dueAt;
    if (overdue) {
      logger.error('the model in use still holds what was deleted more than 48 hours ago', {
        version: due.version,
        code: 'rebuild-overdue',
      });
      await config.tellOverdue(due);
    }
    const night = nextNight(now());
    const latest = new Date(due.dueAt.getTime() - MARGIN_MS);
    // A night under way or to come does it; a late one has failed at least once, so that the next is waited for.
    if (overdue ? night === null : night === null || (night > latest && now() >= latest)) await begin(due);
  }

  return {
    check: () => work(checkNow),
    async stop() {
      stopErased();
      stopDeployed();
      stopTainted();
      await working;
    },
  };
}
