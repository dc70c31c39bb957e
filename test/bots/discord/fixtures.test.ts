// What Nunchi is told of each of Discord's payloads in test/fixtures/discord, through all that translates them.
import type { APIInteraction, GatewayDispatchPayload } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createEventSource } from '../../../bots/discord/events.js';
import { createLanes } from '../../../bots/discord/lanes.js';
import type { Members } from '../../../bots/discord/members.js';
import { isThread, placeOf } from '../../../bots/discord/places.js';
import type { MessageContext } from '../../../bots/discord/translate/message.js';
import { requestOfInteraction } from '../../../bots/discord/translate/request.js';
import type { ChatEvent } from '../../../src/chat/platform.js';
import type { ChatRequest } from '../../../src/chat/requests.js';
import { payloadNames, readPayload } from '../../fixtures/payloads.js';

const [GUILD, CHANNEL, DIRECT] = ['197038439483310086', '290926798999357250', '319674150115610528'];
const [BOT, MINA, JOON] = ['310848622642069504', '80351110224678912', '53908232506183680'];
const [MESSAGE, ROLE] = ['334385199974967042', '41771983423143936'];
const PLACE = { platform: 'discord', communityId: GUILD, channelId: CHANNEL };
const DIRECT_PLACE = { platform: 'discord', communityId: `dm:${DIRECT}`, channelId: DIRECT };
const MODERATOR = { id: JOON, roleIds: [ROLE], moderates: true };

/** What is in every message of a guild that was only overheard. */
const OVERHEARD = {
  ...PLACE,
  messageId: MESSAGE,
  authorId: MINA,
  threadId: null,
  language: 'ko',
  addressed: false,
  trainable: true,
};

type Told = { key: string; event: unknown };

const message = (id: string, change: object): Told[] => [
  { key: `message:${id}`, event: { type: 'message', message: { ...OVERHEARD, messageId: id, ...change } } },
];
const deletion = (id: string): Told => ({
  key: `deletion:${id}`,
  event: { type: 'deletion', ...PLACE, messageId: id },
});
const reaction = (emoji: string, action: 'added' | 'removed', change: object = {}): Told[] => [
  {
    key: `reaction:${MESSAGE}:${JOON}:${emoji}:${action}:session:5`,
    event: { type: 'reaction', ...PLACE, messageId: MESSAGE, person: MODERATOR, emoji, action, ...change },
  },
];
const cleared = (emoji: string | null): Told[] => [
  {
    key: `cleared:${MESSAGE}:${emoji ?? 'all'}:session:5`,
    event: { type: 'reactions-cleared', ...PLACE, messageId: MESSAGE, emoji },
  },
];

const EVENTS: Record<string, Told[]> = {
  'message-create-guild': message(MESSAGE, { text: 'Supa Hot :pepe: in' }),
  'message-create-mention': message('334385199974967043', { text: '오늘 정말 좋았어요', addressed: true }),
  'message-create-reply': message('334385199974967044', {
    text: 'why?',
    addressed: true,
    repliesTo: '334385199974967040',
  }),
  'message-create-direct': message('334385199974967045', {
    ...DIRECT_PLACE,
    text: 'it was a long day',
    addressed: true,
  }),
  'message-create-thread': message('334385199974967049', {
    channelId: '334385199974967100',
    threadId: '334385199974967100',
    parentChannelId: CHANNEL,
    text: 'in a thread',
  }),
  'message-create-without-content': [],
  'message-create-webhook': [],
  'message-create-join': [],
  'message-update-edit': [
    {
      key: `edit:${MESSAGE}:${Date.parse('2017-07-11T17:28:07.299Z')}`,
      event: { type: 'edit', ...PLACE, messageId: MESSAGE, text: 'not so hot' },
    },
  ],
  'message-update-embed': [],
  'message-delete': [deletion(MESSAGE)],
  'message-delete-bulk': [deletion(MESSAGE), deletion('334385199974967043')],
  'reaction-add': reaction('🟢', 'added'),
  'reaction-add-custom-burst': reaction('41771983429993937', 'added'),
  'reaction-add-direct': [
    {
      key: `reaction:334385199974967045:${MINA}:👎:added:session:5`,
      event: {
        type: 'reaction',
        ...DIRECT_PLACE,
        messageId: '334385199974967045',
        person: { id: MINA, roleIds: [], moderates: false },
        emoji: '👎',
        action: 'added',
      },
    },
  ],
  'reaction-remove': reaction('🟢', 'removed'),
  'reaction-remove-all': cleared(null),
  'reaction-remove-emoji': cleared('🟢'),
};

