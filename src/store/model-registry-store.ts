// Model versions, what they were trained on, their aliases and the log of deployments. The log is only ever added to.
import { NunchiError } from '../errors.js';
import type { Deployment as DeploymentRow, ModelVersion, Prisma } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { hashRow } from './keys.js';
import { inChunks, transact, type Repositories } from './repositories.js';
import type {
  Deployment,
  DeploymentKind,
  ModelAlias,
  ModelRecord,
  ModelRegistryStore,
} from './contracts/models.js';

const alias = (name: ModelAlias, version: string) => ({
  where: { name },
  create: { name, version },
  update: { version },
});

export function createModelRegistryStore({ client, keys, now }: Repositories): ModelRegistryStore {
  /** Whether all their texts are still there to be learned from. */
  async function allThere(transaction: Prisma.TransactionClient, ids: readonly string[]): Promise<boolean> {
    const texts = await inChunks(ids, (chunk) =>
      transaction.messageText.findMany({
        where: { messageId: { in: chunk } },
        select: { messageId: true },
      }),
    );
    return texts.length === new Set(ids).size;
  }

  return {
    register: ({ version, directory, parent, metrics, rows, createdAt = now() }) =>
      transact(client, async (transaction) => {
        const content = { directory, parent, metrics: JSON.stringify(metrics ?? null) };
        const back = { purgedAt: null, purgeReason: null };
        const row = await transaction.modelVersion.upsert({
          where: { version },
          create: { version, ...content, createdAt },
          update: { ...content, ...back },
        });
        if (rows === undefined || rows.length === 0) return toRecord(row);
        await transaction.trainedRow.deleteMany({ where: { version } });
        await transaction.trainedRow.createMany({
          data: [...new Set(rows)].map((messageId) => ({ id: newId(), version, messageId })),
        });
        // The very same weights made without what was deleted: it does not matter what they were made from before.
        const taintedAt = (await allThere(transaction, rows)) ? null : (row.taintedAt ?? now());
        return toRecord(await transaction.modelVersion.update({ where: { version }, data: { taintedAt } }));
      }),
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
    deploy: (version, reason, { kind = 'promotion', stays = false } = {}) =>
      transact(client, async (transaction) => {
        // First, because it locks: the champion read below is then still the champion when it is replaced.
        const { deploymentCount: sequence } = await transaction.installation.update({
          where: { id: 1 },
          data: { deploymentCount: { increment: 1 } },
        });
        const target = await transaction.modelVersion.findUnique({ where: { version } });
        if (target === null) throw noSuchModel(version);
        if (!stays) refuseWithdrawn(target);
        const champion = await transaction.modelAlias.findUnique({
          where: { name: 'champion' },
          include: { model: true },
        });
        await transaction.modelAlias.upsert(alias('champion', version));
        // Deploying the champion once more must not make it its own predecessor.
        if (champion !== null && champion.version !== version) {
          // Nobody goes back to what learned from something deleted, or to what did badly.
          if (champion.model.taintedAt === null && kind !== 'automatic-rollback') {
            await transaction.modelAlias.upsert(alias('previous', champion.version));
          } else {
            const gone = kind === 'automatic-rollback' ? { version } : {};
            await transaction.modelAlias.deleteMany({ where: { name: 'previous', ...gone } });
          }
        }
        await transaction.modelAlias.deleteMany({ where: { name: 'challenger', version } });
        const row = await transaction.deployment.create({
          data: {
            id: newId(),
            sequence,
            kind,
            version,
            previousVersion: champion?.version ?? null,
            reason,
            createdAt: now(),
          },
        });
        return toDeployment(row);
      }),
    setChallenger: (version) =>
      transact(client, async (transaction) => {
        if (version === null) {
          await transaction.modelAlias.deleteMany({ where: { name: 'challenger' } });
          return;
        }
        const target = await transaction.modelVersion.findUnique({ where: { version } });
        if (target === null) throw noSuchModel(version);
        refuseWithdrawn(target);
        await transaction.modelAlias.upsert(alias('challenger', version));
      }),
    async deployments(limit) {
      const rows = await client.deployment.findMany({ orderBy: { sequence: 'desc' }, take: limit });
      return rows.map(toDeployment);
    },
    async deployedAt(date) {
      const row = await client.deployment.findFirst({
        where: { createdAt: { lte: date } },
        orderBy: { sequence: 'desc' },
      });
      return row === null ? null : toDeployment(row);
    },
    async purge(version, reason) {
      await client.modelVersion.updateMany({
        where: { version, purgedAt: null },
        data: { purgedAt: now(), purgeReason: reason },
      });
    },
    async rows(version) {
      const rows = await client.trainedRow.findMany({ where: { version }, orderBy: { messageId: 'asc' } });
      return rows.map(({ messageId }) => messageId);
    },
    rowKeys: (messageIds) => messageIds.map((id) => hashRow(keys, id)),
  };
}

function noSuchModel(version: string): NunchiError {
  return new NunchiError('not-found', `there is no model ${version}`, {
    hint: 'List the models that there are with: nunchi model list',
  });
}

function refuseWithdrawn({ version, taintedAt, purgedAt }: ModelVersion): void {
  if (taintedAt !== null) {
    throw new NunchiError(
      'model-withdrawn',
      `Model ${version} learned from a message that was deleted since`,
      {
        hint: 'It does not come into use again; the next training is made without that message.',
      },
    );
  }
  if (purgedAt !== null) {
    throw new NunchiError('model-withdrawn', `The files of model ${version} were removed`, {
      hint: '"model show" says when and why; promote another model.',
    });
  }
}

function toRecord(row: ModelVersion): ModelRecord {
  return { ...row, metrics: JSON.parse(row.metrics) as unknown };
}

function toDeployment({ version, previousVersion, kind, reason, createdAt }: DeploymentRow): Deployment {
  return { version, previousVersion, kind: kind as DeploymentKind, reason, createdAt };
}
