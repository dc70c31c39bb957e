// Messages and their erasable, encrypted texts.
import type { Erasures } from './erasure.js';
import type { Prisma } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { hashPerson } from './keys.js';
import { isPrismaError, transact, type Repositories } from './repositories.js';
import {
  AUTHORED,
  type EraseOptions,
  type MessageStore,
  type NewMessage,
  type StoredMessage,
} from './contracts/messages.js';
import { decryptText, encryptText } from './text-cipher.js';

const WITH_PARTS = {
  text: true,
  channel: { include: { community: true } },
} as const satisfies Prisma.MessageInclude;
type MessageRow = Prisma.MessageGetPayload<{ include: typeof WITH_PARTS }>;

interface KnownChannel {
  id: string;
  /** The platform's own id. */
  communityId: string;
}

export function createMessageStore(
  { client, keys, now }: Repositories,
  erasures: Pick<Erasures, 'erase'>,
): MessageStore {
  /** Channels never go away, nor do they move, so that what is known once stays right. */
  const channels = new Map<string, KnownChannel>();

  async function channelOf(message: NewMessage): Promise<KnownChannel> {
    const { platform } = message;
    const cacheKey = JSON.stringify([platform, message.channelId]);
    const known = channels.get(cacheKey);
    if (known !== undefined) return known;
    const createdAt = now();
    const community = await client.community.upsert({
      where: { platform_externalId: { platform, externalId: message.communityId } },
      create: { id: newId(), platform, externalId: message.communityId, createdAt },
      update: { platform },
    });
    const channel = await client.channel.upsert({
      where: { platform_externalId: { platform, externalId: message.channelId } },
      create: {
        id: newId(),
        platform,
        externalId: message.channelId,
        communityId: community.id,
        createdAt,
      },
      update: { platform },
      include: { community: true },
    });
    const found = { id: channel.id, communityId: channel.community.externalId };
    channels.set(cacheKey, found);
    return found;
  }

  function toMessage(row: MessageRow): StoredMessage {
    return {
      id: row.id,
      platform: row.channel.platform,
      communityId: row.channel.community.externalId,
      channelId: row.channel.externalId,
      externalId: row.externalId,
      author: row.author as StoredMessage['author'],
      inReplyTo: row.inReplyToId,
      threadId: row.threadId,
      deliveredId: row.deliveredId,
      text: row.text === null ? null : decryptText(keys.texts, row.id, row.text.content),
      createdAt: row.createdAt,
    };
  }

  async function insert(message: NewMessage, channelId: string): Promise<{ id: string; createdAt: Date }> {
    const id = newId();
    const createdAt = now();
    await client.message.create({
      data: {
        id,
        channelId,
        externalId: message.externalId,
        author: message.author,
        personHash: message.personId === null ? null : hashPerson(keys, message.platform, message.personId),
        inReplyToId: message.inReplyTo,
        threadId: message.threadId ?? null,
        trainable: message.trainable,
        consent: message.trainable ? 'given' : 'not-given',
        knownLabel: message.knownLabel ?? null,
        createdAt,
        text: { create: { content: encryptText(keys.texts, id, message.text), createdAt } },
      },
      // Every message passes here, and all of it is known: what is not read again need not be looked up and deciphered.
      select: { id: true },
    });
    return { id, createdAt };
  }

  return {
    async add(message) {
      const { id: channelId, communityId } = await channelOf(message);
      try {
        const { platform, externalId, author, inReplyTo, threadId = null } = message;
        return {
          ...(await insert(message, channelId)),
          platform,
          communityId,
          channelId: message.channelId,
          externalId,
          author,
          inReplyTo,
          threadId,
          deliveredId: null,
          text: message.text.toWellFormed(),
        };
      } catch (error) {
        // Platforms deliver again; the first delivery counts.
        if (!isPrismaError(error, 'P2002')) throw error;
        const where = { channelId_externalId: { channelId, externalId: message.externalId } };
        return toMessage(await client.message.findUniqueOrThrow({ where, include: WITH_PARTS }));
      }
    },
    async get(id) {
      const row = await client.message.findUnique({ where: { id }, include: WITH_PARTS });
      return row === null ? null : toMessage(row);
    },
    async history(channelId, { limit, before, platform, withText = false }) {
      const rows = await client.message.findMany({
        where: {
          channel: { externalId: channelId, ...(platform === undefined ? {} : { platform }) },
          ...(before === undefined ? {} : { id: { lt: before } }),
          ...(withText ? { text: { isNot: null } } : {}),
        },
        orderBy: { id: 'desc' },
        take: limit,
        include: WITH_PARTS,
      });
      return rows.reverse().map(toMessage);
    },
    async find(platform, channelId, externalId) {
      const row = await client.message.findFirst({
        where: {
          channel: { platform, externalId: channelId },
          OR: [{ externalId }, { deliveredId: externalId }],
        },
        include: WITH_PARTS,
      });
      return row === null ? null : toMessage(row);
    },
    async delivered(id, externalId) {
      await client.message.updateMany({ where: { id }, data: { deliveredId: externalId } });
    },
    revise: (id, text) =>
      transact(client, async (transaction) => {
        const row = await transaction.message.findUnique({ where: { id }, include: WITH_PARTS });
        if (row?.text == null || toMessage(row).text === text.toWellFormed()) return null;
        await transaction.derivedLabel.deleteMany({ where: { messageId: id } });
        await transaction.baseReading.deleteMany({ where: { messageId: id } });
        const revised = await transaction.message.update({
          where: { id },
          data: {
            revisedAfter: row.feedbackCount,
            text: { update: { content: encryptText(keys.texts, id, text) } },
          },
          include: WITH_PARTS,
        });
        return toMessage(revised);
      }),
    async eraseText(id) {
      await erasures.erase(() => Promise.resolve([id]));
    },
    clearChannel: (channelId) =>
      erasures.erase(async (transaction) =>
        (
          await transaction.message.findMany({
            where: { channel: { externalId: channelId } },
            select: { id: true },
          })
        ).map(({ id }) => id),
      ),
    async eraseOlderThan(date, options = {}) {
      const { count } = await client.messageText.deleteMany({ where: olderThan(date, options) });
      return count;
    },
    async forbidTraining(platform, exceptAuthored) {
      const { count } = await client.message.updateMany({
        where: {
          trainable: true,
          channel: { platform },
          ...(exceptAuthored ? { NOT: { externalId: { startsWith: AUTHORED } } } : {}),
        },
        data: { trainable: false, consent: 'withdrawn' },
      });
      return count;
    },
    async activeChannels({ platform, communityId }, since) {
      const channels = await client.channel.findMany({
        where: {
          platform,
          NOT: { externalId: { startsWith: AUTHORED } },
          community: { externalId: communityId },
          messages: { some: { author: 'person', createdAt: { gte: since } } },
        },
        orderBy: { id: 'asc' },
      });
      return channels.map(({ externalId }) => externalId);
    },
    async communities() {
      const communities = await client.community.findMany({ orderBy: { id: 'asc' } });
      return communities.map(({ platform, externalId }) => ({ platform, communityId: externalId }));
    },
  };
}

function olderThan(date: Date, options: EraseOptions): Prisma.MessageTextWhereInput {
  const { platform, notPlatform, keepCorrections } = options;
  return {
    createdAt: { lt: date },
    message: {
      ...(platform === undefined ? {} : { channel: { platform } }),
      ...(notPlatform === undefined ? {} : { channel: { platform: { not: notPlatform } } }),
      ...(keepCorrections === true
        ? { NOT: { trainable: true, derivedLabel: { is: { label: { not: null } } } } }
        : {}),
    },
  };
}
