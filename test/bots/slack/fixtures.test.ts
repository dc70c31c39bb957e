// What Nunchi is told of each of Slack's payloads in test/fixtures/slack, through the real Bolt and all that translates them.
import { App, type Receiver } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import type { SlackApi } from '../../../bots/slack/api.js';
import { createBoltLogger } from '../../../bots/slack/bolt-logger.js';
import { registerInteractions } from '../../../bots/slack/interactions/interactions.js';
import type { People } from '../../../bots/slack/people.js';
import { registerEvents } from '../../../bots/slack/register-events.js';
import { createTranslator } from '../../../bots/slack/translate/events.js';
import type { ChatEvent } from '../../../src/chat/platform.js';
import type { ChatRequest } from '../../../src/chat/requests.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import { payloadNames, readPayload } from '../../fixtures/payloads.js';

const [TEAM, CHANNEL, DIRECT] = ['T123ABC456', 'C123ABC456', 'D123ABC456'];
const [BOT, MINA, JOON] = ['U061F7AUR', 'U123ABC456', 'U234BCD567'];
const MESSAGE = '1355517523.000005';
const PLACE = { platform: 'slack', communityId: TEAM, channelId: CHANNEL };
const MODERATOR = { id: JOON, roleIds: ['S123ABC456'], moderates: true };

/** What is in every message of a channel that was only overheard. */
const OVERHEARD = {
  ...PLACE,
  messageId: MESSAGE,
  authorId: MINA,
  threadId: null,
  language: 'en',
  addressed: false,
  trainable: true,
};

type Told = { key: string; event: unknown };

const message = (
  ts: string,
  change: { channelId?: string; text: string; [field: string]: unknown },
): Told[] => [
  {
    key: `message:${change.channelId ?? CHANNEL}:${ts}`,
    event: { type: 'message', message: { ...OVERHEARD, messageId: ts, ...change } },
  },
];
const deletion: Told[] = [
  { key: `deletion:${CHANNEL}:${MESSAGE}`, event: { type: 'deletion', ...PLACE, messageId: MESSAGE } },
];
const reaction = (eventId: string, emoji: string, action: 'added' | 'removed'): Told[] => [
  {
    key: `event:${eventId}`,
    event: {
      type: 'reaction',
      ...PLACE,
      messageId: '1360782400.498405',
      person: MODERATOR,
      emoji,
      action,
    },
  },
];
const MENTION = message('1515449522.000016', {
  text: 'is it everything a river should be?',
  addressed: true,
  language: 'ko',
});

const EVENTS: Record<string, Told[]> = {
  message: message(MESSAGE, { text: 'so <slow> & see the page, @someone' }),
  'message-direct': message(MESSAGE, {
    channelId: DIRECT,
    text: '오늘은 좋았어요',
    addressed: true,
    language: 'ko',
  }),
  'message-thread-reply': message('1482960137.003543', {
    threadId: '1482960136.003543',
    text: 'why?',
    addressed: true,
    language: 'ko',
  }),
  'message-thread-broadcast': message('1482960138.003543', {
    threadId: '1482960136.003543',
    text: 'for all',
  }),
  // One mention comes as both, under one key.
  'message-mention': MENTION,
  'app-mention': MENTION,
  'message-changed': [
    {
      key: `edit:${CHANNEL}:${MESSAGE}:1358878755.000000`,
      event: { type: 'edit', ...PLACE, messageId: MESSAGE, text: 'Hello, world!' },
    },
  ],
  'message-changed-unfurl': [],
  'message-changed-tombstone': deletion,
  'message-deleted': deletion,
  'bot-message': [],
  'message-of-app': [],
  'message-of-another-organisation': [],
  'channel-join': [],
  'reaction-added': reaction('Ev1', 'large_green_circle', 'added'),
  'reaction-added-skin-tone': reaction('Ev2', '+1::skin-tone-3', 'added'),
  'reaction-added-by-app': [],
  'reaction-added-to-file': [],
  'reaction-removed': reaction('Ev3', 'large_green_circle', 'removed'),
};

const ASKED = { ...PLACE, person: MODERATOR, language: 'ko' };

const REQUESTS: Record<string, object> = {
  'slash-command': {
    ...ASKED,
    requestId: '13345224609.738474920.8088930838d88f008e0',
    type: 'settings',
    change: { mode: 'react', moderatorRoles: ['S123ABC456'], moderators: [MINA] },
  },
  'message-shortcut': {
    ...ASKED,
    requestId: '968505211111.2175714341.1aab9e61e0a5bf49e87bd5f2d55e5b1c',
    type: 'correct',
    message: { ...OVERHEARD, language: 'ko', text: 'the build is red again' },
  },
  'block-actions': {
    ...ASKED,
    requestId: '12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3',
    type: 'button',
    buttonId: 'queue:skip:1',
  },
  'view-submission': {
    ...ASKED,
    requestId: 'VNHU13V36',
    type: 'dialog',
    dialogId: 'correct:01a2-message',
    label: 'negative',
    text: '기다리다 지쳤어요',
  },
};

const PEOPLE: People = {
  get: (id) =>
    Promise.resolve({
      person: id === JOON ? MODERATOR : { id, roleIds: [], moderates: false },
      language: 'ko',
      foreign: false,
      bot: false,
    }),
  languageOf: () => Promise.resolve('ko'),
};

/** Answers lead nowhere. */
const API = {
  write: { chat: { postEphemeral: () => Promise.resolve({ ok: true }) } },
} as unknown as SlackApi;
const RECEIVER: Receiver = {
  init: () => undefined,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

async function take(name: string) {
  const told: Told[] = [];
  const requests: ChatRequest[] = [];
  const hub = {
    accept: (key: string, event: ChatEvent) => {
      told.push({ key, event });
      return Promise.resolve(true);
    },
    request: (request: ChatRequest) => {
      requests.push(request);
      return Promise.resolve({ text: 'noted', private: true });
    },
  };
  const identity = { teamId: TEAM, enterpriseId: null, orgWide: false, userId: BOT, botId: 'B123ABC456' };
  const translator = createTranslator({ identity, answeredIn: () => false, trainable: true }, PEOPLE);
  const app = new App({
    receiver: RECEIVER,
    authorize: () => Promise.resolve({ botToken: 'xoxb-none', botId: identity.botId, botUserId: BOT }),
    convoStore: false,
    logger: createBoltLogger(SILENT_LOGGER),
  });
  const common = { app, translator, hub, people: PEOPLE, api: API, logger: SILENT_LOGGER };
  registerEvents({ ...common, identity, onGone: () => undefined });
  registerInteractions(common);
  // Without the address to answer at, which is Slack's.
  const { response_url: _address, ...body } = readPayload('slack', name) as Record<string, unknown>;
  let acknowledged = 0;
  await app.processEvent({ body, ack: () => Promise.resolve(void (acknowledged += 1)) });
  return { told, requests, acknowledged };
}

describe('payloads of Slack', () => {
  it('are all here', () => {
    expect(Object.keys({ ...EVENTS, ...REQUESTS }).sort()).toEqual(payloadNames('slack'));
  });

  it.each(Object.entries(EVENTS))('%s', async (name, expected) => {
    expect(await take(name)).toEqual({ told: expected, requests: [], acknowledged: 1 });
  });

  it.each(Object.entries(REQUESTS))('%s', async (name, expected) => {
    expect(await take(name)).toEqual({ told: [], requests: [expected], acknowledged: 1 });
  });
});
