// Cuts a stretch of time into the hours, days or weeks of a time zone; days of 23 or 25 hours are what the zone makes them.
import { NunchiError } from './errors.js';

export const BUCKET_SIZES = ['hour', 'day', 'week'] as const;
/** Weeks begin on Monday. */
export type BucketSize = (typeof BUCKET_SIZES)[number];

export interface TimeRange {
  from: Date;
  to: Date;
  bucket: BucketSize;
  /** IANA name, such as `Asia/Seoul`. */
  timeZone: string;
}

/** From `start` up to, but not including, `end`. */
export interface TimeBucket {
  start: Date;
  end: Date;
}

/** As many as a picture can show. */
export const MAX_BUCKETS = 200;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** No bucket is longer, and within this span of one the next but one has not begun. */
const LONGEST_MS: Record<BucketSize, number> = {
  hour: HOUR_MS,
  day: DAY_MS + 3 * HOUR_MS,
  week: 7 * DAY_MS + 3 * HOUR_MS,
};
/** 1 January 1970 was a Thursday. */
const DAYS_FROM_MONDAY_TO_EPOCH = 3;

/**
 * The whole buckets that `from` … `to` touches, in order and without gaps: the first begins at or before `from`.
 * @throws NunchiError `invalid-input` for an unknown time zone, a range that ends before it begins, too many buckets.
 */
export function cutBuckets({ from, to, bucket, timeZone }: TimeRange): TimeBucket[] {
  if (!(from.getTime() < to.getTime())) {
    throw new NunchiError('invalid-input', 'The time to look at ends before it begins', {
      hint: 'Give a beginning that lies before the end.',
    });
  }
  const keyOf = createKeys(bucket, timeZone);
  const longest = LONGEST_MS[bucket];
  const first = Math.floor(from.getTime() / MINUTE_MS) * MINUTE_MS;
  const firstKey = keyOf(first);
  let start = firstMinute(first - longest, first, (minute) => keyOf(minute) === firstKey);
  const buckets: TimeBucket[] = [];
  while (start < to.getTime()) {
    if (buckets.length === MAX_BUCKETS) {
      throw new NunchiError('invalid-input', `More than ${MAX_BUCKETS} ${bucket}s are too many to show`, {
        hint: bucket === 'week' ? 'Look at a shorter time.' : 'Look at a shorter time, or at longer buckets.',
      });
    }
    const key = keyOf(start);
    const end = firstMinute(start, start + longest, (minute) => keyOf(minute) !== key);
    buckets.push({ start: new Date(start), end: new Date(end) });
    start = end;
  }
  return buckets;
}

/** What all the minutes of one bucket, and no others near them, have in common. */
function createKeys(bucket: BucketSize, timeZone: string): (minute: number) => string {
  const offsetOf = clockOffsets(timeZone);
  return (minute) => {
    const offset = offsetOf(minute);
    const local = minute + offset;
    // The hour that a clock set back goes through twice is two hours.
    if (bucket === 'hour') return `${Math.floor(local / HOUR_MS)} ${offset}`;
    const day = Math.floor(local / DAY_MS);
    return String(bucket === 'day' ? day : Math.floor((day + DAYS_FROM_MONDAY_TO_EPOCH) / 7));
  };
}

/**
 * Milliseconds by which the zone's clocks are ahead of UTC at an instant.
 * @throws NunchiError `invalid-input` for an unknown time zone.
 */
export function clockOffsets(timeZone: string): (instant: number) => number {
  const format = createFormat(timeZone);
  return (instant) => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
  };
}

/** Whether this is an IANA name that the system knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

function createFormat(timeZone: string): Intl.DateTimeFormat {
  if (!isTimeZone(timeZone)) {
    throw new NunchiError('invalid-input', `There is no time zone ${JSON.stringify(timeZone)}`, {
      hint: 'Give an IANA name, such as Asia/Seoul or Europe/Berlin.',
    });
  }
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

/** The first minute for which `holds`; it does not hold at `low`, holds at `high`, and changes once between them. */
function firstMinute(low: number, high: number, holds: (minute: number) => boolean): number {
  let [before, at] = [low, high];
  while (at - before > MINUTE_MS) {
    const middle = before + Math.floor((at - before) / MINUTE_MS / 2) * MINUTE_MS;
    if (holds(middle)) at = middle;
    else before = middle;
  }
  return at;
}
