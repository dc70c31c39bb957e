// What is known about every correction: who said what, what the models read, and on what terms the text is kept.
import { setImmediate } from 'node:timers/promises';
import type { Label } from '../labels.js';
import { confirmedBy, standingWords } from './derive-label.js';
import { CORRECTIONS, toLabelEvent } from './feedback-store.js';
import type { Prisma } from './generated/sqlite/client.js';
import { hashPerson } from './keys.js';
import { inChunks, transact, type Repositories } from './repositories.js';
import type { Consent, ModelReading, Testimony, TestimonyStore } from './contracts/testimony.js';
import { decryptText } from './text-cipher.js';

/** What belongs to the rows of a page is asked for by their ids, and databases limit the parameters of a statement. */
const PAGE_ROWS = 200;
/** Far more than are written at once; an event is read after one with a later id where its transaction takes longer. */
const EVENTS_AT_ONCE = 100;

const WITH_EVIDENCE = {
  channel: { include: { community: true } },
  text: { include: { reading: true } },
  feedback: { orderBy: { sequence: 'asc' } },
  derivedLabel: true,
  predictions: { orderBy: { id: 'asc' } },
} as const satisfies Prisma.MessageInclude;
type MessageRow = Prisma.MessageGetPayload<{ include: typeof WITH_EVIDENCE }>;

export function createTestimonyStore({ client, keys, now }: Repositories): TestimonyStore {
  function toTestimony(row: MessageRow): Testimony {
    const { id, text, derivedLabel, channel } = row;
    const events = row.feedback.filter(({ sequence }) => sequence > row.revisedAfter).map(toLabelEvent);
    const confirmed = confirmedBy(events);
    const label = derivedLabel?.label ?? null;
    const learnable = row.trainable && row.consent === 'given' && text !== null && label !== null;
    return {
      messageId: id,
      platform: channel.platform,
      communityId: channel.community.externalId,
      consent: row.consent as Consent,
      trainable: row.trainable,
      text: text === null ? null : decryptText(keys.texts, id, text.content),
      knownLabel: row.knownLabel as Label | null,
      words: standingWords(events).map(({ id: eventId, person, moderator, label: said, createdAt }) => ({
        id: eventId,
        person,
        moderator,
        label: said,
        confirmed: confirmed.has(person),
        at: createdAt,
      })),
      correction:
        derivedLabel === null || !learnable
          ? null
          : {
              label: label as Label,
              eventId: derivedLabel.eventId,
              decidedAt: derivedLabel.decidedAt,
              learnedInRun: derivedLabel.learnedInRun,
            },
      reading: derivedLabel === null ? null : readingAt(row, derivedLabel.decidedAt),
      baseReading: text?.reading == null ? null : toReading(text.reading),
    };
  }

  async function read(feedback: Prisma.FeedbackEventWhereInput): Promise<Testimony[]> {
    const testimonies: Testimony[] = [];
    for (let last = '', more = true; more;) {
      const rows: MessageRow[] = await client.message.findMany({
        where: { feedback: { some: feedback }, id: { gt: last } },
        orderBy: { id: 'asc' },
        take: PAGE_ROWS,
        include: WITH_EVIDENCE,
      });
      testimonies.push(...rows.map(toTestimony));
      more = rows.length === PAGE_ROWS;
      last = rows.at(-1)?.id ?? last;
      // A page of the embedded database comes without the event loop having turned: messages are answered in between.
      await setImmediate();
    }
    return testimonies;
  }

  return {
    async all() {
      return (await read({})).sort(byDecision);
    },
    since: (eventId) => read({ id: { gt: eventId } }),
    async state() {
      const [events, corrections, pending, baseReadings] = await Promise.all([
        client.feedbackEvent.findMany({
          orderBy: { id: 'desc' },
          take: EVENTS_AT_ONCE + 1,
          select: { id: true },
        }),
        client.derivedLabel.count({ where: CORRECTIONS }),
        client.derivedLabel.count({ where: { ...CORRECTIONS, learnedInRun: null } }),
        client.baseReading.count(),
      ]);
      const [newest, settled] = [events[0], events[EVENTS_AT_ONCE]];
      return {
        newestEvent: newest?.id ?? '',
        settledEvent: settled?.id ?? '',
        corrections,
        pending,
        baseReadings,
      };
    },
    async probesOf(platform, personId) {
      const given = { platform, personHash: hashPerson(keys, platform, personId), action: 'added' };
      const probes = await client.feedbackEvent.findMany({
        where: { ...given, message: { knownLabel: { not: null } } },
        orderBy: { id: 'asc' },
        select: { id: true, message: { select: { externalId: true } } },
      });
      const sinceProbe = await client.feedbackEvent.count({
        where: { ...given, id: { gt: probes.at(-1)?.id ?? '' } },
      });
      return { sinceProbe, answered: probes.map(({ message }) => message.externalId.split(':')[1] ?? '') };
    },
    async noteBaseReadings(modelVersion, readings) {
      const createdAt = now();
      await transact(client, async (transaction) => {
        // A text may have been erased while it was read.
        const there = await inChunks(
          readings.map(({ messageId }) => messageId),
          (ids) =>
            transaction.messageText.findMany({
              where: { messageId: { in: ids } },
              select: { messageId: true },
            }),
        );
        const known = new Set(there.map(({ messageId }) => messageId));
        for (const { messageId, label, confidence } of readings) {
          if (!known.has(messageId)) continue;
          const reading = { modelVersion, label, confidence, createdAt };
          await transaction.baseReading.upsert({
            where: { messageId },
            create: { messageId, ...reading },
            update: reading,
          });
        }
      });
    },
  };
}

/** Corrections last, the oldest decision first among them. */
export function byDecision({ correction: a }: Testimony, { correction: b }: Testimony): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return a.decidedAt.getTime() - b.decidedAt.getTime() || (a.eventId < b.eventId ? -1 : 1);
}

/** What people saw when they decided: what a later model reads may be what it has learned from this very correction. */
function readingAt({ predictions }: MessageRow, decidedAt: Date): ModelReading | null {
  const seen = predictions.findLast(({ createdAt }) => createdAt <= decidedAt);
  return seen === undefined || (seen.abstained && seen.abstainReason !== 'low-confidence')
    ? null
    : toReading(seen);
}

function toReading(row: { modelVersion: string; label: string; confidence: number }): ModelReading {
  return { modelVersion: row.modelVersion, label: row.label as Label, confidence: row.confidence };
}
