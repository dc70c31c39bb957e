// Progressive validation: what was read before anybody said what is right, counted by week and model once somebody has.
// Gama, Sebastião, Rodrigues (2013), Machine Learning 90: 317–346 ("prequential" evaluation).
import { setImmediate } from 'node:timers/promises';
import { cutBuckets, type TimeBucket } from '../time-buckets.js';
import type { Prisma } from './generated/sqlite/client.js';
import type { Repositories } from './repositories.js';
import type { ProgressiveScore, ProgressiveStore } from './contracts/reports.js';

const PAGE_ROWS = 500;

const LABELLED = {
  messageId: true,
  label: true,
  decidedAt: true,
  message: {
    select: {
      revisedAfter: true,
      predictions: {
        where: { live: true },
        select: { label: true, modelVersion: true, abstained: true, createdAt: true },
        orderBy: { id: 'desc' },
      },
      feedback: { select: { sequence: true, createdAt: true }, orderBy: { sequence: 'asc' } },
    },
  },
} as const satisfies Prisma.DerivedLabelSelect;
type LabelledRow = Prisma.DerivedLabelGetPayload<{ select: typeof LABELLED }>;

export function createProgressiveStore({ client }: Pick<Repositories, 'client'>): ProgressiveStore {
  /** Decided at or after a moment, a page at a time. */
  async function* labelledSince(from: Date): AsyncGenerator<LabelledRow[]> {
    let last: LabelledRow | undefined;
    do {
      const rows: LabelledRow[] = await client.derivedLabel.findMany({
        where: {
          label: { not: null },
          decidedAt: { gte: last?.decidedAt ?? from },
          ...(last === undefined
            ? {}
            : { NOT: { decidedAt: last.decidedAt, messageId: { lte: last.messageId } } }),
        },
        orderBy: [{ decidedAt: 'asc' }, { messageId: 'asc' }],
        take: PAGE_ROWS,
        select: LABELLED,
      });
      yield rows;
      last = rows.length === PAGE_ROWS ? rows.at(-1) : undefined;
      // The embedded database answers without the event loop having turned: messages are answered in between.
      await setImmediate();
    } while (last !== undefined);
  }

  return {
    async scores(range) {
      const buckets = cutBuckets({ ...range, bucket: 'week' });
      const scores: ProgressiveScore[] = [];
      const scoreOf = (bucket: TimeBucket, version: string): ProgressiveScore => {
        const found = scores.find((one) => one.start === bucket.start && one.version === version);
        if (found !== undefined) return found;
        const fresh = {
          ...bucket,
          version,
          read: 0,
          unsure: 0,
          labelled: 0,
          right: 0,
          sure: 0,
          sureRight: 0,
        };
        scores.push(fresh);
        return fresh;
      };
      for (const bucket of buckets) {
        const counts = await client.prediction.groupBy({
          by: ['modelVersion', 'abstained'],
          where: { live: true, createdAt: { gte: bucket.start, lt: bucket.end } },
          _count: { _all: true },
        });
        for (const { modelVersion, abstained, _count } of counts) {
          const score = scoreOf(bucket, modelVersion);
          score.read += _count._all;
          if (abstained) score.unsure += _count._all;
        }
        await setImmediate();
      }
      const [first, last] = [buckets[0], buckets.at(-1)];
      if (first === undefined || last === undefined) return [];
      for await (const rows of labelledSince(first.start)) {
        for (const row of rows) {
          const read = readBeforeFeedback(row);
          if (read === null) continue;
          const { createdAt } = read;
          const bucket = buckets.find(({ start, end }) => start <= createdAt && createdAt < end);
          if (bucket === undefined) continue;
          const score = scoreOf(bucket, read.modelVersion);
          const right = read.label === row.label;
          score.labelled += 1;
          if (right) score.right += 1;
          if (read.abstained) continue;
          score.sure += 1;
          if (right) score.sureRight += 1;
        }
      }
      return scores.sort((a, b) => a.start.getTime() - b.start.getTime() || (a.version < b.version ? -1 : 1));
    },
  };
}

/** What people saw when the first of them said something about the text as it is now: no model had learned from it. */
function readBeforeFeedback({ message }: LabelledRow): LabelledRow['message']['predictions'][number] | null {
  const spoken = message.feedback.find(({ sequence }) => sequence > message.revisedAfter);
  return (
    message.predictions.find(({ createdAt }) => spoken === undefined || createdAt <= spoken.createdAt) ?? null
  );
}
