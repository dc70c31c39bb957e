// After a crash: what the database says about runs is brought in line with what serves, and half-made models go.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../log.js';
import type { Store } from '../store/store.js';
import { alignLearned } from './learned.js';
import { modelDirectory } from './model-registry.js';
import { closeQuestions } from './open-questions.js';
import { WITHDRAWN } from './training-report.js';

/** Shown on the page as the reason of a run that a crash ended. */
export const INTERRUPTED = 'Nunchi ended while this run was under way; the model in use was not touched';

export interface RecoveryConfig {
  store: Pick<Store, 'models' | 'runs' | 'feedback'>;
  home: string;
  modelsDirectory: string;
  logger: Logger;
}

/** Call once at start, before anything can begin a run. */
export async function recoverRuns(config: RecoveryConfig): Promise<void> {
  const { store, logger } = config;
  const champion = await store.models.alias('champion');
  for (const run of await store.runs.list(20)) {
    const open = run.state === 'running' || run.state === 'awaiting-confirmation';
    if (!open || champion === null || run.candidateVersion !== champion.version) continue;
    // The crash came between the deployment and the run's own record.
    await store.runs.update(run.id, {
      state: 'promoted',
      reason: null,
      endedAt: run.endedAt ?? champion.createdAt,
    });
  }
  // Another model than last time may serve: one that could not be loaded has given way.
  if (champion !== null) await alignLearned(store, champion.version);
  const count = await store.runs.failInterrupted(INTERRUPTED);
  if (count > 0) logger.warn('training runs were interrupted', { count });
  await closeQuestions(store, WITHDRAWN, async (version) => {
    const model = await store.models.get(version);
    return model !== null && (model.taintedAt !== null || model.purgedAt !== null);
  });
  await nameNoChallenger(store);
  await removeUnrecorded(config);
}

/** The crash came between the naming of a challenger and the record of the run that asks about it. */
async function nameNoChallenger({ models, runs }: RecoveryConfig['store']): Promise<void> {
  const challenger = await models.alias('challenger');
  const asks = (await runs.list(20)).some(
    ({ state, candidateVersion }) =>
      state === 'awaiting-confirmation' && candidateVersion === challenger?.version,
  );
  if (challenger !== null && !asks) await models.setChallenger(null);
}

/** Only directories named by runs: an operator may keep own models beside them. */
async function removeUnrecorded({ store, home, modelsDirectory, logger }: RecoveryConfig): Promise<void> {
  const kept = (await store.models.list()).filter(({ purgedAt }) => purgedAt === null);
  const recorded = new Set(kept.map((model) => modelDirectory(home, model)));
  const names = await readdir(modelsDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const directory = path.join(modelsDirectory, name);
    if (!/^\.?run-/.test(name) || recorded.has(directory)) continue;
    await rm(directory, { recursive: true, force: true });
    logger.info('unfinished model removed', { directory: name });
  }
}
