// Which models there are and which one serves: list, promote, roll back.
import path from 'node:path';
import { NunchiError } from '../errors.js';
import type { Logger } from '../log.js';
import type { PreparedModel } from '../serve/service.js';
import type { Deployment, ModelAlias, ModelRecord, Store } from '../store/store.js';

export interface ListedModel extends ModelRecord {
  aliases: ModelAlias[];
}

export interface ModelRegistry {
  list(): Promise<ListedModel[]>;
  /** @throws NunchiError `not-found` */
  show(version: string): Promise<ListedModel>;
  /**
   * Loads the model beside the one in use, then moves traffic.
   * @throws NunchiError `not-found`, `invalid-input` where it is in use already, or why it cannot be loaded.
   */
  promote(version: string, reason: string): Promise<Deployment>;
  /** Promotes `previous`. @throws NunchiError `not-found` where there is none. */
  rollback(reason: string): Promise<Deployment>;
  /** Called after traffic has moved; the function given back ends it. */
  onDeployed(listener: (deployment: Deployment) => void): () => void;
}

export interface ModelRegistryConfig {
  store: Pick<Store, 'models'>;
  /** The sentiment service; without a running bot, something that loads a model only to see that it works. */
  serving: { prepare(directory: string): Promise<PreparedModel> };
  /** Models inside it are recorded relative to it, so that the folder can be moved. */
  home: string;
  logger: Logger;
}

/** How a model directory is written down. */
export function recordedDirectory(home: string, directory: string): string {
  const relative = path.relative(home, directory);
  return relative.startsWith('..') || path.isAbsolute(relative) ? directory : relative;
}

/** The absolute path of a recorded model directory. */
export function modelDirectory(home: string, record: Pick<ModelRecord, 'directory'>): string {
  return path.resolve(home, record.directory);
}

const ALIASES: readonly ModelAlias[] = ['champion', 'challenger', 'previous'];

export function createModelRegistry({ store, serving, home, logger }: ModelRegistryConfig): ModelRegistry {
  const listeners = new Set<(deployment: Deployment) => void>();
  /** Promotions queue up: two at once would leave log and traffic in different orders. */
  let last: Promise<unknown> = Promise.resolve();

  async function aliases(): Promise<Map<string, ModelAlias[]>> {
    const named = new Map<string, ModelAlias[]>();
    for (const alias of ALIASES) {
      const model = await store.models.alias(alias);
      if (model !== null) named.set(model.version, [...(named.get(model.version) ?? []), alias]);
    }
    return named;
  }

  async function show(version: string): Promise<ListedModel> {
    const record = await store.models.get(version);
    if (record === null) {
      throw new NunchiError('not-found', `There is no model "${version}"`, {
        hint: '`nunchi model list` shows every version.',
      });
    }
    return { ...record, aliases: (await aliases()).get(version) ?? [] };
  }

  async function deploy(version: string, reason: string): Promise<Deployment> {
    const target = await show(version);
    if (target.aliases.includes('champion')) {
      throw new NunchiError('invalid-input', `Model "${version}" is already in use`);
    }
    const before = await store.models.alias('champion');
    const prepared = await serving.prepare(modelDirectory(home, target));
    if (prepared.model.version !== version) {
      await prepared.discard();
      throw new NunchiError(
        'model-hash-mismatch',
        `${prepared.model.directory} holds model "${prepared.model.version}", not "${version}"`,
        { hint: 'The directory was overwritten after this version was recorded; promote another version.' },
      );
    }
    let deployment: Deployment;
    try {
      deployment = await store.models.deploy(version, reason);
    } catch (error) {
      await prepared.discard();
      throw error;
    }
    try {
      await prepared.promote();
    } catch (error) {
      // What is written down must be what serves.
      if (before !== null) {
        await store.models.deploy(
          before.version,
          `traffic did not move to ${version}; still serving this one`,
        );
      }
      throw error;
    }
    logger.info('model promoted', { version, previousVersion: deployment.previousVersion });
    for (const listener of listeners) listener(deployment);
    return deployment;
  }

  function oneAtATime<T>(action: () => Promise<T>): Promise<T> {
    const result = last.then(action, action);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    async list() {
      const named = await aliases();
      return (await store.models.list()).map((model) => ({
        ...model,
        aliases: named.get(model.version) ?? [],
      }));
    },
    show,
    promote: (version, reason) => oneAtATime(() => deploy(version, reason)),
    rollback: (reason) =>
      oneAtATime(async () => {
        const previous = await store.models.alias('previous');
        if (previous === null) {
          throw new NunchiError('not-found', 'There is no model to roll back to', {
            hint: 'A rollback goes to the model that served before the last promotion; there was none yet.',
          });
        }
        return deploy(previous.version, reason);
      }),
    onDeployed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
