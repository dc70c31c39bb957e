// Feedback events, appended only, and the labels derived from them.
import { setImmediate } from 'node:timers/promises';
import { NunchiError } from '../errors.js';
import type { Label } from '../labels.js';
import {
  CHOSEN,
  deriveLabel,
  MODERATORS_ONLY,
  standingWords,
  type LabelEvent,
  type LabelPolicy,
} from './derive-label.js';
import type { FeedbackEvent as EventRow, Prisma } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { hashPerson, isNobody } from './keys.js';
import { inChunks, isPrismaError, transact, type Repositories } from './repositories.js';
import type { Correction, CurrentLabel, FeedbackStore } from './contracts/labels.js';
import type { Consent } from './contracts/testimony.js';
import { decryptText } from './text-cipher.js';

const WITH_MESSAGE = {
  message: { select: { trainable: true } },
} as const satisfies Prisma.DerivedLabelInclude;
type LabelRow = Prisma.DerivedLabelGetPayload<{ include: typeof WITH_MESSAGE }>;

const WITH_SOURCE = {
  message: { include: { text: true, channel: { include: { community: true } } } },
} as const satisfies Prisma.DerivedLabelInclude;
type CorrectionRow = Prisma.DerivedLabelGetPayload<{ include: typeof WITH_SOURCE }>;

/** What belongs to the rows of a page is asked for by their ids, and databases limit the parameters of a statement. */
const PAGE_ROWS = 200;

/** What can be learned from: decided, allowed, and the text still there. */
export const CORRECTIONS = {
  label: { not: null },
  message: { trainable: true, consent: 'given', text: { isNot: null } },
} as const satisfies Prisma.DerivedLabelWhereInput;

/** What an event says; what it has from being written is given by `append`. */
type NewEvent = Omit<EventRow, 'id' | 'sequence' | 'createdAt'>;

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

  async function append(transaction: Prisma.TransactionClient, event: NewEvent): Promise<void> {
    const sequence = await nextSequence(transaction, event.messageId);
    await transaction.feedbackEvent.create({ data: { ...event, id: newId(), sequence, createdAt: now() } });
  }

  return {
    record: (event, policy = MODERATORS_ONLY) =>
      transact(client, async (transaction) => {
        const { personId, onAnswer = false, ...rest } = event;
        const personHash = hashPerson(keys, event.platform, personId);
        await append(transaction, { ...rest, personHash, onAnswer });
        return rederive(transaction, event.messageId, policy);
      }),
    revoke: (messageId, which, policy = MODERATORS_ONLY) =>
      transact(client, async (transaction) => {
        const revoked = (await standingEvents(transaction, messageId)).filter((event) => {
          if ('words' in which) return which.words.includes(event.id);
          const meant = which.emoji === null ? event.emoji !== CHOSEN : event.emoji === which.emoji;
          return event.onAnswer === which.onAnswer && meant;
        });
        for (const event of revoked) await append(transaction, { ...event, action: 'removed' });
        if (revoked.length > 0) await rederive(transaction, messageId, policy);
        return revoked.length;
      }),
    async standing(messageId, onAnswer, personIds) {
      const { platform } = (
        await client.message.findUnique({
          where: { id: messageId },
          select: { channel: { select: { platform: true } } },
        })
      )?.channel ?? { platform: '' };
      const people = new Map(personIds.map((id) => [hashPerson(keys, platform, id), id]));
      return (await standingEvents(client, messageId))
        .filter((event) => event.onAnswer === onAnswer)
        .map(({ id, emoji, personHash }) => ({
          id,
          emoji,
          personId: people.get(personHash) ?? null,
          erased: isNobody(personHash),
        }));
    },
    async current(messageIds) {
      const rows = await inChunks(messageIds, (chunk) =>
        client.derivedLabel.findMany({ where: { messageId: { in: chunk } }, include: WITH_MESSAGE }),
      );
      return new Map(rows.map((row) => [row.messageId, toCurrent(row)]));
    },
    async corrections() {
      const decided: { correction: Correction; eventId: string }[] = [];
      for (let last = '', more = true; more;) {
        const rows: CorrectionRow[] = await client.derivedLabel.findMany({
          where: { ...CORRECTIONS, messageId: { gt: last } },
          orderBy: { messageId: 'asc' },
          take: PAGE_ROWS,
          include: WITH_SOURCE,
        });
        decided.push(...rows.flatMap((row) => toCorrection(keys.texts, row)));
        more = rows.length === PAGE_ROWS;
        last = rows.at(-1)?.messageId ?? last;
        // A page of the embedded database comes without the event loop having turned: messages are answered in between.
        await setImmediate();
      }
      decided.sort(
        (a, b) =>
          a.correction.decidedAt.getTime() - b.correction.decidedAt.getTime() ||
          (a.eventId < b.eventId ? -1 : 1),
      );
      return decided.map(({ correction }) => correction);
    },
    pendingCount: (afterRun) =>
      client.derivedLabel.count({
        where: {
          ...CORRECTIONS,
          learnedInRun: null,
          ...(afterRun === undefined ? {} : { eventId: { gt: afterRun } }),
        },
      }),
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
    async markUnlearned(exceptMessageIds) {
      const kept = new Set(exceptMessageIds);
      await transact(client, async (transaction) => {
        const learned = await transaction.derivedLabel.findMany({
          where: { learnedInRun: { not: null } },
          select: { messageId: true },
        });
        const others = learned.map(({ messageId }) => messageId).filter((id) => !kept.has(id));
        await inChunks(others, async (chunk) => {
          await transaction.derivedLabel.updateMany({
            where: { messageId: { in: chunk } },
            data: { learnedInRun: null },
          });
          return [];
        });
      });
    },
  };
}

