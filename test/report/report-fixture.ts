// Reports without a database: what a store would give for made-up counts.
import type { MoodBucket, MoodQuery } from '../../src/store/contracts/reports.js';
import type { Store } from '../../src/store/store.js';
import type { ShownBucket } from '../../src/report/mood.js';
import { cutBuckets } from '../../src/time-buckets.js';

/** Negative, neutral, positive, not sure; null for a bucket of too few people. */
export type Row = readonly [number, number, number, number?] | null;

const DAY_MS = 24 * 60 * 60 * 1000;
/** Midnight of Monday, 2 March 2026, in Seoul. */
export const MONDAY = new Date('2026-03-01T15:00:00Z');

export const days = (count: number) => new Date(MONDAY.getTime() + count * DAY_MS);

export function shown(row: NonNullable<Row>, start = MONDAY, authors = 7): ShownBucket {
  const [negative, neutral, positive, unsure = 0] = row;
  return {
    start,
    end: new Date(start.getTime() + DAY_MS),
    tooFew: false,
    authors,
    messages: negative + neutral + positive + unsure,
    counts: { negative, neutral, positive },
    unsure,
  };
}

/** One bucket for each day from MONDAY on. */
export function daily(rows: readonly Row[]): MoodBucket[] {
  return rows.map((row, index) =>
    row === null
      ? { start: days(index), end: days(index + 1), tooFew: true }
      : { ...shown(row), start: days(index), end: days(index + 1) },
  );
}

/** Gives the rows to the buckets asked for, in turn. */
export function storeOf(rows: readonly Row[]): Pick<Store, 'reports'> {
  const mood = (query: MoodQuery): Promise<MoodBucket[]> =>
    Promise.resolve(
      cutBuckets(query).map((bucket, index) => {
        const row = rows[index % rows.length] ?? null;
        return row === null ? { ...bucket, tooFew: true } : { ...shown(row), ...bucket };
      }),
    );
  return { reports: { mood } };
}
