// Which models there are and which one serves: list, lineage, promote, roll back, by hand and by itself.
import path from 'node:path';
import { NunchiError } from '../errors.js';
import type { Logger } from '../log.js';
import type { PreparedModel, SentimentService } from '../serve/service.js';
import type {
  Deployment,
  DeploymentKind,
  ModelAlias,
  ModelRecord,
  Receipt,
} from '../store/contracts/models.js';
import type { Store } from '../store/store.js';
import { createReceipts } from './receipts.js';

export interface ListedModel extends ModelRecord {
  aliases: ModelAlias[];
}

export interface PromoteOptions {
  /** @default 'promotion' */
  kind?: DeploymentKind;
  /** No person asks for it: a model that was rolled back automatically stays out of use then. */
  unattended?: boolean;
}

export interface ModelRegistry {
  /** Newest first, those whose files were removed too. */
  list(): Promise<ListedModel[]>;
  /** @throws NunchiError `not-found` */
  show(version: string): Promise<ListedModel>;
  /** The model, the one that it was trained from, and so on; the last ones may be on no record here. @throws NunchiError `not-found` */
  lineage(version: string): Promise<string[]>;
  /**
   * Loads the model beside the one in use, then moves traffic.
   * @throws NunchiError `not-found`, `invalid-input` where it is in use already, `model-withdrawn`, or why it cannot be
   * loaded.
   */
  promote(version: string, reason: string, options?: PromoteOptions): Promise<Deployment>;
  /** What a rollback would put in use; null where there is nothing to go back to. */
  rollbackTarget(): Promise<string | null>;
  /** Promotes `previous`; where there is none, the base model. @throws NunchiError `not-found` where that is in use. */
  rollback(reason: string): Promise<Deployment>;
  /**
   * Rolls back from `version` because it does badly.
   * @returns null where it is not in use any more, or nothing is there to roll back to
   */
  withdraw(version: string, reason: string): Promise<Deployment | null>;
  /** Called after traffic has moved; the function given back ends it. */
  onDeployed(listener: (deployment: Deployment) => void): () => void;
}

