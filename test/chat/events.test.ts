// What comes of a platform's events, over a real store: read or left alone by the channel's mode, revised, erased, corrected.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConversation, type Conversation } from '../../src/chat/conversation.js';
import { createInboxRunner } from '../../src/chat/delivery/inbox-runner.js';
import { createEventHandler, laneOf, type HandleEvent } from '../../src/chat/events.js';
import type { ChatEvent, IncomingMessage } from '../../src/chat/platform.js';
import {
  createCommunitySettings,
  type CommunitySettingsService,
  type Person,
} from '../../src/chat/settings.js';
import type { WaitsFor } from '../../src/learn/trust/judge-corrections.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { Store } from '../../src/store/store.js';
import { createFakePlatform, type FakePlatform } from '../fakes/platform.js';
import { createFakeSentiment, readingAs, type FakeSentiment } from '../fakes/sentiment.js';
import { openTestStore } from '../fakes/web-bench.js';

const PLACE = { platform: 'fake', communityId: 'home', channelId: 'room' } as const;
const MODERATOR: Person = { id: 'mod', roleIds: [], moderates: true };
const person = (id: string): Person => ({ id, roleIds: [], moderates: false });

let folder: string;
let store: Store;
let sentiment: FakeSentiment;
let platform: FakePlatform;
let conversation: Conversation;
let settings: CommunitySettingsService;
let handle: HandleEvent;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-events-'));
  store = await openTestStore(folder);
  sentiment = createFakeSentiment();
  platform = createFakePlatform();
  conversation = createConversation({ store, sentiment, logger: SILENT_LOGGER });
  conversation.attach(platform);
  settings = createCommunitySettings(store.settings);
  handle = createEventHandler(parts());
});
afterEach(async () => {
  await conversation.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const parts = () => ({ platform, conversation, store, settings, threshold: 0.8 });
const message = (
  messageId: string,
  text: string,
  change: Partial<IncomingMessage> = {},
): IncomingMessage => ({
  ...PLACE,
  ...{ messageId, authorId: 'kim', text, language: 'en', addressed: false, trainable: true },
  ...change,
});
const say = (messageId: string, text: string, change: Partial<IncomingMessage> = {}) =>
  handle({ type: 'message', message: message(messageId, text, change) });
const react = (messageId: string, who: Person, emoji: string, action: 'added' | 'removed' = 'added') =>
  handle({ type: 'reaction', ...PLACE, messageId, person: who, emoji, action });
const find = (messageId: string) => store.messages.find('fake', 'room', messageId);
const labelOf = async (messageId: string) => {
  const id = (await find(messageId))?.id ?? '';
  return (await store.feedback.current([id])).get(id)?.label;
};
/** Answers get an id of the platform once they are sent. */
async function deliverAnswers(): Promise<string> {
  const id = platform.replies.at(-1)?.id ?? '';
  await store.messages.delivered(id, `sent-${id}`);
  return `sent-${id}`;
}

describe('a message that does not speak to Nunchi', () => {
  it.each([
    ['silent', 1, []],
    ['react', 1, [['1', 'negative']]],
    ['request', 0, []],
    ['off', 0, []],
  ] as const)('in mode %s', async (mode, read, reactions) => {
    await settings.change('fake', 'home', { channels: { room: mode } });
    await say('1', 'negative');
    expect(sentiment.seen).toHaveLength(read);
    expect(platform.reactions).toEqual(reactions);
    expect(platform.replies).toEqual([]);
    expect((await find('1')) === null).toBe(read === 0);
  });

  it('gets an emoji only where the reading is sure by the measure of the community, and a mood', async () => {
    await settings.change('fake', 'home', { mode: 'react' });
    await say('1', 'neither');
    await say('2', 'neutral');
    sentiment.swap('nunchi-2', () => readingAs('positive', 0.79));
    await say('3', 'nearly');
    await settings.change('fake', 'home', { threshold: 0.7 });
    await say('4', 'sure enough here');
    expect(platform.reactions).toEqual([['4', 'positive']]);
  });

  it('is answered in every mode where it speaks to Nunchi', async () => {
    for (const mode of ['silent', 'react', 'request', 'off'] as const) {
      await settings.change('fake', 'home', { mode });
      await say(mode, 'positive', { addressed: true });
    }
    expect(platform.replies).toHaveLength(4);
  });

  it('that cannot be read now is to be handled again, and is answered once then', async () => {
    sentiment.failure = new Error('the model is gone');
    await expect(say('1', 'positive', { addressed: true })).rejects.toMatchObject({ code: 'busy' });
    sentiment.failure = null;
    await say('1', 'positive', { addressed: true });
    await say('1', 'positive', { addressed: true });
    expect(new Set(platform.replies.map(({ id }) => id)).size).toBe(1);
  });
});

describe('somebody who asked to be left out', () => {
  beforeEach(() => store.people.leaveOut('fake', 'kim', true));

  it('is not read', async () => {
    await say('1', 'negative');
    expect([sentiment.seen, await find('1')]).toEqual([[], null]);
  });

  it('is answered when speaking to Nunchi, and the text is not kept', async () => {
    await say('1', 'negative', { addressed: true });
    expect(platform.replies).toHaveLength(1);
    expect((await find('1'))?.text).toBeNull();
    expect(await store.feedback.corrections()).toEqual([]);
  });

  it('labels nothing', async () => {
    await say('1', 'negative', { authorId: 'lee' });
    await react('1', { ...MODERATOR, id: 'kim' }, '🟢');
    expect(await labelOf('1')).toBeUndefined();
  });
});

describe('an edit', () => {
  const edit = (messageId: string, text: string) => handle({ type: 'edit', ...PLACE, messageId, text });

  it('revises the reading, and the label given to the earlier text goes', async () => {
    await say('1', 'negative');
    await react('1', MODERATOR, '🔴');
    await edit('1', 'positive after all');
    const known = await find('1');
    expect(known?.text).toBe('positive after all');
    expect((await store.predictions.of(known?.id ?? '')).map(({ label }) => label)).toEqual([
      'positive',
      'negative',
    ]);
    expect(await labelOf('1')).toBeUndefined();
  });

  it('of an answered message amends the answer, once', async () => {
    await say('1', 'negative', { addressed: true });
    await edit('1', 'positive');
    await edit('1', 'positive');
    expect(platform.replies).toHaveLength(1);
    expect(platform.amended).toMatchObject([{ id: platform.replies[0]?.id, reading: { label: 'positive' } }]);
  });

  it('that cannot be read now is made as a whole when it is handled again', async () => {
    await say('1', 'negative', { addressed: true });
    sentiment.failure = new Error('the model is gone');
    await expect(edit('1', 'positive')).rejects.toThrow();
    expect((await find('1'))?.text).toBe('negative');
    sentiment.failure = null;
    await edit('1', 'positive');
    expect((await find('1'))?.text).toBe('positive');
    expect((await store.predictions.of((await find('1'))?.id ?? ''))[0]).toMatchObject({ label: 'positive' });
    expect(platform.amended).toHaveLength(1);
  });

  it('whose answer could not be amended is amended when it is handled again', async () => {
    await say('1', 'negative', { addressed: true });
    vi.spyOn(platform, 'amend').mockRejectedValueOnce(new Error('the disk is full'));
    await expect(edit('1', 'positive')).rejects.toThrow('the disk is full');
    await edit('1', 'positive');
    expect(platform.amended).toMatchObject([{ reading: { label: 'positive' } }]);
  });

  it('of a message that Nunchi does not know changes nothing', async () => {
    await edit('9', 'positive');
    expect(await find('9')).toBeNull();
  });
});

describe('a deletion', () => {
  it('erases the texts, so that nothing is learned from them', async () => {
    await say('1', 'negative');
    await say('2', 'negative');
    await react('1', MODERATOR, '🟢');
    expect(await store.feedback.corrections()).toHaveLength(1);
    for (const messageId of ['1', '2', '9']) await handle({ type: 'deletion', ...PLACE, messageId });
    expect([(await find('1'))?.text, (await find('2'))?.text]).toEqual([null, null]);
    expect(await store.feedback.corrections()).toEqual([]);
  });
});

/** One step: a person with a sign and an emoji, `mod` being a moderator; `answer:` is put under Nunchi's answer. */
async function play(script: string, answerId: string): Promise<void> {
  for (const step of script.split(' ').filter(Boolean)) {
    const [, where, who = '', sign, emoji = ''] = /^(answer:)?(\w+)([+-]|!)(.*)$/u.exec(step) ?? [];
    const messageId = where === undefined ? '1' : answerId;
    if (sign === '!') {
      await handle({ type: 'reactions-cleared', ...PLACE, messageId, emoji: emoji === '' ? null : emoji });
    } else {
      const one = who.startsWith('mod') ? { ...MODERATOR, id: who } : person(who);
      await react(messageId, one, emoji, sign === '+' ? 'added' : 'removed');
    }
  }
}

describe('reactions', () => {
  it.each([
    ['a moderator sets it', 'mod+🟢', 'positive'],
    ['under the answer as well', 'answer:mod+🟢', 'positive'],
    ['by the name that Slack has for it', 'mod+large_green_circle', 'positive'],
    ['❌ forgets the reading', 'mod+❌', null],
    ['👍 under the answer confirms', 'answer:mod+👍', 'negative'],
    ['👎 under the answer asks and sets nothing', 'answer:mod+👎', undefined],
    ['ordinary traffic creates no label', 'mod+👍 mod+❤️ a+😂 mod+👎 mod+🔥 b+👀', undefined],
    ['the latest of two moderators wins', 'mod1+🔴 mod2+🟢', 'positive'],
    ['taking it back revokes', 'mod+🟢 mod-🟢', undefined],
    ['taking the latest back gives way to the one before', 'mod1+🔴 mod2+🟢 mod2-🟢', 'negative'],
    ['one other person decides nothing', 'a+🟢', undefined],
    ['three of them do', 'a+🟢 b+🟢 c+🟢', 'positive'],
    ['two thirds do', 'a+🟢 b+🟢 c+🔴', 'positive'],
    ['one of them taking it back undoes it', 'a+🟢 b+🟢 c+🟢 c-🟢', undefined],
    ['a moderator overrules them', 'a+🟢 b+🟢 c+🟢 mod+⚪', 'neutral'],
    ['all cleared', 'mod+🟢 a+🔴 x!', undefined],
    ['one emoji cleared', 'mod1+🔴 mod2+🟢 x!🟢', 'negative'],
    ['cleared under the answer, those under the message stand', 'mod+🟢 answer:mod+🔴 answer:x!', 'positive'],
    [
      'a role that was lost: what was said before stands, what is said after counts as anybody’s',
      'mod+🟢 a+🔴',
      'positive',
    ],
  ])('%s', async (_name, script, expected) => {
    await say('1', 'negative', { addressed: true });
    await play(script, await deliverAnswers());
    expect(await labelOf('1')).toBe(expected);
  });

  it('of moderators who disagree put the message into the review queue', async () => {
    await say('1', 'negative', { addressed: true });
    await play('mod1+🔴 mod2+🟢', await deliverAnswers());
    expect(await store.review.queue('fake', 'home', 'nobody', 5)).toMatchObject([
      { contested: true, message: { externalId: '1' } },
    ]);
  });

  it('go by the roles, the emoji and the quorum that the community has set', async () => {
    const emoji = { positive: ['party_parrot'], neutral: [], negative: [], forget: [] };
    await settings.change('fake', 'home', {
      emoji,
      moderatorRoles: ['R1'],
      quorum: { people: 2, agreement: 1 },
    });
    for (const id of ['1', '2', '3']) await say(id, 'negative');
    await react('1', { id: 'a', roleIds: ['R1'], moderates: false }, 'party_parrot');
    await react('2', person('a'), '🟢');
    await react('2', person('b'), '🟢');
    await settings.change('fake', 'home', { quorum: null });
    for (const id of ['a', 'b', 'c']) await react('3', person(id), '🟢');
    expect([await labelOf('1'), await labelOf('2'), await labelOf('3')]).toEqual([
      'positive',
      'positive',
      undefined,
    ]);
  });

  it('of a moderator on a message that Nunchi has not read fetch it; of others, or social ones, they do not', async () => {
    const asked: string[] = [];
    platform.fetch = (_channelId, messageId) => {
      asked.push(messageId);
      return Promise.resolve(messageId === 'gone' ? null : message(messageId, 'negative from before'));
    };
    await react('old', person('a'), '🔴');
    await react('old', MODERATOR, '👍');
    await react('gone', MODERATOR, '🔴');
    expect(asked).toEqual(['gone']);
    await react('old', MODERATOR, '🔴');
    expect(await labelOf('old')).toBe('negative');
    expect(await store.feedback.corrections()).toMatchObject([
      { text: 'negative from before', label: 'negative' },
    ]);
  });

  const whispers = () => [...platform.whispers.values()];

  it('👎 under the answer asks the person, alone, which reading would be right', async () => {
    await say('1', 'negative', { addressed: true, threadId: 'thread' });
    const answer = await deliverAnswers();
    await react(answer, MODERATOR, '👎');
    await react(answer, MODERATOR, '👎', 'removed');
    await react(answer, MODERATOR, '👎');
    const id = (await find('1'))?.id ?? '';
    expect(whispers()).toMatchObject([
      {
        personId: 'mod',
        messageId: answer,
        threadId: 'thread',
        text: expect.stringContaining('Which') as string,
      },
    ]);
    expect(
      whispers()[0]
        ?.buttons.flat()
        .map((button) => button.id),
    ).toEqual(['positive', 'neutral', 'negative', 'forget'].map((label) => `ask:${id}:${label}`));
    // Of people who do not moderate the first: a crowd does not fill the channel with one question.
    for (const who of ['a', 'b', 'c']) await react(answer, person(who), '👎');
    expect(whispers().map(({ personId }) => personId)).toEqual(['mod', 'a']);
  });

  it.each([
    ['ko', 'off', '바로잡아 주셔서 고마워요. 이 플랫폼에서는 운영자가 학습을 꺼 두어서'],
    [
      'auto',
      'authored',
      'Thank you for the correction. It is stored, not used for training: on this platform',
    ],
  ] as const)(
    'that nothing is learned from tell a moderator so, once (%s, %s)',
    async (language, use, text) => {
      await settings.change('fake', 'home', { language });
      handle = createEventHandler({ ...parts(), training: { fake: use } });
      for (const id of ['1', '2']) {
        await say(id, 'negative', { trainable: false });
        await react(id, person('a'), '🟢');
        await react(id, MODERATOR, '🟢');
        await react(id, MODERATOR, '🟢', 'removed');
      }
      expect(whispers()).toMatchObject([
        { personId: 'mod', messageId: '1', text: expect.stringContaining(text) as string, buttons: [] },
      ]);
    },
  );

  describe('that wait before they are learned', () => {
    function waitFor(waitsFor: WaitsFor): void {
      const trust = { waitOf: () => Promise.resolve({ reason: 'evidence', waitsFor } as const) };
      conversation = createConversation({ store, sentiment, logger: SILENT_LOGGER, trust });
      conversation.attach(platform);
      handle = createEventHandler(parts());
    }

    it('for the only moderator, ask once more, with buttons, about each thing that is said', async () => {
      waitFor('author');
      await say('1', 'negative');
      await react('1', MODERATOR, '🟢');
      await react('1', MODERATOR, '⚪');
      const id = (await find('1'))?.id ?? '';
      expect(whispers().map(({ text }) => text)).toEqual(Array(2).fill(expect.stringContaining('once more')));
      expect(whispers()[0]?.buttons.flat()[0]?.id).toBe(`ask:${id}:positive`);
      await conversation.correct({
        ...{ messageId: id, personId: 'mod', moderator: true, action: 'added' },
        ...{ emoji: '⚪', chosen: true },
      });
      expect((await store.testimony.all())[0]?.words.at(-1)).toMatchObject({
        label: 'neutral',
        confirmed: true,
      });
    });

    it('for a second moderator, say so once', async () => {
      waitFor('moderator');
      for (const id of ['1', '2']) {
        await say(id, 'negative');
        await react(id, person('a'), '🟢');
        await react(id, MODERATOR, '🟢');
      }
      expect(whispers()).toMatchObject([
        { personId: 'mod', messageId: '1', text: expect.stringContaining('second moderator') as string },
      ]);
    });
  });

  it('that are learned, that forget, that mean nothing or are about distress tell nothing', async () => {
    await say('1', 'negative');
    await say('2', '죽고 싶어요', { trainable: false });
    for (const emoji of ['🟢', '❌', '👎', '😂']) await react('1', MODERATOR, emoji);
    await react('2', MODERATOR, '🔴');
    expect(whispers()).toEqual([]);
  });

  it('handled twice come to the same', async () => {
    await say('1', 'negative');
    const events: ChatEvent[] = (['added', 'removed', 'added'] as const).map((action) => ({
      ...{ type: 'reaction', ...PLACE, messageId: '1', person: MODERATOR, emoji: '🟢', action },
    }));
    for (const event of events) {
      await handle(event);
      await handle(event);
    }
    expect(await labelOf('1')).toBe('positive');
  });
});

describe('events that come faster than they are handled', () => {
  it('are handled in their order where they belong to one message, however the model dawdles', async () => {
    const runner = createInboxRunner<ChatEvent>({
      platform: 'fake',
      inbox: store.inbox,
      handle,
      laneOf,
      logger: SILENT_LOGGER,
    });
    await runner.start();
    sentiment.hold();
    const reaction = { type: 'reaction', ...PLACE, messageId: '1', person: MODERATOR } as const;
    await runner.accept('m1', { type: 'message', message: message('1', 'negative') });
    await runner.accept('r1', { ...reaction, emoji: '🟢', action: 'added' });
    await runner.accept('e1', { type: 'edit', ...PLACE, messageId: '1', text: 'positive now' });
    await runner.accept('r2', { ...reaction, emoji: '⚪', action: 'added' });
    await runner.accept('c1', { type: 'reactions-cleared', ...PLACE, messageId: '1', emoji: '🟢' });
    await runner.accept('m2', { type: 'message', message: message('2', 'negative') });
    await runner.accept('d2', { type: 'deletion', ...PLACE, messageId: '2' });
    sentiment.release();
    await runner.idle();
    await runner.stop();
    expect(await labelOf('1')).toBe('neutral');
    expect([(await find('1'))?.text, (await find('2'))?.text]).toEqual(['positive now', null]);
  });
});
