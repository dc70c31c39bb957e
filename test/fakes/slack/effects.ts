// What changes in the fake Slack, whoever causes it: each effect is stored, so that history knows it, and told to the app.
import type { types } from '@slack/bolt';
import {
  escapeText,
  imOf,
  isReply,
  momentTs,
  newTs,
  repliesOf,
  type Blocks,
  type Channel,
  type Core,
  type Message,
  type User,
} from './core.js';
import { changedEvent, deletedEvent, mentionEvent, messageEvent, messageJson } from './message-shapes.js';
import { userJson } from './shapes.js';

export type Draft = Pick<Message, 'text'> &
  Partial<Omit<Message, 'ts' | 'channel' | 'text' | 'reactions' | 'edited'>>;

export function newChannel(core: Core, kind: Channel['kind'], name: string, members: User[]): Channel {
  const channel: Channel = {
    id: core.newId(kind === 'im' ? 'D' : 'C'),
    name,
    kind,
    creator: members[0]?.id ?? core.bot.id,
    created: Math.floor(core.clock.now() / 1000),
    archived: false,
    shared: members.some(({ teamId }) => teamId !== core.team.id),
    members: new Set(members.map(({ id }) => id)),
    messages: new Map(),
    threads: new Map(),
    lastMicros: 0,
  };
  core.channels.set(channel.id, channel);
  return channel;
}

/** The direct conversation with this person; the first look at it opens it. */
export const openIm = (core: Core, user: User): Channel =>
  imOf(core, user) ?? newChannel(core, 'im', '', [core.bot, user]);

/** Blocks as Slack's own client makes them of a typed text: only `<@U…>` is a mention in it. */
export function typedBlocks(core: Core, text: string): Blocks {
  const elements = text.split(/(<@[UW][A-Z0-9]+>)/).flatMap((part): types.RichTextElement[] => {
    const user = /^<@([UW][A-Z0-9]+)>$/.exec(part)?.[1];
    if (user !== undefined) return [{ type: 'user', user_id: user }];
    return part === '' ? [] : [{ type: 'text', text: part }];
  });
  return [
    { type: 'rich_text', block_id: core.newId('b'), elements: [{ type: 'rich_text_section', elements }] },
  ];
}

/** A typed text as stored: everything escaped but mentions of people. */
export const typedText = (text: string) =>
  text
    .split(/(<@[UW][A-Z0-9]+>)/)
    .map((part, index) => (index % 2 === 1 ? part : escapeText(part)))
    .join('');

const mentions = (core: Core, text: string) => text.includes(`<@${core.bot.id}>`);

function tellMention(core: Core, message: Message): void {
  if (message.channel.kind === 'im' || message.user === core.bot || !mentions(core, message.text)) return;
  core.emit(mentionEvent(core, message), message.channel);
}

export function post(core: Core, channel: Channel, draft: Draft): Message {
  const message: Message = { files: [], ...draft, ts: newTs(core, channel), channel, reactions: new Map() };
  channel.messages.set(message.ts, message);
  if (isReply(message)) {
    const thread = message.threadTs ?? '';
    channel.threads.set(thread, [...(channel.threads.get(thread) ?? []), message]);
  }
  core.emit(messageEvent(core, message), channel);
  tellMention(core, message);
  core.changes.notify();
  return message;
}

/** Changes a message and tells so; an edit (not an unfurl) also names who edited. */
export function change(core: Core, message: Message, changes: Partial<Message>, editor?: User): void {
  const before = messageJson(core, message);
  const mentioned = mentions(core, message.text);
  if (editor) message.edited = { user: editor.id, ts: newTs(core, message.channel) };
  Object.assign(message, changes);
  core.emit(changedEvent(core, message, before), message.channel);
  if (editor && !mentioned) tellMention(core, message);
  core.changes.notify();
}

