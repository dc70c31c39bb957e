// Events of platforms, from before they are acknowledged until they are handled; their keys a while longer.
import type { InboxEvent as InboxRow } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { isPrismaError, type Repositories } from './repositories.js';
import type { InboxEvent, InboxStore } from './contracts/delivery.js';
import { decryptText, encryptText } from './text-cipher.js';

export function createInboxStore({ client, keys, now }: Repositories): InboxStore {
  function toEvent({ id, platform, key, content, createdAt }: InboxRow): InboxEvent[] {
    if (content === null) return [];
    return [{ id, platform, key, content: JSON.parse(decryptText(keys.texts, id, content)), createdAt }];
  }

  return {
    async add({ platform, key, content }) {
      const id = newId();
      const createdAt = now();
      try {
        await client.inboxEvent.create({
          data: {
            id,
            platform,
            key,
            content: encryptText(keys.texts, id, JSON.stringify(content)),
            createdAt,
          },
        });
      } catch (error) {
        if (isPrismaError(error, 'P2002')) return null;
        throw error;
      }
      return { id, platform, key, content, createdAt };
    },
    async pending(platform) {
      const rows = await client.inboxEvent.findMany({
        where: { platform, handledAt: null },
        orderBy: { id: 'asc' },
      });
      return rows.flatMap(toEvent);
    },
    async handled(id) {
      await client.inboxEvent.updateMany({ where: { id }, data: { content: null, handledAt: now() } });
    },
    async prune(date) {
      const { count } = await client.inboxEvent.deleteMany({ where: { handledAt: { lt: date } } });
      return count;
    },
  };
}