/** Those about the text that the message has now, in order. */
async function eventsOf(transaction: Prisma.TransactionClient, messageId: string): Promise<EventRow[]> {
  const { revisedAfter } = await transaction.message.findUniqueOrThrow({ where: { id: messageId } });
  return transaction.feedbackEvent.findMany({
    where: { messageId, sequence: { gt: revisedAfter } },
    orderBy: { sequence: 'asc' },
  });
}

/** Added and not removed since, about whichever text the message had. */
async function standingEvents(client: Prisma.TransactionClient, messageId: string): Promise<EventRow[]> {
  const events = await client.feedbackEvent.findMany({ where: { messageId }, orderBy: { sequence: 'asc' } });
  const standing = new Set(standingWords(events.map(toLabelEvent)).map(({ id }) => id));
  return events.filter(({ id }) => standing.has(id));
}

/** A label that stays the same keeps its time and the run that learned it; a changed one is pending again. */
async function rederive(
  transaction: Prisma.TransactionClient,
  messageId: string,
  policy: LabelPolicy,
): Promise<CurrentLabel | null> {
  const derived = deriveLabel((await eventsOf(transaction, messageId)).map(toLabelEvent), policy);
  if (derived === null) {
    await transaction.derivedLabel.deleteMany({ where: { messageId } });
    return null;
  }
  const where = { messageId };
  const existing = await transaction.derivedLabel.findUnique({ where, include: WITH_MESSAGE });
  const { label, eventId, decidedAt, contested } = derived;
  if (existing !== null && existing.label === label) {
    if (existing.contested === contested) return toCurrent(existing);
    const data = { contested };
    return toCurrent(await transaction.derivedLabel.update({ where, data, include: WITH_MESSAGE }));
  }
  const decision = { label, eventId, decidedAt, contested, learnedInRun: null };
  return toCurrent(
    existing === null
      ? await transaction.derivedLabel.create({ data: { messageId, ...decision }, include: WITH_MESSAGE })
      : await transaction.derivedLabel.update({ where, data: decision, include: WITH_MESSAGE }),
  );
}

function toCorrection(
  key: Buffer,
  { messageId, label, decidedAt, eventId, message }: CorrectionRow,
): { correction: Correction; eventId: string }[] {
  const { text, channel, consent, trainable } = message;
  if (text === null) return [];
  const correction: Correction = {
    messageId,
    platform: channel.platform,
    communityId: channel.community.externalId,
    consent: consent as Consent,
    trainable,
    text: decryptText(key, messageId, text.content),
    label: label as Label,
    decidedAt,
  };
  return [{ correction, eventId }];
}

export function toLabelEvent(row: EventRow): LabelEvent {
  return {
    id: row.id,
    person: row.personHash,
    moderator: row.moderator,
    emoji: row.emoji,
    onAnswer: row.onAnswer,
    label: row.label as Label | null,
    action: row.action as LabelEvent['action'],
    createdAt: row.createdAt,
  };
}

function toCurrent(row: LabelRow): CurrentLabel {
  const { messageId, decidedAt, learnedInRun, contested } = row;
  return {
    messageId,
    label: row.label as Label | null,
    trainable: row.message.trainable,
    decidedAt,
    learnedInRun,
    contested,
  };
}
