// The side panel's news: the model in use, the training run with its loss curve, and the runs before.
import type { Logger } from '../../src/log.js';
import { dueRebuild } from '../../src/learn/deletion.js';
import type { ModelRegistry } from '../../src/learn/model-registry.js';
import type { Night } from '../../src/learn/night.js';
import type { TrainingService } from '../../src/learn/training-service.js';
import type { SentimentService } from '../../src/serve/service.js';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import type { Store } from '../../src/store/store.js';
import type { EventHub } from './event-hub.js';
import type { WireModel, WireState } from './page/wire.js';
import { wireRun, wireTraining } from './wire-format.js';

export interface TrainingFeedConfig {
  store: Store;
  sentiment: Pick<SentimentService, 'model'>;
  training: TrainingService;
  night: Pick<Night, 'schedule' | 'status'>;
  registry: Pick<ModelRegistry, 'rollbackTarget'>;
  hub: EventHub;
  logger: Logger;
  now?: () => Date;
}

export interface TrainingFeed {
  state(): Promise<WireState>;
  /** Sends the whole state to every page, as after a correction. */
  announce(): Promise<void>;
  stop(): void;
}

const RUNS_SHOWN = 10;
/** Points of the loss curve; beyond, every other one is dropped. */
const MOST_POINTS = 240;

export function createTrainingFeed(config: TrainingFeedConfig): TrainingFeed {
  const { store, sentiment, training, night, registry, hub, logger, now = () => new Date() } = config;
  const startedAt = now();
  let losses: number[] = [];
  let curveOf = '';
  let lastStep = 0;
  let lastRunState = '';

  async function model(): Promise<WireModel> {
    const [latest] = await store.models.deployments(1);
    const { version, engine } = sentiment.model;
    const since = latest?.version === version ? latest.createdAt : startedAt;
    return {
      version,
      engine,
      since: since.toISOString(),
      previous: await registry.rollbackTarget(),
      receipts: await store.receipts.count(version),
    };
  }

  /** Said on the page as well where it was to train and did not. */
  async function quietNight(lastRun: TrainingRun | undefined): Promise<WireState['quietNight']> {
    const { nights, needed } = await night.status(1);
    const [last] = nights;
    if (last?.state !== 'not-enough-data' || last.endedAt === null) return null;
    if (lastRun !== undefined && lastRun.startedAt > last.startedAt) return null;
    return { endedAt: last.endedAt.toISOString(), corrections: last.corrections ?? 0, needed };
  }

  async function state(): Promise<WireState> {
    const [status, runs, due] = await Promise.all([
      training.status(),
      store.runs.list(RUNS_SHOWN),
      dueRebuild(store),
    ]);
    return {
      model: await model(),
      training: wireTraining(status),
      nextNight: night.schedule?.next(now())?.at.toISOString() ?? null,
      quietNight: await quietNight(runs[0]),
      forgets: due !== null,
      losses: status.phase === 'idle' ? [] : losses,
      runs: runs.map(wireRun),
    };
  }

  const announce = async () => hub.send('state', await state());

  function report(work: Promise<void>): void {
    work.catch((error: unknown) => logger.error('page update failed', { error }));
  }

  const stop = training.onEvent((event) => {
    if (event.type === 'promoted') return report(announce());
    const { run, progress, phase } = event.status;
    if (progress) {
      // A run may train more than once; each training draws its own curve.
      if (run?.id !== curveOf || progress.step < lastStep) losses = [];
      curveOf = run?.id ?? '';
      if (progress.step !== lastStep) losses.push(progress.loss);
      if (losses.length > MOST_POINTS) losses = losses.filter((_, index) => index % 2 === 1);
      lastStep = progress.step;
    }
    hub.send('training', wireTraining(event.status));
    const runState = `${run?.id} ${run?.state} ${phase === 'idle'}`;
    if (runState !== lastRunState) report(announce());
    lastRunState = runState;
  });

  return { state, announce, stop };
}
