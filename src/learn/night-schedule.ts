// When nights are due: of each local date at most one, at the first time of that day that a cron expression names, by the
// clocks of a time zone. What triggers a night is the jobs' affair; this says to which date it belongs, and which one was missed.
import { clockOffsets } from '../time-buckets.js';

/** A night of the deployment. */
export interface DueNight {
  /** Local date, such as `2026-03-02`. */
  date: string;
  at: Date;
}

export interface NightSchedule {
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** The newest one at or before `now`; null where there is none within ten years. */
  latest(now: Date): DueNight | null;
  /** The first one after `now`. */
  next(now: Date): DueNight | null;
}

export interface CronFields {
  minutes: number[];
  hours: number[];
  daysOfMonth: number[];
  months: number[];
  /** 0 is Sunday. */
  daysOfWeek: number[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const DAYS_LOOKED_AT = 3660;

const RANGES: readonly (readonly [keyof CronFields, number, number])[] = [
  ['minutes', 0, 59],
  ['hours', 0, 23],
  ['daysOfMonth', 1, 31],
  ['months', 1, 12],
  ['daysOfWeek', 0, 7],
];

/**
 * Five fields of numbers, `*`, ranges, lists and steps. As in node-cron, which triggers by the same expression, a day has
 * to fit both fields for days.
 * @returns null where it is something else, or names no day that there is
 */
export function parseCron(expression: string): CronFields | null {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== RANGES.length) return null;
  const fields: Partial<CronFields> = {};
  for (const [index, [name, min, max]] of RANGES.entries()) {
    const values = parseField(parts[index] ?? '', min, max);
    if (values === null) return null;
    fields[name] = name === 'daysOfWeek' ? sorted(values.map((day) => day % 7)) : values;
  }
  const { daysOfMonth = [], months = [] } = fields;
  // 2024 has the longest February.
  const possible = months.some(
    (month) => (daysOfMonth[0] ?? 0) <= new Date(Date.UTC(2024, month, 0)).getUTCDate(),
  );
  return possible ? (fields as CronFields) : null;
}

function parseField(field: string, min: number, max: number): number[] | null {
  const values: number[] = [];
  for (const item of field.split(',')) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item);
    if (match === null) return null;
    const [, first, last, every] = match;
    // A step needs something to step through.
    if (every !== undefined && first !== undefined && last === undefined) return null;
    const from = first === undefined ? min : Number(first);
    const to = first === undefined ? max : Number(last ?? first);
    const step = Number(every ?? 1);
    if (from < min || to > max || from > to || step === 0) return null;
    for (let value = from; value <= to; value += step) values.push(value);
  }
  return sorted(values);
}

const sorted = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);

/** @param cron one that `parseCron` takes @throws NunchiError `invalid-input` for an unknown time zone */
export function createNightSchedule(cron: string, timeZone: string): NightSchedule {
  const fields = parseCron(cron);
  if (fields === null) throw new Error(`"${cron}" is no cron expression of five fields`);
  const { minutes, hours, daysOfMonth, months, daysOfWeek } = fields;
  const timeOfDay = ((hours[0] ?? 0) * 60 + (minutes[0] ?? 0)) * MINUTE_MS;
  const offsetOf = clockOffsets(timeZone);

  const fits = (day: number) => {
    const date = new Date(day * DAY_MS);
    return (
      daysOfMonth.includes(date.getUTCDate()) &&
      months.includes(date.getUTCMonth() + 1) &&
      daysOfWeek.includes(date.getUTCDay())
    );
  };

  /**
   * A time that a clock set back shows twice is the first of the two; one that a clock set forward leaves out is as long
   * after midnight as it would have been (as `compatible` in Temporal, and RFC 5545, 3.3.5).
   */
  function instantOf(day: number): number {
    const local = day * DAY_MS + timeOfDay;
    const [before, after] = [offsetOf(local - DAY_MS), offsetOf(local + DAY_MS)];
    const shown = [before, after].filter((offset) => offsetOf(local - offset) === offset);
    return local - (shown.length === 0 ? before : Math.max(...shown));
  }

  function find(now: Date, step: 1 | -1, wanted: (at: number) => boolean): DueNight | null {
    const today = Math.floor((now.getTime() + offsetOf(now.getTime())) / DAY_MS);
    // A clock set over midnight can put a night's time on the neighbouring date.
    for (let ahead = -1; ahead < DAYS_LOOKED_AT; ahead += 1) {
      const day = today + ahead * step;
      if (!fits(day)) continue;
      const at = instantOf(day);
      if (wanted(at)) return { date: new Date(day * DAY_MS).toISOString().slice(0, 10), at: new Date(at) };
    }
    return null;
  }

  return {
    cron,
    timeZone,
    latest: (now) => find(now, -1, (at) => at <= now.getTime()),
    next: (now) => find(now, 1, (at) => at > now.getTime()),
  };
}