/** Deletes a message. The first of a thread stays as a tombstone, which Slack tells as a change. */
export function erase(core: Core, message: Message): void {
  const { channel, ts, threadTs } = message;
  if (repliesOf(message).length > 0) {
    const before = messageJson(core, message);
    message.subtype = 'tombstone';
    message.text = 'This message was deleted.';
    message.user = { ...core.bot, id: 'USLACKBOT', botId: undefined, appId: undefined };
    message.files = [];
    for (const field of ['blocks', 'metadata', 'edited', 'attachments'] as const) delete message[field];
    message.reactions.clear();
    core.emit(changedEvent(core, message, before), channel);
  } else {
    channel.messages.delete(ts);
    const thread = channel.threads.get(threadTs ?? '')?.filter((reply) => reply !== message);
    if (thread) channel.threads.set(threadTs ?? '', thread);
    core.emit(deletedEvent(core, message), channel);
  }
  core.changes.notify();
}

/** Other names of an emoji; Slack stores and tells the first. */
const ALIASES: Record<string, string> = { thumbsup: '+1', thumbsdown: '-1' };

/** The Web API's error when it does not work. */
export function react(core: Core, message: Message, user: User, alias: string): string | undefined {
  const name = ALIASES[alias] ?? alias;
  const { unknownEmoji, emojiPerMessage, reactionsPerPerson } = core.settings;
  if (!/^[\p{L}\p{N}_+'-]+(::skin-tone-[2-6])?$/u.test(name) || unknownEmoji.has(name)) return 'invalid_name';
  const users = message.reactions.get(name) ?? [];
  if (users.includes(user.id)) return 'already_reacted';
  if (users.length === 0 && message.reactions.size >= emojiPerMessage) return 'too_many_emoji';
  const own = [...message.reactions.values()].filter((ids) => ids.includes(user.id)).length;
  if (own >= reactionsPerPerson) return 'too_many_reactions';
  message.reactions.set(name, [...users, user.id]);
  core.emit({ type: 'reaction_added', ...reactionJson(core, message, user, name) }, message.channel);
  core.changes.notify();
  return undefined;
}

export function unreact(core: Core, message: Message, user: User, alias: string): string | undefined {
  const name = ALIASES[alias] ?? alias;
  const users = message.reactions.get(name) ?? [];
  if (!users.includes(user.id)) return 'no_reaction';
  const left = users.filter((id) => id !== user.id);
  if (left.length > 0) message.reactions.set(name, left);
  else message.reactions.delete(name);
  core.emit({ type: 'reaction_removed', ...reactionJson(core, message, user, name) }, message.channel);
  core.changes.notify();
  return undefined;
}

function reactionJson(core: Core, message: Message, user: User, reaction: string) {
  return {
    user: user.id,
    reaction,
    // Left out, whatever the type says, when an integration wrote the message.
    ...(message.user ? { item_user: message.user.id } : ({} as { item_user: string })),
    item: { type: 'message', channel: message.channel.id, ts: message.ts } as const,
    event_ts: newTs(core, message.channel),
  };
}

/** Somebody comes into a channel: a message that says so and an event. */
export function join(core: Core, channel: Channel, user: User, inviter?: User): void {
  if (channel.members.has(user.id)) return;
  channel.members.add(user.id);
  if (user.teamId !== core.team.id) channel.shared = true;
  post(core, channel, {
    user,
    text: `<@${user.id}> has joined the channel`,
    subtype: 'channel_join',
    ...(inviter && { inviter: inviter.id }),
  });
  core.emit(
    {
      type: 'member_joined_channel',
      user: user.id,
      channel: channel.id,
      channel_type: channel.kind === 'group' ? 'G' : 'C',
      team: user.teamId,
      ...(inviter && { inviter: inviter.id }),
      event_ts: newTs(core, channel),
    },
    channel,
  );
}

export function tellUserChange(core: Core, user: User): void {
  const event_ts = momentTs(core);
  const cache_ts = Math.floor(core.clock.now() / 1000);
  core.emit({ type: 'user_change', user: userJson(core, user), cache_ts, event_ts });
  core.changes.notify();
}
