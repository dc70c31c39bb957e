// How channels and communities feel, counted so that nobody can be read out of it: the one place that looks at many
// people's readings together, and nothing about a person leaves it.
import { setImmediate } from 'node:timers/promises';
import { LABELS, type Label } from '../labels.js';
import { cutBuckets, type TimeBucket } from '../time-buckets.js';
import type { Prisma } from './generated/sqlite/client.js';
import type { Repositories } from './repositories.js';
import { AUTHORED } from './contracts/messages.js';
import type { MoodBucket, ReportStore } from './contracts/reports.js';

/** Not a setting: a lower one would show what single people wrote. */
export const MIN_AUTHORS = 5;

/** What belongs to the rows of a page is asked for by their ids, and databases limit the parameters of a statement. */
const PAGE_ROWS = 500;

const READ_NOW = {
  id: true,
  createdAt: true,
  personHash: true,
  derivedLabel: { select: { label: true } },
  predictions: { select: { label: true, abstained: true }, orderBy: { id: 'desc' }, take: 1 },
} as const satisfies Prisma.MessageSelect;
type MessageRow = Prisma.MessageGetPayload<{ select: typeof READ_NOW }>;

interface Tally extends TimeBucket {
  people: Set<string>;
  counts: Record<Label, number>;
  unsure: number;
}

export function createReportStore({ client }: Repositories): ReportStore {
  /** People's messages of one channel, oldest first, a page at a time. */
  async function* pagesOf(channelId: string, from: Date, to: Date): AsyncGenerator<MessageRow[]> {
    let last: MessageRow | undefined;
    do {
      const rows: MessageRow[] = await client.message.findMany({
        where: {
          channelId,
          author: 'person',
          personHash: { not: null },
          createdAt: { gte: last?.createdAt ?? from, lt: to },
          ...(last === undefined ? {} : { NOT: { createdAt: last.createdAt, id: { lte: last.id } } }),
        },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: PAGE_ROWS,
        select: READ_NOW,
      });
      yield rows;
      last = rows.length === PAGE_ROWS ? rows.at(-1) : undefined;
      // A page of the embedded database comes without the event loop having turned: messages are answered in between.
      await setImmediate();
    } while (last !== undefined);
  }

  return {
    async mood({ platform, scope, ...range }) {
      const tallies = cutBuckets(range).map(emptyTally);
      const [first, last] = [tallies[0], tallies.at(-1)];
      if (first === undefined || last === undefined) return [];
      const where =
        scope.kind === 'channel' ? { externalId: scope.id } : { community: { externalId: scope.id } };
      const channels = await client.channel.findMany({
        where: { platform, ...where, NOT: { externalId: { startsWith: AUTHORED } } },
        select: { id: true },
      });
      for (const channel of channels) {
        let at = 0;
        for await (const rows of pagesOf(channel.id, first.start, last.end)) {
          for (const row of rows) {
            while ((tallies[at]?.end ?? last.end) <= row.createdAt) at += 1;
            count(tallies[at] ?? last, row);
          }
        }
      }
      return tallies.map(publish);
    },
  };
}

function emptyTally(bucket: TimeBucket): Tally {
  return { ...bucket, people: new Set(), counts: { negative: 0, neutral: 0, positive: 0 }, unsure: 0 };
}

/** What stands on the message counts, else what was read last; null where it is to be forgotten or was never read. */
function readNow({ derivedLabel, predictions: [newest] }: MessageRow): Label | 'unsure' | null {
  if (derivedLabel !== null) return derivedLabel.label as Label | null;
  if (newest === undefined) return null;
  return newest.abstained ? 'unsure' : (newest.label as Label);
}

function count(tally: Tally, row: MessageRow): void {
  const label = readNow(row);
  if (label === null || row.personHash === null) return;
  tally.people.add(row.personHash);
  if (label === 'unsure') tally.unsure += 1;
  else tally.counts[label] += 1;
}

/** A bucket of few people tells nothing, not even whether it is empty. */
function publish({ start, end, people, counts, unsure }: Tally): MoodBucket {
  if (people.size < MIN_AUTHORS) return { start, end, tooFew: true };
  const messages = LABELS.reduce((sum, label) => sum + counts[label], unsure);
  return { start, end, tooFew: false, authors: people.size, messages, counts, unsure };
}
