// The two sentences of a report: true to the figures, and no more certain than these allow.
import { describe, expect, it } from 'vitest';
import { createReport, type ReportRequest } from '../../src/report/report.js';
import { days, MONDAY, storeOf, type Row } from './report-fixture.js';

function report(rows: readonly Row[], change: Partial<ReportRequest> = {}) {
  return createReport(storeOf(rows))({
    platform: 'web',
    scope: { kind: 'channel', id: 'C1' },
    name: '#general',
    from: MONDAY,
    to: days(rows.length),
    bucket: 'day',
    timeZone: 'Asia/Seoul',
    language: 'en',
    ...change,
  });
}
const say = async (rows: readonly Row[], change?: Partial<ReportRequest>) =>
  (await report(rows, change)).sentences;

const GOOD: Row = [10, 40, 50];
const LOW: Row = [50, 40, 10];

describe('how it was', () => {
  it.each<[string, Row, string]>([
    [
      'good',
      [10, 30, 60],
      'the mood was good: I read 60% of 100 messages as positive, 30% as neutral and 10% as negative',
    ],
    ['rather good', [20, 40, 40], 'the mood was rather good:'],
    ['balanced', [100, 100, 100], 'the mood leaned neither way:'],
    ['balanced, where a lean is sure but slight', [4000, 2000, 4400], 'the mood leaned neither way:'],
    ['rather low', [40, 40, 20], 'the mood was rather low:'],
    ['low', [60, 30, 10], 'the mood was low:'],
    ['not to be said', [2, 1, 3], 'there were too few messages to say which way the mood leaned:'],
    ['unreadable', [0, 0, 0, 8], 'I could not tell the mood: I was not sure about any of 8 messages.'],
  ])('%s', async (_, row, expected) => {
    expect((await say([row]))[0]).toContain(`In #general, Mar 2, 2026, ${expected}`);
  });

  it('says how much was not read for sure', async () => {
    expect((await say([[10, 20, 60, 10]]))[0]).toMatch(/, and was not sure about 10%\.$/);
    expect((await say([[10, 20, 60]]))[0]).not.toContain('sure');
  });

  it('says how much of the time is hidden, and leaves it out', async () => {
    expect((await say([GOOD, null, GOOD, null]))[0]).toBe(
      'In #general, Mar 2 – 5, 2026, going by 2 of 4 days (fewer than five people wrote in the others), the mood was good: I read 50% of 200 messages as positive, 40% as neutral and 10% as negative.',
    );
  });

  it('says so where all of it is hidden', async () => {
    expect(await say([null, null])).toEqual([
      'There is nothing to show for #general, Mar 2 – 3, 2026: on no day did five or more people write.',
      'I show only days in which at least five people wrote, so that nobody’s own mood can be made out.',
    ]);
    expect((await say([null], { bucket: 'hour', to: new Date(MONDAY.getTime() + 1) }))[0]).toContain(
      'in no hour did five or more people write',
    );
  });
});

