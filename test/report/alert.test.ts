// A steep fall is told once; ordinary ups and downs, few messages and hidden buckets are not.
import { describe, expect, it } from 'vitest';
import { detectFall, FALL_DEFAULTS } from '../../src/report/alert.js';
import { daily, days, type Row } from './report-fixture.js';

const GOOD: Row = [10, 40, 50];
const FINE: Row = [15, 45, 40];
const LOW: Row = [45, 40, 15];
const LOWER: Row = [60, 30, 10];

/** The days on which somebody who asks every morning is told of a fall. */
function alerts(rows: readonly Row[], settings = FALL_DEFAULTS): number[] {
  const buckets = daily(rows);
  return rows.flatMap((_, index) => {
    // What is known on the morning after day `index`, the day that has begun among it.
    const fall = detectFall(buckets.slice(0, index + 2), days(index + 1), settings);
    return fall === null ? [] : [index];
  });
}

describe('a fall', () => {
  it.each<[string, Row[], number[]]>([
    ['is told when it happens', [GOOD, FINE, GOOD, FINE, LOW], [4]],
    ['is told once while it stays low', [GOOD, FINE, GOOD, LOW, LOW, LOWER, LOW], [3]],
    ['is not told again where it comes half back and drops', [GOOD, GOOD, GOOD, LOW, [35, 40, 25], LOW], [3]],
    ['is told again after it was over', [GOOD, FINE, GOOD, LOW, GOOD, FINE, GOOD, LOW], [3, 7]],
    ['is seen across hidden days', [GOOD, null, FINE, null, GOOD, null, LOW], [6]],
    [
      'is told against what has become usual once it was low for long',
      [...Array<Row>(4).fill(GOOD), ...Array<Row>(9).fill([30, 40, 30]), LOWER],
      [4, 13],
    ],
  ])('%s', (_, rows, expected) => {
    expect(alerts(rows)).toEqual(expected);
  });

  it('says what fell and from where', () => {
    const fall = detectFall(daily([GOOD, GOOD, GOOD, LOW]), days(4));
    expect(fall?.bucket.start).toEqual(days(3));
    expect(fall?.mood.value).toBeCloseTo(-0.3, 12);
    expect(fall?.before).toMatchObject({ n: 300 });
    expect(fall?.before.value).toBeCloseTo(0.4, 12);
  });

  it('is not looked for in a day that goes on', () => {
    const buckets = daily([GOOD, GOOD, GOOD, LOW]);
    expect(detectFall(buckets, new Date(days(4).getTime() - 1))).toBeNull();
    expect(detectFall(buckets, days(4))).not.toBeNull();
  });
});

describe('no fall', () => {
  it.each<[string, Row[]]>([
    ['nothing at all', []],
    ['a low beginning', [LOW, LOW, LOW, LOW]],
    ['too little before it', [GOOD, GOOD, LOW]],
    ['a rise', [LOW, LOW, LOW, GOOD]],
    ['a drop that is small', [GOOD, GOOD, GOOD, [20, 45, 35]]],
    ['a drop that few messages make', [GOOD, GOOD, GOOD, [7, 5, 2]]],
    [
      'a drop that may be chance',
      [
        [3, 10, 10],
        [3, 10, 10],
        [3, 10, 10],
        [8, 8, 7],
      ],
    ],
    ['a day that is low every week', [GOOD, LOW, GOOD, GOOD, GOOD, LOW, GOOD, GOOD, LOW].slice(1)],
    ['ups and downs', [GOOD, LOW, GOOD, LOW, GOOD, LOW, GOOD, LOW].slice(1)],
    ['the hidden day after it', [null, null, GOOD, GOOD, null]],
    ['nobody being sure', [GOOD, GOOD, GOOD, [0, 0, 0, 100]]],
  ])('is %s', (_, rows) => {
    expect(alerts(rows)).toEqual([]);
  });

  it('comes from fewer people than are asked for', () => {
    const buckets = daily([GOOD, GOOD, GOOD, LOW]);
    expect(detectFall(buckets, days(4), { ...FALL_DEFAULTS, minAuthors: 8 })).toBeNull();
  });

  it('comes from chance alone more than once in a long time', () => {
    // A thousand days of 30 messages from one and the same mood.
    let state = 12345;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
    const rows = Array.from({ length: 1000 }, (): Row => {
      const row: [number, number, number] = [0, 0, 0];
      for (let message = 0; message < 30; message += 1) {
        const draw = random();
        row[draw < 0.25 ? 0 : draw < 0.6 ? 1 : 2] += 1;
      }
      return row;
    });
    const buckets = daily(rows);
    const told = rows.filter((_, index) => {
      const window = buckets.slice(Math.max(0, index - 30), index + 1);
      return detectFall(window, days(index + 1)) !== null;
    });
    expect(told.length).toBeLessThanOrEqual(2);
  });
});
