// Which messages a moderator's word would help most.
import type { Repositories } from './repositories.js';
import type { QueuedMessage, ReviewStore } from './contracts/labels.js';
import type { MessageStore, PredictionStore } from './contracts/messages.js';

/** Predictions looked at for each message wanted: some are of earlier models, and the newest one counts. */
const LOOK_AT = 4;

export function createReviewStore(
  { client }: Repositories,
  messages: Pick<MessageStore, 'get'>,
  predictions: Pick<PredictionStore, 'of'>,
): ReviewStore {
  async function queued(id: string, contested: boolean): Promise<QueuedMessage[]> {
    const [message, [prediction = null]] = await Promise.all([messages.get(id), predictions.of(id)]);
    return message === null ? [] : [{ message, prediction, contested }];
  }

  return {
    async queued(ids) {
      const current = await client.derivedLabel.findMany({ where: { messageId: { in: [...ids] } } });
      const contested = new Set(current.filter((one) => one.contested).map(({ messageId }) => messageId));
      return (await Promise.all(ids.map((id) => queued(id, contested.has(id))))).flat();
    },
    async queue(platform, communityId, moderator, limit) {
      const readable = {
        author: 'person',
        text: { isNot: null },
        channel: { platform, community: { externalId: communityId } },
      } as const;
      const disputed = await client.derivedLabel.findMany({
        where: {
          contested: true,
          message: { ...readable, feedback: { none: { personHash: moderator, moderator: true } } },
        },
        orderBy: { decidedAt: 'desc' },
        take: limit,
      });
      const items = (await Promise.all(disputed.map(({ messageId }) => queued(messageId, true)))).flat();
      if (items.length >= limit) return items;

      const unsure = await client.prediction.findMany({
        where: {
          OR: [{ abstainReason: null }, { abstainReason: 'low-confidence' }],
          message: { ...readable, derivedLabel: null },
        },
        orderBy: [{ confidence: 'asc' }, { id: 'desc' }],
        take: limit * LOOK_AT,
      });
      for (const { id, messageId } of unsure) {
        if (items.length >= limit) break;
        const [item] = await queued(messageId, false);
        if (item?.prediction?.id === id) items.push(item);
      }
      return items;
    },
  };
}
