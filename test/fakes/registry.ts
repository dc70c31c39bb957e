// A model registry over the real store, without any process behind it.
import { NunchiError } from '../../src/errors.js';
import type { ListedModel, ModelRegistry } from '../../src/learn/model-registry.js';
import type { ModelAlias } from '../../src/store/contracts/models.js';
import type { Store } from '../../src/store/store.js';

const ALIASES: readonly ModelAlias[] = ['champion', 'challenger', 'previous'];

export function createFakeRegistry(store: Store): ModelRegistry {
  async function list(): Promise<ListedModel[]> {
    const named = await Promise.all(
      ALIASES.map(async (name) => ({ name, version: (await store.models.alias(name))?.version })),
    );
    return (await store.models.list()).map((model) => ({
      ...model,
      aliases: named.filter(({ version }) => version === model.version).map(({ name }) => name),
    }));
  }

  return {
    list,
    async show(version) {
      const found = (await list()).find((model) => model.version === version);
      if (!found) throw new NunchiError('not-found', `There is no model ${version}`);
      return found;
    },
    lineage: (version) => Promise.resolve([version]),
    promote: (version, reason, { kind = 'promotion' } = {}) => store.models.deploy(version, reason, { kind }),
    rollbackTarget: async () => (await store.models.alias('previous'))?.version ?? null,
    withdraw: () => Promise.resolve(null),
    onDeployed: () => () => {},
    async rollback(reason) {
      const previous = await store.models.alias('previous');
      if (!previous) throw new NunchiError('not-found', 'There is no model to roll back to');
      return store.models.deploy(previous.version, reason, { kind: 'rollback' });
    },
  };
}
