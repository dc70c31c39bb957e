// What a person may ask of Nunchi about themselves: to be left out, to see what is kept, to have it erased.
import type { Label } from '../labels.js';
import type { Erasures } from './erasure.js';
import { newId } from './ids.js';
import { hashNobody, hashPerson } from './keys.js';
import type { Repositories } from './repositories.js';
import type { FeedbackEvent } from './contracts/labels.js';
import type { PeopleStore } from './contracts/people.js';
import { decryptText } from './text-cipher.js';

export function createPeopleStore(
  { client, keys, now }: Repositories,
  erasures: Pick<Erasures, 'erase'>,
): PeopleStore {
  const hashOf = (platform: string, personId: string) => hashPerson(keys, platform, personId);

  async function isLeftOut(platform: string, personId: string): Promise<boolean> {
    const personHash = hashOf(platform, personId);
    return (await client.leftOut.findUnique({ where: { personHash } })) !== null;
  }

  return {
    isLeftOut,
    pseudonymOf: hashOf,
    async leaveOut(platform, personId, leftOut) {
      const personHash = hashOf(platform, personId);
      if (leftOut) {
        const create = { personHash, createdAt: now() };
        await client.leftOut.upsert({ where: { personHash }, create, update: { personHash } });
        await client.message.updateMany({
          where: { personHash, channel: { platform }, trainable: true },
          data: { trainable: false, consent: 'left-out' },
        });
      } else {
        await client.leftOut.deleteMany({ where: { personHash } });
      }
    },
    async dataOf(platform, personId) {
      const personHash = hashOf(platform, personId);
      const messages = await client.message.findMany({
        where: { personHash, channel: { platform } },
        orderBy: { id: 'asc' },
        include: {
          text: true,
          predictions: { orderBy: { id: 'asc' } },
          channel: { include: { community: true } },
        },
      });
      const feedback = await client.feedbackEvent.findMany({
        where: { personHash, platform },
        orderBy: { id: 'asc' },
        include: { message: { select: { externalId: true } } },
      });
      return {
        leftOut: await isLeftOut(platform, personId),
        messages: messages.map(({ id, channel, externalId, text, createdAt, predictions }) => ({
          communityId: channel.community.externalId,
          channelId: channel.externalId,
          externalId,
          text: text === null ? null : decryptText(keys.texts, id, text.content),
          createdAt,
          readings: predictions.map(({ label, confidence, modelVersion, createdAt: readAt }) => ({
            label: label as Label,
            confidence,
            modelVersion,
            createdAt: readAt,
          })),
        })),
        feedback: feedback.map(({ emoji, label, action, createdAt, message }) => ({
          emoji,
          label: label as Label | null,
          action: action as FeedbackEvent['action'],
          externalId: message.externalId,
          createdAt,
        })),
      };
    },
    erase(platform, personId) {
      const personHash = hashOf(platform, personId);
      const own = { personHash, channel: { platform } };
      return erasures.erase(
        async (transaction) =>
          (await transaction.message.findMany({ where: own, select: { id: true } })).map(({ id }) => id),
        async (transaction) => {
          await transaction.message.updateMany({ where: own, data: { personHash: null } });
          // Their words about messages of others still count once each, but no longer lead to anybody.
          const nobody = hashNobody(newId());
          await transaction.feedbackEvent.updateMany({
            where: { personHash, platform },
            data: { personHash: nobody },
          });
        },
      );
    },
  };
}
