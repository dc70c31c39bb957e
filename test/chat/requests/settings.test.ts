// Settings shown and changed in a chat: every one of them is there, and a refusal says what it takes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSettingsRequests } from '../../../src/chat/requests/settings.js';
import {
  createCommunitySettings,
  DEFAULT_SETTINGS,
  type CommunitySettings,
  type CommunitySettingsService,
  type SettingsChange,
} from '../../../src/chat/settings.js';
import type { Store } from '../../../src/store/store.js';
import { openTestStore } from '../../fakes/web-bench.js';
import { ASKER, aContext, HANGUL, LANGUAGES } from './asking.js';

let folder: string;
let store: Store;
let service: CommunitySettingsService;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-settings-requests-'));
  store = await openTestStore(folder);
  service = createCommunitySettings(store.settings);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(change: SettingsChange | null, language: 'ko' | 'en' = 'en') {
  const settings = await service.get('slack', 'T1');
  const { answer } = createSettingsRequests({ settings: service, threshold: 0.6 });
  return answer({ ...ASKER, type: 'settings', change }, aContext({ settings, language }));
}

const SET: CommunitySettings = {
  language: 'en',
  timeZone: 'Asia/Seoul',
  threshold: 0.75,
  mode: 'react',
  channels: { C1: 'request', C2: 'off' },
  emoji: { positive: ['party_parrot'], neutral: [], negative: ['💢'], forget: [] },
  moderatorRoles: ['R1'],
  moderators: ['U7'],
  quorum: null,
  probes: true,
  newsChannel: 'C1',
  alerts: true,
};

describe('the list of settings', () => {
  it('has a line for each, with its value and the name by which it is changed', async () => {
    await service.change('slack', 'T1', SET);
    const answer = await ask(null);
    expect(answer.private).toBe(true);
    const lines = answer.text.split('\n');
    expect(lines.slice(1, -1)).toEqual([
      '• In channels (mode): reacts where it is sure (react)',
      '• In this channel (here): reads only when asked (request). Other channels of their own: C2 off',
      '• Not sure below (threshold): 75%',
      '• Emoji that correct (positive, neutral, negative, forget): 🟢 ⚪ 🔴 ❌, positive party_parrot, negative 💢',
      '• Language of answers (language): English',
      '• Time zone (time-zone): Asia/Seoul',
      '• Further moderators, roles (moderators): R1',
      '• Further moderators, people (moderators): U7',
      '• Corrections by other people (quorum): kept, and not counted',
      '• Check sentences in the queue (probes): on: about one message in ten is a sentence whose reading I know, and the answers say how far I rely on corrections. They are not trained on, and nobody is shown how a person did',
      '• News channel (news): this channel',
      '• Alerts on steep falls (alerts): on',
    ]);
    expect(lines).toHaveLength(Object.keys(DEFAULT_SETTINGS).length + 2);
  });

  it('says what holds where nothing was set, in both languages', async () => {
    const english = (await ask(null)).text;
    expect(english).toContain('(threshold): 60% (default)');
    expect(english).toContain('counted once 3 have spoken and 67% of them agree');
    const korean = (await ask(null, 'ko')).text;
    for (const line of korean.split('\n')) expect(line).toMatch(HANGUL);
    expect(korean).toContain('(threshold): 60%(기본값)');
  });
});

describe('a change', () => {
  it('is kept, and what it changed is said in the language that holds now', async () => {
    expect((await ask({ mode: 'react', threshold: null })).text).toBe(
      'Changed.\n• In channels (mode): reacts where it is sure (react)\n• Not sure below (threshold): 60% (default)',
    );
    expect((await ask({ language: 'ko' })).text).toBe('바꿨어요.\n• 대답하는 말 (language): 한국어');
    expect((await ask({ channels: { C1: null } })).text).toContain('(here): 다른 채널과 같아요');
    expect(await createCommunitySettings(store.settings).get('slack', 'T1')).toMatchObject({
      mode: 'react',
      language: 'ko',
    });
    expect(await service.get('slack', 'T2')).toEqual(DEFAULT_SETTINGS);
  });

  it('that needs another one says so', async () => {
    expect((await ask({ alerts: true })).text).toContain(
      'without a news channel (news) I cannot tell anybody',
    );
    expect((await ask({ newsChannel: 'C1', alerts: true })).text).toMatch(/this channel\n.*: on$/);
  });

  it.each<[SettingsChange, RegExp, RegExp]>([
    [{ mode: 'loud' as 'silent' }, /\(mode\): this takes one of silent, react/, /\(mode\): silent, react/],
    [{ channels: { C1: 'loud' as 'silent' } }, /\(here\): this takes one of/, /\(here\): silent/],
    [{ threshold: -1 }, /\(threshold\): this takes something from 0% to 100%/, /0%에서 100% 사이/],
    [{ timeZone: 'Mars/Olympus' }, /such as Asia\/Seoul/, /Asia\/Seoul이나/],
    [{ language: 'fr' as 'ko' }, /one of auto, ko or en/, /auto, ko, en 가운데/],
    [{ quorum: { people: 1, agreement: 1 } }, /from 2 to 100 people/, /2명에서 100명/],
    [{ emoji: { ...SET.emoji, neutral: Array<string>(11).fill('x') } }, /at most ten emoji/, /열 개까지/],
    [{ moderators: Array<string>(101).fill('U') }, /at most 100 people/, /100명까지/],
    [{ moderatorRoles: Array<string>(101).fill('R') }, /at most 100 roles/, /100개까지/],
    [{ newsChannel: '' }, /a channel of this community/, /이 커뮤니티의 채널/],
    [{ alerts: 'yes' as unknown as boolean }, /on or off/, /on이나 off/],
  ])('%j is refused with what it takes, and nothing changes', async (change, english, korean) => {
    for (const language of LANGUAGES) {
      const { text, private: hidden } = await ask(change, language);
      expect(text).toMatch(language === 'ko' ? korean : english);
      expect(text).toMatch(/Nothing was changed\.$|바뀐 것은 없어요\.$/);
      expect(hidden).toBe(true);
    }
    expect(await service.get('slack', 'T1')).toEqual(DEFAULT_SETTINGS);
  });

  it('of what is no setting is an error', async () => {
    await expect(ask({ volume: 11 } as SettingsChange)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