describe('what changed', () => {
  it('names the best and the lowest where they surely differ', async () => {
    expect((await say([GOOD, LOW, [30, 40, 30]]))[1]).toBe(
      'It was best on Mon, Mar 2 (50% positive, 10% negative) and lowest on Tue, Mar 3 (10% positive, 50% negative).',
    );
  });

  it('names a trend that no single day shows', async () => {
    const [early, late]: Row[] = [
      [8, 20, 12],
      [14, 20, 6],
    ];
    const rows = [...Array<Row>(8).fill(early ?? null), ...Array<Row>(8).fill(late ?? null)];
    expect((await say(rows))[1]).toBe(
      'It fell over time: 30% positive, 20% negative in the first half, 15% positive, 35% negative in the second.',
    );
    expect((await say([...rows].reverse()))[1]).toMatch(/^It rose over time: 15% positive/);
  });

  it('calls nothing a change whose intervals overlap', async () => {
    const chance = 'The differences between the days are small enough to be chance.';
    expect((await say([GOOD, GOOD, GOOD, GOOD]))[1]).toBe(chance);
    expect(
      (
        await say([
          [3, 4, 5],
          [5, 4, 3],
        ])
      )[1],
    ).toBe(chance);
  });

  it('takes the best of many days for chance where that of two would be none', async () => {
    const pair: Row[] = [
      [10, 60, 40],
      [30, 60, 20],
    ];
    expect((await say(pair))[1]).toContain('best on Mon');
    const many = [...pair, ...Array<Row>(60).fill([20, 60, 30])];
    expect((await say(many))[1]).toContain('chance');
  });

  it.each([[[GOOD]], [[GOOD, null, null]], [[GOOD, [0, 0, 0, 9] as Row]]])(
    'compares nothing with nothing: %j',
    async (rows) => {
      expect((await say(rows))[1]).toBe(
        'With fewer than two days to compare I cannot say whether it changed.',
      );
    },
  );

  it('does not go by hidden days', async () => {
    expect((await say([GOOD, null, GOOD, null]))[1]).toContain('chance');
  });
});

describe('language, place and time', () => {
  it('is Korean where it is asked for', async () => {
    const korean = { language: 'ko', name: '#잡담' } as const;
    expect(await say([GOOD, LOW, null], korean)).toEqual([
      '2026년 3월 2일~4일 #잡담 채널의 분위기는 다섯 명 이상이 쓴 2일(전체 3일)만 보면 어느 쪽으로도 기울지 않았어요: 메시지 200개 가운데 긍정 30%, 중립 40%, 부정 30%예요.',
      '3월 2일 월요일에(긍정 50%, 부정 10%) 가장 좋았고, 3월 3일 화요일에(긍정 10%, 부정 50%) 가장 가라앉았어요.',
    ]);
    expect(await say([null], korean)).toEqual([
      '2026년 3월 2일 #잡담 채널에서는 어느 날에도 다섯 명 이상이 쓰지 않아서 보여 드릴 것이 없어요.',
      '누구의 마음인지 드러나지 않도록 다섯 명 이상이 쓴 때만 보여 드려요.',
    ]);
  });

  it('names hours by their edges and weeks by their beginning, in the time zone', async () => {
    const to = new Date(MONDAY.getTime() + 2 * 60 * 60 * 1000);
    const hours = await say([GOOD, LOW], { bucket: 'hour', to, timeZone: 'Asia/Seoul' });
    expect(hours[0]).toContain('Mar 2, 2026, 00:00 – 02:00,');
    expect(hours[1]).toContain('best at 00:00 on Mar 2');
    const newYork = await say([GOOD, LOW], { bucket: 'hour', to, timeZone: 'America/New_York' });
    expect(newYork[1]).toContain('best at 10:00 on Mar 1');
    const weeks = await say([GOOD, LOW], { bucket: 'week', to: days(14) });
    expect(weeks[0]).toContain('Mar 2 – 15, 2026,');
    expect(weeks[1]).toContain('best in the week of Mar 2 (');
  });

  it('speaks of this channel or community where it has no name', async () => {
    expect((await say([GOOD], { name: undefined as unknown as string }))[0]).toMatch(/^In this channel, /);
    const community = { scope: { kind: 'community', id: 'T1' } } as const;
    const korean = await createReport(storeOf([GOOD]))({
      platform: 'web',
      ...community,
      from: MONDAY,
      to: days(1),
      bucket: 'day',
      timeZone: 'Asia/Seoul',
      language: 'ko',
    });
    expect(korean.sentences[0]).toContain('이 커뮤니티의 분위기는');
  });

  it('is told whole to those who do not see the picture', async () => {
    const { description, sentences } = await report([GOOD, LOW]);
    expect(description).toBe(['Mood of #general.', ...sentences].join(' '));
  });
});
