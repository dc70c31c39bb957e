// How each model read the corrections when it came into use: ids and labels, no texts.
import type { Label } from '../labels.js';
import { newId } from './ids.js';
import { inChunks, transact, type Repositories } from './repositories.js';
import type { ReceiptState, ReceiptStore } from './contracts/models.js';

export function createReceiptStore({ client }: Repositories): ReceiptStore {
  const of = async (version: string) =>
    (await client.receipt.findMany({ where: { version }, orderBy: { id: 'asc' } })).map(
      ({ messageId, label, state }) => ({
        messageId,
        label: label as Label,
        state: state as ReceiptState,
      }),
    );

  return {
    save: (version, receipts) =>
      transact(client, async (transaction) => {
        await transaction.receipt.deleteMany({ where: { version } });
        // Whatever was deleted while they were read leaves no receipt.
        const standing = new Set(
          (
            await inChunks(
              receipts.map(({ messageId }) => messageId),
              (chunk) =>
                transaction.derivedLabel.findMany({
                  where: { messageId: { in: chunk } },
                  select: { messageId: true },
                }),
            )
          ).map(({ messageId }) => messageId),
        );
        const rows = receipts.filter(({ messageId }) => standing.has(messageId));
        if (rows.length > 0) {
          await transaction.receipt.createMany({
            data: rows.map(({ messageId, label, state }) => ({
              id: newId(),
              version,
              messageId,
              label,
              state,
            })),
          });
        }
      }),
    of,
    async count(version) {
      const receipts = await of(version);
      const labels = await inChunks(
        receipts.map(({ messageId }) => messageId),
        (chunk) => client.derivedLabel.findMany({ where: { messageId: { in: chunk } } }),
      );
      const labelOf = new Map(labels.map(({ messageId, label }) => [messageId, label]));
      const counts: Record<ReceiptState, number> = { kept: 0, gained: 0, unsure: 0, lost: 0 };
      for (const { messageId, label, state } of receipts) {
        if (labelOf.get(messageId) === label) counts[state] += 1;
      }
      return counts;
    },
  };
}
