// Messages as the Web API and events show them, and the events about them.
import type { types } from '@slack/bolt';
import { isReply, newTs, repliesOf, type Blocks, type Core, type Message } from './core.js';
import { botProfile, fileJson } from './shapes.js';

/** A message as in conversations.history: without its channel. */
export interface MessageJson extends Pick<
  types.GenericMessageEvent,
  'type' | 'ts' | 'text' | 'thread_ts' | 'team' | 'bot_id' | 'edited' | 'attachments' | 'reactions' | 'files'
> {
  text: string;
  user: string;
  subtype?: string;
  blocks?: Blocks;
  metadata?: types.MessageMetadata;
}

const typingUser = (message: Message) => message.user !== undefined && message.user.botId === undefined;

function authorJson(core: Core, message: Message) {
  const { user, integration } = message;
  if (integration) return { bot_id: integration.botId, username: integration.username };
  if (user?.botId === undefined) return {};
  return { bot_id: user.botId, app_id: user.appId, bot_profile: botProfile(core, user) };
}

/** Slack names the organisation of who writes in a shared channel. */
function strangerJson(message: Message) {
  const { user, channel } = message;
  if (!channel.shared || !user) return {};
  return {
    user_team: user.teamId,
    source_team: user.teamId,
    user_profile: { name: user.name, real_name: user.realName, display_name: user.name, team: user.teamId },
  };
}

function threadJson(message: Message) {
  if (isReply(message)) {
    const parent = message.channel.messages.get(message.threadTs ?? '');
    return { thread_ts: message.threadTs, parent_user_id: parent?.user?.id };
  }
  const replies = repliesOf(message);
  if (replies.length === 0) return {};
  const users = [...new Set(replies.map(({ user }) => user?.id ?? ''))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    latest_reply: replies.at(-1)?.ts ?? '',
    reply_users: users,
    is_locked: false,
    subscribed: false,
  };
}

export function messageJson(core: Core, message: Message, withMetadata = false): MessageJson {
  const { user, subtype, channel, files } = message;
  return {
    type: 'message',
    ...(subtype && { subtype }),
    // An integration's message has no user at all; the type would have it everywhere.
    ...(user ? { user: user.id } : ({} as { user: string })),
    text: message.text,
    ts: message.ts,
    ...(user && { team: user.teamId }),
    ...(typingUser(message) && !subtype && { client_msg_id: clientId(message) }),
    ...(message.blocks && { blocks: message.blocks }),
    ...(message.attachments && { attachments: message.attachments }),
    ...(files.length > 0 && {
      files: files.map((file) => fileJson(core, file, [channel])),
      upload: false,
      display_as_bot: false,
    }),
    ...(message.edited && { edited: message.edited }),
    ...(message.inviter !== undefined && { inviter: message.inviter }),
    ...(subtype === 'tombstone' && { hidden: true }),
    ...(message.reactions.size > 0 && {
      reactions: [...message.reactions].map(([name, users]) => ({ name, users, count: users.length })),
    }),
    ...(withMetadata && message.metadata && { metadata: message.metadata }),
    ...threadJson(message),
    ...strangerJson(message),
    ...authorJson(core, message),
  };
}

const clientId = ({ ts, channel }: Message) =>
  `${channel.id.slice(-8).toLowerCase()}-0000-4000-8000-${ts.replace('.', '').slice(-12)}`;

/** The event of a new message. */
export function messageEvent(core: Core, message: Message): types.MessageEvent {
  const { channel, user } = message;
  const { reactions: _, ...json } = messageJson(core, message);
  const base = {
    ...json,
    channel: channel.id,
    channel_type: channel.kind,
    event_ts: message.ts,
  };
  const team = user?.teamId ?? core.team.id;
  switch (message.subtype) {
    case 'bot_message':
      return { ...base, subtype: 'bot_message', bot_id: message.integration?.botId ?? '' };
    case 'channel_join':
      return { ...base, subtype: 'channel_join', team, inviter: message.inviter ?? '' };
    case 'file_share':
      return { ...base, subtype: 'file_share' };
    case 'thread_broadcast': {
      const root = channel.messages.get(message.threadTs ?? '');
      return {
        ...base,
        subtype: 'thread_broadcast',
        client_msg_id: clientId(message),
        root: (root ? messageJson(core, root) : {}) as types.ThreadBroadcastMessageEvent['root'],
      };
    }
    // No message begins as a tombstone.
    case 'tombstone':
    case undefined:
      return { ...base, subtype: undefined };
  }
}

/** An edit, an unfurl, or a thread's first message that was deleted; `before` is the message as it was. */
export function changedEvent(core: Core, message: Message, before: MessageJson): types.MessageChangedEvent {
  const ts = newTs(core, message.channel);
  return {
    type: 'message',
    subtype: 'message_changed',
    hidden: true,
    channel: message.channel.id,
    channel_type: message.channel.kind,
    ts,
    event_ts: ts,
    // Inside, a message is as in the history: it has no channel, whatever the type says.
    message: messageJson(core, message) as types.MessageEvent,
    previous_message: before as types.MessageEvent,
  };
}

export function deletedEvent(core: Core, message: Message): types.MessageDeletedEvent {
  const ts = newTs(core, message.channel);
  return {
    type: 'message',
    subtype: 'message_deleted',
    hidden: true,
    channel: message.channel.id,
    channel_type: message.channel.kind,
    ts,
    event_ts: ts,
    deleted_ts: message.ts,
    previous_message: messageJson(core, message) as types.MessageEvent,
  };
}

export function mentionEvent(core: Core, message: Message): types.AppMentionEvent {
  const { reactions: _, files: _files, ...json } = messageJson(core, message);
  return {
    ...json,
    type: 'app_mention',
    channel: message.channel.id,
    event_ts: message.edited?.ts ?? message.ts,
  };
}
