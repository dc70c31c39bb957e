// When nights are due: held to node-cron where its clock moves evenly, to the rules of RFC 5545 where it is set.
import { createTask, validate } from 'node-cron';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createNightSchedule, parseCron } from '../../src/learn/night-schedule.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const latest = (cron: string, timeZone: string, now: string) => {
  const due = createNightSchedule(cron, timeZone).latest(new Date(now));
  return due === null ? null : [due.date, due.at.toISOString()];
};
const next = (cron: string, timeZone: string, now: string) => {
  const due = createNightSchedule(cron, timeZone).next(new Date(now));
  return due === null ? null : [due.date, due.at.toISOString()];
};

describe('an expression', () => {
  it.each([
    ['23 4 * * *', { minutes: [23], hours: [4] }],
    [' 0  4,16 1-5 */6 * ', { hours: [4, 16], daysOfMonth: [1, 2, 3, 4, 5], months: [1, 7] }],
    ['5-20/5 0 29 2 7', { minutes: [5, 10, 15, 20], daysOfMonth: [29], months: [2], daysOfWeek: [0] }],
  ])('%j is taken, as by node-cron', (expression, fields) => {
    expect(parseCron(expression)).toMatchObject(fields);
    expect(validate(expression)).toBe(true);
  });

  it.each([
    ...[
      '',
      '4',
      '* * * *',
      '0 0 4 * * *',
      '60 4 * * *',
      '0 24 * * *',
      '0 4 0 * *',
      '0 4 * 13 *',
      '0 4 * * 8',
    ],
    ...[
      '5-1 4 * * *',
      '*/0 4 * * *',
      '5/10 4 * * *',
      '0 4 31 2 *',
      '0 4 * * mon',
      '@daily',
      '0 4 L * *',
      'off',
    ],
  ])('%j is refused', (expression) => {
    expect(parseCron(expression)).toBeNull();
  });
});

describe('the next night', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['23 4 * * *', 'Asia/Seoul'],
    ['0 0 * * 1-5', 'America/New_York'],
    ['59 23 1,15 */2 *', 'Pacific/Auckland'],
    ['30 5 13 * 5', 'Asia/Kolkata'],
    ['7 3 * 6-8 0', 'America/Sao_Paulo'],
  ])('of "%s" in %s is when node-cron runs next', (cron, timeZone) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const task = createTask(cron, () => undefined, { timezone: timeZone });
    for (let day = 0; day < 400; day += 9) {
      const now = new Date(Date.parse('2026-01-01T04:40:10Z') + day * DAY_MS * 1.07);
      vi.setSystemTime(now);
      expect(next(cron, timeZone, now.toISOString())?.[1]).toBe(task.getNextRuns(1)[0]?.toISOString());
    }
    void task.destroy();
  });

  it('is the first time of its date where the expression names several', () => {
    expect(next('*/30 4,16 * * *', 'UTC', '2026-03-02T04:00:00Z')).toEqual([
      '2026-03-03',
      '2026-03-03T04:00:00.000Z',
    ]);
  });
});

describe('the latest night', () => {
  it('is due from its minute on, by the clocks of the zone', () => {
    expect(latest('23 4 * * *', 'Asia/Seoul', '2026-03-01T19:22:59Z')?.[0]).toBe('2026-03-01');
    expect(latest('23 4 * * *', 'Asia/Seoul', '2026-03-01T19:23:00Z')).toEqual([
      '2026-03-02',
      '2026-03-01T19:23:00.000Z',
    ]);
  });

  it('stays the one of Friday over a weekend without nights', () => {
    for (const now of ['2026-03-06T04:23:00Z', '2026-03-08T23:59:59Z', '2026-03-09T04:22:59Z']) {
      expect(latest('23 4 * * 1-5', 'UTC', now)?.[0]).toBe('2026-03-06');
    }
  });

  it.each([
    ['America/New_York', '2026-03-08', '2026-03-08T07:30:00.000Z', 'left out'],
    ['Europe/Berlin', '2026-03-29', '2026-03-29T01:30:00.000Z', 'left out'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T15:45:00.000Z', 'left out'],
    ['America/New_York', '2026-11-01', '2026-11-01T05:30:00.000Z', 'shown twice'],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T00:30:00.000Z', 'shown twice'],
  ])('in %s on %s is due at %s, where its time is %s', (timeZone, date, at, edge) => {
    const minute = timeZone.startsWith('Australia') ? 15 : 30;
    const hour = edge === 'left out' || timeZone.startsWith('Europe') ? 2 : 1;
    const cron = `${minute} ${hour} * * *`;
    const moment = Date.parse(at);
    expect(latest(cron, timeZone, at)).toEqual([date, at]);
    expect(latest(cron, timeZone, new Date(moment - 1).toISOString())?.[0]).not.toBe(date);
    expect(next(cron, timeZone, new Date(moment - 1).toISOString())).toEqual([date, at]);
    // Nothing else is due on that date.
    expect(next(cron, timeZone, at)?.[0]).toBe(
      new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10),
    );
  });

  it('is of the date that has it where clocks are set forward over midnight', () => {
    // Beirut, 29 March 2026: from 0:00 to 1:00.
    expect(latest('10 0 * * *', 'Asia/Beirut', '2026-03-28T22:10:00Z')).toEqual([
      '2026-03-29',
      '2026-03-28T22:10:00.000Z',
    ]);
  });
});
