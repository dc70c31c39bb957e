// How the times of a report are written, in its language and its time zone.
import type { Language } from '../chat/platform.js';
import type { BucketSize, TimeBucket } from '../time-buckets.js';

export interface TimeLabels {
  /** The whole time that a report is about. */
  period(buckets: readonly TimeBucket[]): string;
  /** When one bucket was, as a part of a sentence: `on Tue, Mar 3`, `3월 3일 화요일에`. */
  within(bucket: TimeBucket): string;
  /** Under a bar: what changes from bar to bar, and below it what does not need saying at each one. */
  axis(bucket: TimeBucket): { upper: string; lower: string };
}

const LOCALES: Record<Language, string> = { ko: 'ko-KR', en: 'en-US' };

export function createTimeLabels(size: BucketSize, timeZone: string, language: Language): TimeLabels {
  const formatter = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALES[language], { timeZone, calendar: 'gregory', ...options });
  const clock = formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const date = formatter({ month: 'short', day: 'numeric' });
  const dateOfWeek = formatter({
    month: 'short',
    day: 'numeric',
    weekday: language === 'ko' ? 'long' : 'short',
  });
  const weekday = formatter({ weekday: 'short' });
  const period = formatter({
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    ...(size === 'hour' ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : {}),
  });

  const korean = language === 'ko';
  return {
    period(buckets) {
      const [first, last] = [buckets[0], buckets.at(-1)];
      if (first === undefined || last === undefined) return '';
      // Days are named by what lies in them, hours by their edges.
      const end = size === 'hour' ? last.end : new Date(last.end.getTime() - 1);
      // The bundled font lacks the thin spaces that Intl puts around the dash.
      return period.formatRange(first.start, end).replace(/[\s\u2009\u202f]+/g, ' ');
    },
    within({ start }) {
      if (size === 'hour') {
        return korean
          ? `${date.format(start)} ${clock.format(start)}에`
          : `at ${clock.format(start)} on ${date.format(start)}`;
      }
      if (size === 'day') return korean ? `${dateOfWeek.format(start)}에` : `on ${dateOfWeek.format(start)}`;
      return korean ? `${date.format(start)}에 시작한 주에` : `in the week of ${date.format(start)}`;
    },
    axis({ start }) {
      if (size === 'hour') return { upper: clock.format(start), lower: date.format(start) };
      if (size === 'day') return { upper: weekday.format(start), lower: date.format(start) };
      return { upper: date.format(start), lower: '' };
    },
  };
}
