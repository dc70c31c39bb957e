// chat.*: what the bot writes.
import type { types } from '@slack/bolt';
import { ApiError } from '../api-error.js';
import { messageBlocks } from '../blocks.js';
import { newTs, type Blocks, type Channel, type Core, type Message } from '../core.js';
import { change, erase, openIm, post } from '../effects.js';
import { messageJson } from '../message-shapes.js';
import { pingsOf } from '../sent.js';
import { channelOf, joined, messageOf, need, type Call, type Methods } from './method.js';

const LONGEST_POST = 40_000;
const LONGEST_UPDATE = 4_000;
const LARGEST_METADATA = 16_384;

interface Content {
  text: string;
  blocks?: Blocks;
}

function contentOf({ core, args }: Call, longest: number): Content {
  const text = args.text('text') ?? '';
  const blocks = messageBlocks(core, args.json('blocks', 'invalid_blocks_format'));
  if (text === '' && !blocks && args.values.attachments === undefined) throw new ApiError('no_text');
  if ([...text].length > longest) throw new ApiError('msg_too_long');
  return { text: storedText(text), ...(blocks && { blocks }) };
}

/** Slack escapes a lone `&`, and brackets that are none of its own links. */
export function storedText(text: string): string {
  return text
    .replace(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replace(/<(?!(?:[@#!]|https?:|mailto:)[^<>]+>)/g, '&lt;')
    .replace(/(<(?:[@#!]|https?:|mailto:)[^<>]+>)|>/g, (_, link?: string) => link ?? '&gt;');
}

function metadataOf({ args }: Call): types.MessageMetadata | undefined {
  const value = args.json('metadata', 'invalid_metadata_format') as
    Partial<types.MessageMetadata> | undefined;
  if (value === undefined) return undefined;
  if (typeof value.event_type !== 'string' || typeof value.event_payload !== 'object')
    throw new ApiError('invalid_metadata_format');
  if (JSON.stringify(value).length > LARGEST_METADATA) throw new ApiError('metadata_too_large');
  return value as types.MessageMetadata;
}

/** Where to post: a conversation, or a person's id for the direct one. */
function target(call: Call): Channel {
  const { core, args } = call;
  const user = core.users.get(args.required('channel', 'channel_not_found'));
  const channel = user ? openIm(core, user) : channelOf(call);
  if (channel.archived) throw new ApiError('is_archived');
  if (channel.kind === 'channel' && core.settings.scopes.has('chat:write.public')) return channel;
  return joined(call, channel);
}

/** With `link_names` or `parse: full` Slack makes pings of plain `@name` too. */
function pingsIn({ core, args }: Call, text: string): string[] {
  const pings = pingsOf(text);
  if (!args.flag('link_names') && args.text('parse') !== 'full') return pings;
  const names = new Map([...core.users.values()].map(({ name, id }) => [name, id]));
  for (const all of ['channel', 'here', 'everyone']) names.set(all, all);
  const named = [...text.matchAll(/@([\w.-]+)/g)].map(([, name = '']) => names.get(name));
  return [...pings, ...named.filter((id) => id !== undefined)];
}

/** Posts as the bot and notes it for the tests. */
export function postAsBot(
  core: Core,
  channel: Channel,
  content: Content &
    Pick<Message, 'threadTs' | 'metadata'> & { broadcast?: boolean; files?: Message['files'] },
  through: string,
  pings = pingsOf(content.text),
): Message {
  const { broadcast, files, ...draft } = content;
  const subtype = files ? 'file_share' : broadcast ? 'thread_broadcast' : undefined;
  const { text, blocks, metadata } = content;
  const message = post(core, channel, {
    user: core.bot,
    ...draft,
    ...(files && { files }),
    ...(subtype && { subtype }),
  });
  core.sent.messages.push({
    message,
    text,
    pings,
    through,
    ...(blocks && { blocks }),
    ...(metadata && { metadata }),
  });
  core.changes.notify();
  return message;
}

export const chatMethods: Methods = {
  'chat.postMessage': {
    run(call) {
      need(call, 'chat:write');
      const { core, args } = call;
      const channel = target(call);
      const content = contentOf(call, LONGEST_POST);
      const metadata = metadataOf(call);
      const threadTs = args.text('thread_ts');
      const draft = {
        ...content,
        ...(metadata && { metadata }),
        ...(threadTs !== undefined && { threadTs }),
      };
      const broadcast = threadTs !== undefined && args.flag('reply_broadcast');
      const pings = pingsIn(call, content.text);
      const message = postAsBot(core, channel, { ...draft, broadcast }, 'chat.postMessage', pings);
      return { channel: channel.id, ts: message.ts, message: messageJson(core, message, true) };
    },
  },

  'chat.update': {
    run(call) {
      need(call, 'chat:write');
      const { core } = call;
      const channel = channelOf(call);
      const message = messageOf(call, channel, 'ts');
      if (message.user !== core.bot) throw new ApiError('cant_update_message');
      if (channel.archived) throw new ApiError('is_archived');
      const content = contentOf(call, LONGEST_UPDATE);
      const metadata = metadataOf(call);
      // Blocks stay only when they are sent again; metadata stays unless other is sent.
      change(core, message, { blocks: undefined, ...content, ...(metadata && { metadata }) }, core.bot);
      core.sent.updates.push({ message, text: content.text, pings: pingsOf(content.text) });
      return {
        channel: channel.id,
        ts: message.ts,
        text: content.text,
        message: messageJson(core, message, true),
      };
    },
  },

  'chat.delete': {
    run(call) {
      need(call, 'chat:write');
      const { core } = call;
      const channel = channelOf(call);
      const message = messageOf(call, channel, 'ts');
      if (message.user !== core.bot) throw new ApiError('cant_delete_message');
      erase(core, message);
      core.sent.deletions.push({ channel: channel.id, ts: message.ts });
      return { channel: channel.id, ts: message.ts };
    },
  },

  'chat.postEphemeral': {
    run(call) {
      need(call, 'chat:write');
      const { core, args } = call;
      const channel = joined(call, channelOf(call));
      const user = core.users.get(args.required('user'));
      if (!user || !channel.members.has(user.id)) throw new ApiError('user_not_in_channel');
      if (channel.archived) throw new ApiError('is_archived');
      const content = contentOf(call, LONGEST_POST);
      const ts = newTs(core, channel);
      const threadTs = args.text('thread_ts');
      core.sent.ephemerals.push({
        ts,
        channel,
        user,
        deleted: false,
        ...content,
        ...(threadTs !== undefined && { threadTs }),
      });
      return { message_ts: ts };
    },
  },
};
