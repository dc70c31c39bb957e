// Model versions, their aliases and the log of deployments.
import { NunchiError } from '../errors.js';
import type { Deployment as DeploymentRow, ModelVersion } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { isPrismaError, transact, type Repositories } from './repositories.js';
import type { Deployment, ModelAlias, ModelRecord, ModelRegistryStore } from './store.js';

const alias = (name: ModelAlias, version: string) => ({
  where: { name },
  create: { name, version },
  update: { version },
});

export function createModelRegistryStore({ client, now }: Repositories): ModelRegistryStore {
  return {
    async register({ version, directory, parent, metrics }) {
      const content = { directory, parent, metrics: JSON.stringify(metrics ?? null) };
      const row = await client.modelVersion.upsert({
        where: { version },
        create: { version, ...content, createdAt: now() },
        update: content,
      });
      return toRecord(row);
    },
    async list() {
      const rows = await client.modelVersion.findMany({
        orderBy: [{ createdAt: 'desc' }, { version: 'desc' }],
      });
      return rows.map(toRecord);
    },
    async get(version) {
      const row = await client.modelVersion.findUnique({ where: { version } });
      return row === null ? null : toRecord(row);
    },
    async alias(name) {
      const row = await client.modelAlias.findUnique({ where: { name }, include: { model: true } });
      return row === null ? null : toRecord(row.model);
    },
    deploy: (version, reason) =>
      transact(client, async (transaction) => {
        // First, because it locks: the champion read below is then still the champion when it is replaced.
        const { deploymentCount: sequence } = await transaction.installation.update({
          where: { id: 1 },
          data: { deploymentCount: { increment: 1 } },
        });
        if ((await transaction.modelVersion.findUnique({ where: { version } })) === null) {
          throw noSuchModel(version);
        }
        const champion = await transaction.modelAlias.findUnique({ where: { name: 'champion' } });
        await transaction.modelAlias.upsert(alias('champion', version));
        // Deploying the champion once more must not make it its own predecessor.
        if (champion !== null && champion.version !== version) {
          await transaction.modelAlias.upsert(alias('previous', champion.version));
        }
        await transaction.modelAlias.deleteMany({ where: { name: 'challenger', version } });
        const row = await transaction.deployment.create({
          data: {
            id: newId(),
            sequence,
            version,
            previousVersion: champion?.version ?? null,
            reason,
            createdAt: now(),
          },
        });
        return toDeployment(row);
      }),
    async setChallenger(version) {
      try {
        if (version === null) await client.modelAlias.deleteMany({ where: { name: 'challenger' } });
        else await client.modelAlias.upsert(alias('challenger', version));
      } catch (error) {
        if (!isPrismaError(error, 'P2003')) throw error;
        throw noSuchModel(String(version), error);
      }
    },
    async deployments(limit) {
      const rows = await client.deployment.findMany({ orderBy: { sequence: 'desc' }, take: limit });
      return rows.map(toDeployment);
    },
  };
}

function noSuchModel(version: string, cause?: unknown): NunchiError {
  return new NunchiError('not-found', `there is no model ${version}`, {
    hint: 'List the models that there are with: nunchi model list',
    cause,
  });
}

function toRecord({ version, directory, parent, metrics, createdAt }: ModelVersion): ModelRecord {
  return { version, directory, parent, metrics: JSON.parse(metrics) as unknown, createdAt };
}

function toDeployment({ version, previousVersion, reason, createdAt }: DeploymentRow): Deployment {
  return { version, previousVersion, reason, createdAt };
}
