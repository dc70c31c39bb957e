// Buckets follow the clocks of a time zone, on the days too on which these are set forward or back.
import { describe, expect, it } from 'vitest';
import { cutBuckets, MAX_BUCKETS, type BucketSize } from '../src/time-buckets.js';

const HOUR_MS = 60 * 60 * 1000;

function cut(bucket: BucketSize, timeZone: string, from: string, to: string) {
  const buckets = cutBuckets({ bucket, timeZone, from: new Date(from), to: new Date(to) });
  return {
    starts: buckets.map(({ start }) => start.toISOString().slice(0, 16)),
    hours: buckets.map(({ start, end }) => (end.getTime() - start.getTime()) / HOUR_MS),
  };
}

describe('buckets', () => {
  it('are whole, and the first one holds the beginning', () => {
    expect(cut('hour', 'Asia/Seoul', '2026-03-01T12:34:56.789Z', '2026-03-01T14:00:00.001Z')).toEqual({
      starts: ['2026-03-01T12:00', '2026-03-01T13:00', '2026-03-01T14:00'],
      hours: [1, 1, 1],
    });
  });

  it('end where the range ends on their edge', () => {
    expect(cut('hour', 'UTC', '2026-03-01T12:00:00Z', '2026-03-01T13:00:00Z').starts).toEqual([
      '2026-03-01T12:00',
    ]);
  });

  it.each<[string, BucketSize, string, string, string, string[], number[]]>([
    [
      'days begin at midnight of the zone',
      'day',
      'Asia/Seoul',
      '2026-03-01T20:00:00Z',
      '2026-03-02T20:00:00Z',
      ['2026-03-01T15:00', '2026-03-02T15:00'],
      [24, 24],
    ],
    [
      'an hour of a zone that is off by half an hour',
      'hour',
      'Asia/Kolkata',
      '2026-03-01T12:00:00Z',
      '2026-03-01T12:40:00Z',
      ['2026-03-01T11:30', '2026-03-01T12:30'],
      [1, 1],
    ],
    [
      'the day on which clocks go forward has 23 hours',
      'day',
      'Europe/Berlin',
      '2026-03-28T12:00:00Z',
      '2026-03-30T12:00:00Z',
      ['2026-03-27T23:00', '2026-03-28T23:00', '2026-03-29T22:00'],
      [24, 23, 24],
    ],
    [
      'the day on which clocks go back has 25 hours',
      'day',
      'America/New_York',
      '2026-10-31T12:00:00Z',
      '2026-11-02T12:00:00Z',
      ['2026-10-31T04:00', '2026-11-01T04:00', '2026-11-02T05:00'],
      [24, 25, 24],
    ],
    [
      'a day without a midnight begins with its first moment',
      'day',
      'Africa/Cairo',
      '2026-04-23T12:00:00Z',
      '2026-04-24T12:00:00Z',
      ['2026-04-22T22:00', '2026-04-23T22:00'],
      [24, 23],
    ],
    [
      'an hour that comes twice is two',
      'hour',
      'America/New_York',
      '2026-11-01T04:30:00Z',
      '2026-11-01T07:30:00Z',
      ['2026-11-01T04:00', '2026-11-01T05:00', '2026-11-01T06:00', '2026-11-01T07:00'],
      [1, 1, 1, 1],
    ],
    [
      'clocks set by half an hour leave halves',
      'hour',
      'Australia/Lord_Howe',
      '2026-04-04T14:00:00Z',
      '2026-04-04T16:00:00Z',
      ['2026-04-04T14:00', '2026-04-04T15:00', '2026-04-04T15:30'],
      [1, 0.5, 1],
    ],
    [
      'weeks begin on Monday, also the one in which clocks are set',
      'week',
      'Europe/Berlin',
      '2026-03-29T21:59:00Z',
      '2026-03-29T22:01:00Z',
      ['2026-03-22T23:00', '2026-03-29T22:00'],
      [167, 168],
    ],
    [
      'a day that a zone left out is left out',
      'day',
      'Pacific/Apia',
      '2011-12-29T20:00:00Z',
      '2011-12-31T00:00:00Z',
      ['2011-12-29T10:00', '2011-12-30T10:00'],
      [24, 24],
    ],
  ])('%s', (_, bucket, timeZone, from, to, starts, hours) => {
    expect(cut(bucket, timeZone, from, to)).toEqual({ starts, hours });
  });

  it.each<[string, string, BucketSize, string, string]>([
    ['an unknown time zone', 'Mars/Olympus', 'day', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['no time zone', '', 'day', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['an end before the beginning', 'UTC', 'day', '2026-03-02T00:00:00Z', '2026-03-01T00:00:00Z'],
    ['no length', 'UTC', 'day', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z'],
    ['a date that is none', 'UTC', 'day', 'x', '2026-03-01T00:00:00Z'],
    ['too many buckets', 'UTC', 'hour', '2026-03-01T00:00:00Z', '2026-03-10T00:00:00Z'],
  ])('refuse %s', (_, timeZone, bucket, from, to) => {
    expect(() => cut(bucket, timeZone, from, to)).toThrow(
      expect.objectContaining({ code: 'invalid-input', hint: expect.any(String) as string }) as Error,
    );
  });

  it('may be as many as a picture can show', () => {
    const from = new Date('2026-01-01T00:00:00Z');
    const to = new Date(from.getTime() + MAX_BUCKETS * HOUR_MS);
    expect(cutBuckets({ bucket: 'hour', timeZone: 'UTC', from, to })).toHaveLength(MAX_BUCKETS);
  });
});
