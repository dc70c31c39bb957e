// Feedback events, appended only, and the labels derived from them.
import { NunchiError } from '../errors.js';
import type { Label } from '../labels.js';
import { deriveLabel, MODERATORS_ONLY, type LabelEvent } from './derive-label.js';
import type { FeedbackEvent as EventRow, Prisma } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { hashPerson } from './keys.js';
import { inChunks, isPrismaError, transact, type Repositories } from './repositories.js';
import type { CurrentLabel, FeedbackEvent, FeedbackStore } from './store.js';
import { decryptText } from './text-cipher.js';

const WITH_MESSAGE = {
  message: { select: { trainable: true } },
} as const satisfies Prisma.DerivedLabelInclude;
type LabelRow = Prisma.DerivedLabelGetPayload<{ include: typeof WITH_MESSAGE }>;

/** What can be learned from: decided, allowed, and the text still there. */
const CORRECTIONS = {
  label: { not: null },
  message: { trainable: true, text: { isNot: null } },
} as const satisfies Prisma.DerivedLabelWhereInput;

export function createFeedbackStore({ client, keys, now }: Repositories): FeedbackStore {
  /** Counting up locks the message's row, so that its events get their order also from several processes. */
  async function nextSequence(transaction: Prisma.TransactionClient, messageId: string): Promise<number> {
    try {
      const { feedbackCount } = await transaction.message.update({
        where: { id: messageId },
        data: { feedbackCount: { increment: 1 } },
        select: { feedbackCount: true },
      });
      return feedbackCount;
    } catch (error) {
      if (!isPrismaError(error, 'P2025')) throw error;
      throw new NunchiError('not-found', `there is no message ${messageId}`, { cause: error });
    }
  }

  async function append(transaction: Prisma.TransactionClient, event: FeedbackEvent): Promise<void> {
    const sequence = await nextSequence(transaction, event.messageId);
    await transaction.feedbackEvent.create({
      data: {
        id: newId(),
        messageId: event.messageId,
        sequence,
        platform: event.platform,
        personHash: hashPerson(keys, event.platform, event.personId),
        moderator: event.moderator,
        emoji: event.emoji,
        label: event.label,
        action: event.action,
        createdAt: now(),
      },
    });
  }

  return {
    record: (event) =>
      transact(client, async (transaction) => {
        await append(transaction, event);
        return rederive(transaction, event.messageId);
      }),
    async current(messageIds) {
      const rows = await inChunks(messageIds, (chunk) =>
        client.derivedLabel.findMany({ where: { messageId: { in: chunk } }, include: WITH_MESSAGE }),
      );
      return new Map(rows.map((row) => [row.messageId, toCurrent(row)]));
    },
    async corrections() {
      const rows = await client.derivedLabel.findMany({
        where: CORRECTIONS,
        orderBy: [{ decidedAt: 'asc' }, { eventId: 'asc' }],
        include: { message: { select: { text: true } } },
      });
      return rows.flatMap(({ messageId, label, decidedAt, message }) =>
        message.text === null
          ? []
          : [
              {
                messageId,
                text: decryptText(keys.texts, messageId, message.text.content),
                label: label as Label,
                decidedAt,
              },
            ],
      );
    },
    pendingCount: () => client.derivedLabel.count({ where: { ...CORRECTIONS, learnedInRun: null } }),
    async markLearned(runId, messageIds) {
      await transact(client, async (transaction) => {
        await inChunks(messageIds, async (chunk) => {
          await transaction.derivedLabel.updateMany({
            // Ids grow with time: what was decided after the run began is not what it learned.
            where: { messageId: { in: chunk }, eventId: { lt: runId } },
            data: { learnedInRun: runId },
          });
          return [];
        });
      });
    },
  };
}

/** A label that stays the same keeps its time and the run that learned it; a changed one is pending again. */
async function rederive(
  transaction: Prisma.TransactionClient,
  messageId: string,
): Promise<CurrentLabel | null> {
  const { revisedAfter } = await transaction.message.findUniqueOrThrow({ where: { id: messageId } });
  const events = await transaction.feedbackEvent.findMany({
    where: { messageId, sequence: { gt: revisedAfter } },
    orderBy: { sequence: 'asc' },
  });
  const derived = deriveLabel(events.map(toLabelEvent), MODERATORS_ONLY);
  if (derived === null) {
    await transaction.derivedLabel.deleteMany({ where: { messageId } });
    return null;
  }
  const where = { messageId };
  const existing = await transaction.derivedLabel.findUnique({ where, include: WITH_MESSAGE });
  if (existing !== null && existing.label === derived.label) return toCurrent(existing);
  const { label, eventId, decidedAt } = derived;
  const decision = { label, eventId, decidedAt, learnedInRun: null };
  return toCurrent(
    existing === null
      ? await transaction.derivedLabel.create({ data: { messageId, ...decision }, include: WITH_MESSAGE })
      : await transaction.derivedLabel.update({ where, data: decision, include: WITH_MESSAGE }),
  );
}

function toLabelEvent(row: EventRow): LabelEvent {
  return {
    id: row.id,
    person: row.personHash,
    moderator: row.moderator,
    emoji: row.emoji,
    label: row.label as Label | null,
    action: row.action as LabelEvent['action'],
    createdAt: row.createdAt,
  };
}

function toCurrent(row: LabelRow): CurrentLabel {
  const { messageId, decidedAt, learnedInRun } = row;
  return {
    messageId,
    label: row.label as Label | null,
    trainable: row.message.trainable,
    decidedAt,
    learnedInRun,
  };
}