export interface ModelRegistryConfig {
  store: Pick<Store, 'models' | 'receipts' | 'feedback'>;
  /** The sentiment service. */
  serving: Pick<SentimentService, 'prepare' | 'classify' | 'model'>;
  /** Models inside it are recorded relative to it, so that the folder can be moved. */
  home: string;
  /** The model to roll back to where there is no other. */
  baseVersion: string;
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
/** An automatic rollback further back than this is forgiven. */
const DEPLOYMENTS_LOOKED_AT = 200;

export function createModelRegistry(config: ModelRegistryConfig): ModelRegistry {
  const { store, serving, home, baseVersion, logger } = config;
  const receipts = createReceipts({ store, logger });
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

  async function lineage(version: string): Promise<string[]> {
    const chain = [(await show(version)).version];
    for (;;) {
      const parent = (await store.models.get(chain.at(-1) ?? ''))?.parent ?? null;
      if (parent === null || chain.includes(parent)) return chain;
      chain.push(parent);
    }
  }

  async function refuseWithdrawn(target: ListedModel, unattended: boolean): Promise<void> {
    const { version, taintedAt, purgedAt, purgeReason } = target;
    if (taintedAt !== null) {
      throw new NunchiError(
        'model-withdrawn',
        `Model "${version}" learned from a message that was deleted since`,
        { hint: 'It does not come into use again; the next training is made without that message.' },
      );
    }
    if (purgedAt !== null) {
      throw new NunchiError(
        'model-withdrawn',
        `The files of model "${version}" were removed (${purgeReason ?? 'no reason known'})`,
        { hint: 'Promote another version; `nunchi model list` shows them.' },
      );
    }
    if (!unattended) {
      await refuseTakenBack(version);
      return;
    }
    const rolledBack = (await store.models.deployments(DEPLOYMENTS_LOOKED_AT)).some(
      ({ kind, previousVersion }) => kind === 'automatic-rollback' && previousVersion === version,
    );
    if (rolledBack) {
      throw new NunchiError('model-withdrawn', `Model "${version}" was rolled back automatically before`, {
        hint: `\`nunchi model promote ${version}\` puts it in use all the same.`,
      });
    }
  }

  /** Of a model that was never in use: what it learned must stand. One that was is gone back to where a newer one is bad. */
  async function refuseTakenBack(version: string): Promise<void> {
    const deployments = await store.models.deployments(DEPLOYMENTS_LOOKED_AT);
    if (deployments.some((deployment) => deployment.version === version)) return;
    const rows = await store.models.rows(version);
    if (rows.length === 0) return;
    const standing = new Set((await store.feedback.corrections()).map(({ messageId }) => messageId));
    if (rows.every((id) => standing.has(id))) return;
    throw new NunchiError(
      'model-withdrawn',
      `A correction that model "${version}" learned was taken back since, or may not be trained on any more`,
      { hint: 'Train again: the next model is made without it.' },
    );
  }

  async function deploy(version: string, reason: string, options: PromoteOptions = {}): Promise<Deployment> {
    const { kind = 'promotion', unattended = false } = options;
    const target = await show(version);
    if (target.aliases.includes('champion')) {
      throw new NunchiError('invalid-input', `Model "${version}" is already in use`);
    }
    await refuseWithdrawn(target, unattended);
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
    let read: Receipt[] | null;
    try {
      read = await readCorrections(prepared, before, kind);
      deployment = await store.models.deploy(version, reason, { kind });
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
          { stays: true },
        );
      }
      throw error;
    }
    logger.info('model promoted', { version, previousVersion: deployment.previousVersion });
    if (read !== null) await saveReceipts(version, read);
    for (const listener of listeners) listener(deployment);
    return deployment;
  }

  /** null where a bad model has to go at once; the one that takes its place has its own from before. */
  async function readCorrections(
    prepared: PreparedModel,
    before: ModelRecord | null,
    kind: DeploymentKind,
  ): Promise<Receipt[] | null> {
    if (kind === 'automatic-rollback') return null;
    return receipts.compare(serving, prepared, before?.version ?? null);
  }

  /** Traffic has moved: that they cannot be written down does not undo it. */
  async function saveReceipts(version: string, read: readonly Receipt[]): Promise<void> {
    try {
      await receipts.save(version, read);
    } catch (error) {
      logger.error('correction receipts could not be written down', { version, error });
    }
  }

  function oneAtATime<T>(action: () => Promise<T>): Promise<T> {
    const result = last.then(action, action);
    last = result.catch(() => undefined);
    return result;
  }

  /** The model before, then the base model, as far as they may come into use and do not serve. */
  async function rollbackTargets(): Promise<string[]> {
    const [champion, previous] = [await store.models.alias('champion'), await store.models.alias('previous')];
    const base = await store.models.get(baseVersion);
    const versions = [previous, base]
      .filter((model) => model !== null && model.taintedAt === null && model.purgedAt === null)
      .map((model) => model?.version ?? '');
    return [...new Set(versions)].filter((version) => version !== champion?.version);
  }

  /** A model that cannot be loaded must not keep a bad one in use: the next one is tried. */
  async function rollBackAutomatically(version: string, reason: string): Promise<Deployment | null> {
    if ((await store.models.alias('champion'))?.version !== version) return null;
    for (const target of await rollbackTargets()) {
      try {
        return await deploy(target, reason, { kind: 'automatic-rollback' });
      } catch (error) {
        logger.error('model cannot be rolled back to', { version: target, error });
      }
    }
    return null;
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
    lineage,
    promote: (version, reason, options) => oneAtATime(() => deploy(version, reason, options)),
    rollbackTarget: async () => (await rollbackTargets())[0] ?? null,
    rollback: (reason) =>
      oneAtATime(async () => {
        const [target] = await rollbackTargets();
        if (target === undefined) {
          throw new NunchiError('not-found', 'There is no model to roll back to', {
            hint: 'A rollback goes to the model that served before the last promotion; there was none yet.',
          });
        }
        return deploy(target, reason, { kind: 'rollback' });
      }),
    withdraw: (version, reason) => oneAtATime(() => rollBackAutomatically(version, reason)),
    onDeployed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
