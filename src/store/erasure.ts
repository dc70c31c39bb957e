// What goes with a deleted message: texts, the answers that quote them, labels, receipts; and what that means for the models
// that were trained on it. Texts that only grow old are erased in `message-store.ts`: nobody asked for that.
import type { Prisma } from './generated/sqlite/client.js';
import { inChunks, transact, type Repositories } from './repositories.js';
import type { DeletionStore } from './contracts/models.js';

export interface Erasures extends DeletionStore {
  /**
   * Erases what the messages left behind, in one transaction with whatever `alongside` does.
   * @param choose ids of the messages
   * @returns the number of their texts erased
   */
  erase(
    choose: (transaction: Prisma.TransactionClient) => Promise<string[]>,
    alongside?: (transaction: Prisma.TransactionClient) => Promise<void>,
  ): Promise<number>;
}

export function createErasures({ client, now }: Repositories): Erasures {
  const onTainted = new Set<(tainted: string[]) => void>();
  const onErased = new Set<() => void>();

  /** Of those messages, each with the versions trained on it. */
  async function trainedOn(
    transaction: Prisma.TransactionClient,
    ids: readonly string[],
  ): Promise<Map<string, string[]>> {
    const rows = await inChunks(ids, (chunk) =>
      transaction.trainedRow.findMany({ where: { messageId: { in: chunk } } }),
    );
    const byMessage = new Map<string, string[]>();
    for (const { messageId, version } of rows) {
      byMessage.set(messageId, [...(byMessage.get(messageId) ?? []), version]);
    }
    return byMessage;
  }

  async function taint(
    transaction: Prisma.TransactionClient,
    trained: ReadonlyMap<string, string[]>,
  ): Promise<string[]> {
    const requestedAt = now();
    const kept = new Set(
      (await transaction.modelVersion.findMany({ where: { purgedAt: null }, select: { version: true } })).map(
        ({ version }) => version,
      ),
    );
    const tainted = new Set<string>();
    for (const [messageId, versions] of trained) {
      const concerned = versions.filter((version) => kept.has(version));
      if (concerned.length === 0) continue;
      for (const version of concerned) tainted.add(version);
      await transaction.deletion.upsert({
        where: { messageId },
        create: { messageId, requestedAt },
        // Deleted before, and only found in one more model now: its time runs from the first request.
        update: { doneAt: null, doneVersion: null },
      });
    }
    const versions = [...tainted];
    await transaction.modelVersion.updateMany({
      where: { version: { in: versions }, taintedAt: null },
      data: { taintedAt: requestedAt },
    });
    await transaction.modelAlias.deleteMany({
      where: { name: { in: ['previous', 'challenger'] }, version: { in: versions } },
    });
    return versions;
  }

  return {
    async erase(choose, alongside) {
      const { texts, erased, tainted } = await transact(client, async (transaction) => {
        const ids = await choose(transaction);
        const counts = await inChunks(ids, async (chunk) => {
          const those = { messageId: { in: chunk } };
          const { count } = await transaction.messageText.deleteMany({ where: those });
          // Answers may quote what they answer.
          await transaction.messageText.deleteMany({ where: { message: { inReplyToId: { in: chunk } } } });
          await transaction.derivedLabel.deleteMany({ where: those });
          await transaction.feedbackEvent.deleteMany({ where: those });
          await transaction.receipt.deleteMany({ where: those });
          return [count];
        });
        const trained = await trainedOn(transaction, ids);
        const versions = trained.size === 0 ? [] : await taint(transaction, trained);
        await alongside?.(transaction);
        return {
          texts: counts.reduce((sum, count) => sum + count, 0),
          erased: ids.length > 0,
          tainted: versions,
        };
      });
      if (erased) for (const listener of onErased) listener();
      if (tainted.length > 0) for (const listener of onTainted) listener(tainted);
      return texts;
    },
    onTainted(listener) {
      onTainted.add(listener);
      return () => onTainted.delete(listener);
    },
    onErased(listener) {
      onErased.add(listener);
      return () => onErased.delete(listener);
    },
    open: () => client.deletion.findMany({ where: { doneAt: null }, orderBy: { requestedAt: 'asc' } }),
    list: (limit) => client.deletion.findMany({ orderBy: { requestedAt: 'desc' }, take: limit }),
    settle: (version) =>
      transact(client, async (transaction) => {
        const open = await transaction.deletion.findMany({ where: { doneAt: null } });
        if (open.length === 0) return 0;
        const trained = await trainedOn(
          transaction,
          open.map(({ messageId }) => messageId),
        );
        const purged = await transaction.modelVersion.findMany({
          where: { purgedAt: { not: null } },
          select: { version: true },
        });
        const gone = new Set(purged.map((model) => model.version));
        const done = open.filter(({ messageId }) =>
          (trained.get(messageId) ?? []).every((model) => gone.has(model)),
        );
        await inChunks(
          done.map(({ messageId }) => messageId),
          async (chunk) => {
            const data = { doneAt: now(), doneVersion: version };
            await transaction.deletion.updateMany({ where: { messageId: { in: chunk } }, data });
            return [];
          },
        );
        return done.length;
      }),
  };
}