const ASKED = { ...PLACE, person: MODERATOR, language: 'ko' };

const REQUESTS: Record<string, object> = {
  'interaction-slash-command': {
    ...ASKED,
    requestId: '786008729715212338',
    type: 'settings',
    change: { mode: 'react', moderatorRoles: [ROLE], moderators: [MINA] },
  },
  'interaction-slash-command-direct': {
    ...DIRECT_PLACE,
    person: { id: MINA, roleIds: [], moderates: false },
    language: 'en',
    requestId: '786008729715212339',
    type: 'check',
    text: 'what a :pepe: day',
  },
  'interaction-message-menu': {
    ...PLACE,
    person: { id: MINA, roleIds: [], moderates: false },
    language: 'en',
    requestId: '867793873336926249',
    type: 'correct',
    message: { ...OVERHEARD, text: 'Supa Hot' },
  },
  'interaction-button': {
    ...ASKED,
    requestId: '846462639134605312',
    type: 'button',
    buttonId: 'queue:skip:1',
  },
  'interaction-modal-submit': {
    ...ASKED,
    requestId: '846462639134605313',
    type: 'dialog',
    dialogId: 'correct:01a2-message',
    label: 'negative',
    text: '기다리다 지쳤어요',
  },
};

const SELF = { self: { userId: BOT, roleId: null }, trainable: true, messageContent: true };

function contextOf(guildId: string | null | undefined, channelId: string, type?: number): MessageContext {
  const thread = isThread(type);
  const parentId = thread ? CHANNEL : null;
  const place = placeOf(guildId, channelId);
  return { ...SELF, place, direct: guildId == null, thread, parentId, language: 'ko' };
}

/** Everything of the adapter that a packet goes through; who somebody is comes with the packet or from here. */
async function take(payload: GatewayDispatchPayload) {
  const told: Told[] = [];
  const requests: (ChatRequest | null)[] = [];
  const lanes = createLanes((error) => {
    throw error;
  });
  const members: Members = { note: () => undefined, of: () => Promise.resolve(null) };
  const personOf = (guildId: string | null | undefined, _channelId: string, id: string) =>
    Promise.resolve(guildId != null && id === JOON ? MODERATOR : { id, roleIds: [], moderates: false });
  const accept = (key: string, event: ChatEvent) => {
    told.push({ key, event });
    return Promise.resolve(true);
  };
  const onPacket = createEventSource({
    userId: () => BOT,
    hub: { accept },
    surroundings: () => ({ contextOf, personOf }),
    members,
    lanes,
    caughtUp: () => Promise.resolve(),
    onDirectChannel: () => Promise.resolve(),
    onInteraction: (interaction: APIInteraction) =>
      requests.push(requestOfInteraction(interaction, { ...SELF, moderates: () => false })),
  });
  onPacket({ payload, id: `session:${payload.s}` });
  await lanes.idle();
  return { told, requests };
}

const packet = (name: string) => readPayload('discord', name) as GatewayDispatchPayload;

describe('payloads of Discord', () => {
  it('are all here', () => {
    expect(Object.keys({ ...EVENTS, ...REQUESTS }).sort()).toEqual(payloadNames('discord'));
  });

  it.each(Object.entries(EVENTS))('%s', async (name, expected) => {
    expect(await take(packet(name))).toEqual({ told: expected, requests: [] });
  });

  it.each(Object.entries(REQUESTS))('%s', async (name, expected) => {
    expect(await take(packet(name))).toEqual({ told: [], requests: [expected] });
  });
});
