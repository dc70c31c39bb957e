// Alerts on steep falls: who is told what, once for each fall, over the real store and with the real scheduler.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMoodAlertsJob, type MoodAlertsConfig, type MoodAlertsJob } from '../../jobs/mood-alerts.js';
import { createCommunitySettings, type CommunitySettingsService } from '../../src/chat/settings.js';
import { openHome } from '../../src/home/home.js';
import type { Label } from '../../src/labels.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { createReport } from '../../src/report/report.js';
import { openStore } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { aMessage, aReading } from '../contracts/store.js';
import { createPostingPlatform, type PostingPlatform } from '../fakes/posting-platform.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();
const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.parse('2026-03-02T01:00:00Z');
const PEOPLE = ['kim', 'lee', 'park', 'choi', 'jung'];
const PNG = Buffer.from('picture');

let clock: number;
/** Hours that have been written. */
let hours: number;
let store: Store;
let settings: CommunitySettingsService;
let platform: PostingPlatform;
let job: MoodAlertsJob | undefined;

beforeEach(async () => {
  clock = START;
  hours = 0;
  const home = openHome(nextFolder());
  store = await openStore({ file: home.databaseFile, keyFile: home.keyFile, now: () => new Date(clock) });
  settings = createCommunitySettings(store.settings);
  platform = createPostingPlatform(store);
  await settings.change('slack', 'T1', {
    newsChannel: 'MODS',
    alerts: true,
    timeZone: 'Asia/Seoul',
    language: 'en',
  });
});
afterEach(async () => {
  await job?.stop();
  job = undefined;
  await store.close();
});

const createJob = (change: Partial<MoodAlertsConfig> = {}) =>
  (job = createMoodAlertsJob({
    store,
    settings,
    platforms: [platform],
    report: createReport(store, () => Promise.resolve(PNG)),
    logger: SILENT_LOGGER,
    now: () => new Date(clock),
    ...change,
  }));

/** An hour in which each of five people writes four messages that read like this, in each channel. */
async function hour(label: Label, channels = ['C1'], communityId = 'T1'): Promise<void> {
  clock = START + hours * HOUR_MS + 10 * MINUTE_MS;
  for (const channelId of channels) {
    for (let message = 0; message < 20; message += 1) {
      const personId = PEOPLE[message % PEOPLE.length] ?? '';
      const place = { platform: 'slack', communityId, channelId };
      const { id } = await store.messages.add(aMessage({ ...place, personId }));
      await store.predictions.add(id, 'v1', aReading({ label }));
    }
  }
  hours += 1;
}
async function goodHours(channels?: string[], communityId?: string): Promise<void> {
  for (let before = 0; before < 3; before += 1) await hour('positive', channels, communityId);
}
/** Five minutes after the hour. */
function look(running: MoodAlertsJob): Promise<number> {
  clock = START + hours * HOUR_MS + 5 * MINUTE_MS;
  return running.run();
}

describe('a steep fall', () => {
  it('is told to the news channel with its figures and the picture, and names nobody', async () => {
    const alerts = createJob({ nameOf: () => Promise.resolve('#general') });
    await goodHours();
    expect(await look(alerts)).toBe(0);
    await hour('negative');
    expect(await look(alerts)).toBe(1);
    const [post, ...others] = await platform.posts();
    expect(others).toEqual([]);
    expect(post).toMatchObject({
      channelId: 'MODS',
      key: 'fall:C1:2026-03-02T04:00:00.000Z',
      text: 'The mood of #general fell steeply at 13:00 on Mar 2: from +100 to -100, between -100 at worst and +100 at best, going by 20 messages of 5 people.',
      attachment: { name: 'mood.png', content: PNG.toString('base64') },
    });
    expect(JSON.stringify(post)).not.toMatch(new RegExp(PEOPLE.join('|')));
  });

  it('is told once, however often and by however many it is looked for, and not while it stays low', async () => {
    await goodHours();
    await hour('negative');
    await look(createJob());
    await look(createJob());
    await hour('negative');
    expect(await look(createJob())).toBe(0);
    expect(await platform.posts()).toHaveLength(1);
  });

  it('is told in the language of the community, by the id where a channel has no name, without a picture', async () => {
    await settings.change('slack', 'T1', { language: 'auto' });
    const report = createReport(store, () => Promise.reject(new Error('no memory')));
    await goodHours();
    await hour('negative');
    await look(createJob({ report }));
    expect(await platform.posts()).toMatchObject([
      {
        text: '3월 2일 13:00에 C1 채널의 분위기가 갑자기 가라앉았어요. 5명이 쓴 메시지 20개를 읽어 보니 +100에서 -100까지 내려갔어요(가장 나쁘면 -100, 가장 좋으면 +100).',
        attachment: null,
      },
    ]);
  });

  it('in a community that wants no alerts, or has nowhere for them, is not looked for', async () => {
    await settings.change('slack', 'T2', { newsChannel: 'MODS2' });
    await settings.change('slack', 'T3', { alerts: true });
    for (const community of ['T2', 'T3']) {
      await goodHours([`C-${community}`], community);
      await hour('negative', [`C-${community}`], community);
    }
    expect(await look(createJob())).toBe(0);
  });

  it('in one channel is told where another one cannot be looked at', async () => {
    await goodHours(['C1', 'C2']);
    await hour('negative', ['C1', 'C2']);
    const report = createReport(store, () => Promise.resolve(PNG));
    const alerts = createJob({
      report: (request) =>
        request.scope.id === 'C1' ? Promise.reject(new Error('unreadable')) : report(request),
    });
    expect(await look(alerts)).toBe(1);
    expect(await platform.posts()).toMatchObject([{ key: expect.stringMatching(/^fall:C2:/) as string }]);
  });
});

describe('the schedule', () => {
  it('looks again and again until it is stopped, and survives a failure', async () => {
    const list = vi.spyOn(store.settings, 'list').mockRejectedValueOnce(new Error('busy'));
    const alerts = createJob({ cron: '* * * * * *' });
    alerts.start();
    alerts.start();
    await vi.waitFor(() => expect(list.mock.calls.length).toBeGreaterThan(1), { timeout: 20_000 });
    await alerts.stop();
    await alerts.stop();
  });
});
