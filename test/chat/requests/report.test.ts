// Reports that are asked for: over which time, to whom they are shown, and what is left without a picture.
import { describe, expect, it } from 'vitest';
import type { RequestOf } from '../../../src/chat/requests/handler.js';
import { createReportRequests } from '../../../src/chat/requests/report.js';
import { DEFAULT_SETTINGS } from '../../../src/chat/settings.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import type { DrawPicture } from '../../../src/report/picture.js';
import { createReport } from '../../../src/report/report.js';
import type { MoodQuery } from '../../../src/store/contracts/reports.js';
import { storeOf, type Row } from '../../report/report-fixture.js';
import { ASKER, aContext, HANGUL } from './asking.js';

const NOW = new Date('2026-03-10T05:30:00Z');
const PNG = Buffer.from('picture');
const SEOUL = { ...DEFAULT_SETTINGS, timeZone: 'Asia/Seoul' };

function bench(rows: readonly Row[], draw: DrawPicture = () => Promise.resolve(PNG)) {
  const asked: MoodQuery[] = [];
  const { reports } = storeOf(rows);
  const mood = (query: MoodQuery) => {
    asked.push(query);
    return reports.mood(query);
  };
  const report = createReport({ reports: { mood } }, draw);
  const { answer } = createReportRequests({ report, logger: SILENT_LOGGER, now: () => NOW });
  const ask = (change: Partial<RequestOf<'report'>> = {}, context = aContext({ settings: SEOUL })) =>
    answer({ ...ASKER, type: 'report', unit: 'day', scope: 'channel', share: false, ...change }, context);
  return { ask, asked };
}

describe('a report', () => {
  it.each([
    ['hour', 24, '2026-03-09T06:00:00.000Z'],
    ['day', 30, '2026-02-08T15:00:00.000Z'],
    ['week', 12, '2025-12-21T15:00:00.000Z'],
  ] as const)('by the %s shows the last %d, the one that goes on among them', async (unit, count, first) => {
    const { ask, asked } = bench([[1, 2, 3]]);
    const { text } = await ask({ unit });
    const [query] = asked;
    const buckets = await storeOf([[1, 2, 3]]).reports.mood(query as MoodQuery);
    expect(buckets).toHaveLength(count);
    expect(buckets[0]?.start.toISOString()).toBe(first);
    expect(buckets.at(-1)?.end.getTime()).toBeGreaterThan(NOW.getTime());
    expect(text).toContain(`${count * 6} messages`);
  });

  it('is of the channel or of the community, by the name that people know', async () => {
    const { ask, asked } = bench([[1, 2, 3]]);
    expect((await ask({ name: '#general' })).text).toMatch(/^In #general, /);
    expect((await ask({ scope: 'community' })).text).toMatch(/^In this community, /);
    expect(asked.map(({ scope, platform }) => [platform, scope.kind, scope.id])).toEqual([
      ['slack', 'channel', 'C1'],
      ['slack', 'community', 'T1'],
    ]);
  });

  it('is two sentences and a picture, for the person alone unless it is to be shared', async () => {
    const { ask } = bench([[1, 2, 3], null]);
    const answer = await ask();
    expect(answer).toMatchObject({
      private: true,
      attachment: { name: 'mood.png', mediaType: 'image/png', content: PNG.toString('base64') },
    });
    expect(answer.attachment?.description).toContain(answer.text);
    expect((await ask({ share: true })).private).toBe(false);
    expect((await ask({}, aContext({ language: 'ko', settings: SEOUL }))).text).toMatch(HANGUL);
  });

  it('without a picture still says what it says', async () => {
    const { ask } = bench([[1, 2, 3]], () => Promise.reject(new Error('no memory')));
    for (const [language, said] of [
      ['ko', '그림은 이번에 그리지 못했어요'],
      ['en', 'could not draw the picture'],
    ] as const) {
      const answer = await ask({ share: true }, aContext({ language }));
      expect(answer.text).toContain(said);
      expect(answer.text).toMatch(/33%/);
      expect(answer).not.toHaveProperty('attachment');
      expect(answer.private).toBe(false);
    }
  });

  it('of few people says why there is nothing to see, to the person alone and without a picture', async () => {
    const { ask } = bench([null], () => Promise.reject(new Error('drawn')));
    const answer = await ask({ share: true });
    expect(answer).toEqual({
      text: expect.stringContaining('on no day did five or more people write') as string,
      private: true,
    });
  });

  it('refuses a time zone that the system does not know', async () => {
    const { ask } = bench([[1, 2, 3]]);
    const settings = { ...DEFAULT_SETTINGS, timeZone: 'Mars/Olympus' };
    await expect(ask({}, aContext({ settings }))).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
