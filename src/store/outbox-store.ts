// What is to be sent to platforms, from before it is sent until the platform has it; the keys a while longer.
import type { OutboxItem as OutboxRow } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { isPrismaError, type Repositories } from './repositories.js';
import type { OutboxItem, OutboxState, OutboxStore } from './contracts/delivery.js';
import { decryptText, encryptText } from './text-cipher.js';

export function createOutboxStore({ client, keys, now }: Repositories): OutboxStore {
  function toItem({ content, ...row }: OutboxRow): OutboxItem {
    const { id, platform, key, channelId, priority, attempts, dueAt, deliveredId } = row;
    return {
      id,
      platform,
      key,
      channelId,
      priority,
      content: content === null ? null : JSON.parse(decryptText(keys.texts, id, content)),
      state: row.state as OutboxState,
      attempts,
      dueAt,
      deliveredId,
    };
  }

  const end = async (id: string, state: OutboxState, deliveredId: string | null) => {
    await client.outboxItem.updateMany({
      where: { id },
      data: { state, content: null, deliveredId, attempts: { increment: 1 } },
    });
  };

  return {
    async add({ platform, key, channelId, priority, content }) {
      const id = newId();
      const createdAt = now();
      const encrypted = encryptText(keys.texts, id, JSON.stringify(content));
      const data = { id, platform, key, channelId, priority, content: encrypted, createdAt };
      try {
        return toItem(
          await client.outboxItem.create({ data: { ...data, state: 'waiting', dueAt: createdAt } }),
        );
      } catch (error) {
        if (!isPrismaError(error, 'P2002')) throw error;
        const where = { platform_key: { platform, key } };
        return toItem(await client.outboxItem.findUniqueOrThrow({ where }));
      }
    },
    async find(platform, key) {
      const row = await client.outboxItem.findUnique({ where: { platform_key: { platform, key } } });
      return row === null ? null : toItem(row);
    },
    async due(platform, limit, except = []) {
      const rows = await client.outboxItem.findMany({
        where: {
          platform,
          state: 'waiting',
          dueAt: { lte: now() },
          ...(except.length === 0 ? {} : { channelId: { notIn: [...except] } }),
        },
        orderBy: [{ priority: 'asc' }, { id: 'asc' }],
        take: limit,
      });
      return rows.map(toItem);
    },
    async nextDue(platform) {
      const next = await client.outboxItem.findFirst({
        where: { platform, state: 'waiting' },
        orderBy: { dueAt: 'asc' },
      });
      return next?.dueAt ?? null;
    },
    sent: (id, deliveredId) => end(id, 'sent', deliveredId),
    async retry(id, dueAt) {
      await client.outboxItem.updateMany({ where: { id }, data: { dueAt, attempts: { increment: 1 } } });
    },
    fail: (id) => end(id, 'failed', null),
    async prune(date) {
      const { count } = await client.outboxItem.deleteMany({
        where: { state: { not: 'waiting' }, createdAt: { lt: date } },
      });
      return count;
    },
  };
}
