// What people are told, given and rid of about themselves, over the real store.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlatformRules } from '../../../src/chat/platform-rules.js';
import type { PrivacyAction } from '../../../src/chat/requests.js';
import { createPrivacyRequests, type PrivacyRequests } from '../../../src/chat/requests/privacy.js';
import type { Store } from '../../../src/store/store.js';
import { aCorrection, aMessage, aReading } from '../../contracts/store.js';
import { openTestStore } from '../../fakes/web-bench.js';
import { ASKER, aContext, HANGUL, LANGUAGES, pressing } from './asking.js';

let folder: string;
let store: Store;
let rules: PlatformRules;
let privacy: PrivacyRequests;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-privacy-'));
  store = await openTestStore(folder);
  rules = { training: 'messages', textHours: 336 };
  privacy = createPrivacyRequests({
    store,
    rulesOf: (platform) => (platform === 'slack' ? rules : { training: 'off', textHours: 24 }),
    now: () => new Date('2026-03-10T05:30:00Z'),
  });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (action: PrivacyAction, language: 'ko' | 'en' = 'en') =>
  privacy.answer({ ...ASKER, type: 'privacy', action }, aContext({ language, moderator: false }));
const press = (buttonId: string, language: 'ko' | 'en' = 'en') =>
  privacy.press(buttonId, pressing(buttonId), aContext({ language, moderator: false }));

/** Two messages of kim, one of them without its text, and a correction by kim of what lee wrote. */
async function write(): Promise<{ own: string; other: string }> {
  const place = { platform: 'slack', communityId: 'T1', channelId: 'C1' };
  const own = await store.messages.add(aMessage({ ...place, personId: 'kim', text: '비 오는 날 싫어' }));
  await store.predictions.add(own.id, 'v1', aReading({ label: 'negative' }));
  const erased = await store.messages.add(aMessage({ ...place, personId: 'kim' }));
  await store.messages.eraseText(erased.id);
  const other = await store.messages.add(aMessage({ ...place, personId: 'lee' }));
  await store.feedback.record(aCorrection(other.id, { platform: 'slack', personId: 'kim' }));
  return { own: own.id, other: other.id };
}

describe('what is kept', () => {
  it('is said with counts of the person who asks, and to them alone', async () => {
    await write();
    const answer = await ask('show');
    expect(answer.text).toContain(
      'Kept of you now: 2 messages (1 with the text), 1 reading, 1 emoji or correction.',
    );
    expect(answer.text).toContain('encrypted, for 14 days');
    expect(answer.private).toBe(true);
    const korean = (await ask('show', 'ko')).text;
    expect(korean).toContain(
      '지금 남아 있는 것: 메시지 2개(글이 남은 것 1개), 읽은 결과 1개, 이모지와 정정 1개.',
    );
    for (const line of korean.split('\n')) expect(line).toMatch(HANGUL);
    await store.people.leaveOut('slack', 'kim', true);
    expect((await ask('show')).text).toContain('You are left out at present.');
  });

  it.each([
    ['messages', /beyond the 14 days/, /14일이 지나도/],
    ['authored', /only from texts that moderators write/, /직접 적은 글만 배워요/],
    ['off', /Nothing that is written here is used for training/, /학습에 쓰지 않아요/],
  ] as const)('goes by the rule of the platform: %s', async (training, english, korean) => {
    rules = { training, textHours: 336 };
    expect((await ask('show')).text).toMatch(english);
    expect((await ask('show', 'ko')).text).toMatch(korean);
    expect((await ask('show')).text.includes('beyond the')).toBe(training === 'messages');
  });

  it('is given as a file with all of it', async () => {
    await write();
    const { attachment, private: hidden } = await ask('export');
    expect(hidden).toBe(true);
    expect(attachment).toMatchObject({ name: 'nunchi-data.json', mediaType: 'application/json' });
    const content: unknown = JSON.parse(Buffer.from(attachment?.content ?? '', 'base64').toString());
    expect(content).toMatchObject({
      platform: 'slack',
      exportedAt: '2026-03-10T05:30:00.000Z',
      leftOut: false,
      messages: [
        { channelId: 'C1', text: '비 오는 날 싫어', readings: [{ label: 'negative', modelVersion: 'v1' }] },
        { text: null, readings: [] },
      ],
      feedback: [{ emoji: '🔴', label: 'negative', action: 'added' }],
    });
  });
});

describe('deleting', () => {
  it('is asked once more, and then nothing leads to the person', async () => {
    const { own, other } = await write();
    const question = await ask('delete');
    expect(question.text).toMatch(/^To delete: 2 messages .* made anew without them .* cannot be undone/);
    expect(question.buttons).toMatchObject([
      [{ id: 'privacy:delete', style: 'danger' }, { id: 'privacy:keep' }],
    ]);
    expect((await store.messages.get(own))?.text).not.toBeNull();
    expect((await press('privacy:keep')).text).toBe('Nothing was deleted.');
    expect((await store.messages.get(own))?.text).not.toBeNull();

    const done = await press('privacy:delete');
    expect(done).toMatchObject({ private: true, replace: true });
    expect(done.text).toMatch(
      /^I erased one text, and nothing that is kept leads to you any more\. .*leave-out/,
    );
    expect((await store.messages.get(own))?.text).toBeNull();
    expect((await store.messages.get(other))?.text).not.toBeNull();
    expect(await store.people.dataOf('slack', 'kim')).toEqual({ leftOut: false, messages: [], feedback: [] });
    expect((await ask('delete', 'ko')).text).toContain('지울 것도 없어요');
    expect((await ask('delete')).buttons).toBeUndefined();
  });

  it('leaves the wish to be left out, and says so', async () => {
    await write();
    await ask('leave-out');
    expect((await press('privacy:delete')).text).toContain('I remember only that you asked to be left out.');
    expect(await store.people.isLeftOut('slack', 'kim')).toBe(true);
  });

  it('speaks of models only where models learn from messages', async () => {
    await write();
    rules = { training: 'off', textHours: 336 };
    expect((await ask('delete')).text).not.toContain('model');
    expect((await ask('delete', 'ko')).text).not.toContain('모델');
  });
});

describe('being left out', () => {
  it('holds until the person comes back', async () => {
    expect((await ask('leave-out')).text).toMatch(/^From now on I neither read nor keep/);
    expect(await store.people.isLeftOut('slack', 'kim')).toBe(true);
    expect((await ask('come-back')).text).toMatch(/^Welcome back/);
    expect(await store.people.isLeftOut('slack', 'kim')).toBe(false);
  });
});

it('every answer is for the person alone, in their language', async () => {
  await write();
  for (const language of LANGUAGES) {
    const answers = await Promise.all([
      ...(['show', 'export', 'delete', 'leave-out', 'come-back'] as const).map((action) =>
        ask(action, language),
      ),
      ...['privacy:keep', 'privacy:explode'].map((id) => press(id, language)),
    ]);
    for (const { text, private: hidden } of answers) {
      expect(hidden).toBe(true);
      expect(HANGUL.test(text)).toBe(language === 'ko');
    }
  }
});
