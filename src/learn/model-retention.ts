// Which models' files are kept: the last ones and those that are needed. What is known of a removed one stays on record.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../log.js';
import type { ModelAlias, ModelRecord } from '../store/contracts/models.js';
import type { Store } from '../store/store.js';
import { modelDirectory } from './model-registry.js';

export interface ModelRetention {
  /**
   * Removes what is not to be kept: models that learned from something deleted, unless one of them still serves, and those
   * beyond the last ones. Notes deletions that are done with.
   * @returns versions whose files are gone now
   */
  run(): Promise<string[]>;
}

export interface ModelRetentionConfig {
  store: Pick<Store, 'models' | 'deletions'>;
  home: string;
  /** Absolute; nothing outside it is ever removed. */
  modelsDirectory: string;
  baseVersion: string;
  /** How many trained models are kept beside those in use. */
  keep: number;
  logger: Pick<Logger, 'info'>;
}

const NEEDED: readonly ModelAlias[] = ['champion', 'challenger', 'previous'];

export function createModelRetention(config: ModelRetentionConfig): ModelRetention {
  const { store, home, modelsDirectory, baseVersion, keep, logger } = config;
  let last: Promise<unknown> = Promise.resolve();

  async function purge(model: ModelRecord, reason: string): Promise<string> {
    // Written down first: after a crash in between, what is not on record as kept is removed at the next start.
    await store.models.purge(model.version, reason);
    await rm(modelDirectory(home, model), { recursive: true, force: true });
    logger.info('model removed', { version: model.version, reason });
    return model.version;
  }

  async function runNow(): Promise<string[]> {
    const needed = new Set([baseVersion]);
    for (const alias of NEEDED) {
      const model = await store.models.alias(alias);
      if (model !== null) needed.add(model.version);
    }
    const inside = (model: ModelRecord) =>
      modelDirectory(home, model).startsWith(`${modelsDirectory}${path.sep}`);
    const spare = (await store.models.list()).filter(
      (model) => model.purgedAt === null && inside(model) && !needed.has(model.version),
    );
    const purged: string[] = [];
    for (const model of spare.filter(({ taintedAt }) => taintedAt !== null)) {
      purged.push(await purge(model, 'a message that it was trained on was deleted'));
    }
    for (const model of spare.filter(({ taintedAt }) => taintedAt === null).slice(keep)) {
      purged.push(await purge(model, `${keep} newer ones are kept`));
    }
    const champion = await store.models.alias('champion');
    if (champion !== null) {
      const count = await store.deletions.settle(champion.version);
      if (count > 0) {
        logger.info('messages deleted before are in no model any more', { count, version: champion.version });
      }
    }
    return purged;
  }

  return {
    run() {
      const result = last.then(runNow);
      last = result.catch(() => undefined);
      return result;
    },
  };
}
