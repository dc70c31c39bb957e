// What people do with messages. Ids in, ids out; also while the bot is away, when only the history and a resume know of it.
import type { APIAttachment, APIEmbed } from 'discord-api-types/v10';
import { createMessage, deleteMessage, deleteMessages, editMessage, unfurl } from '../actions/messages.js';
import { addReaction, clearEmoji, clearReactions, parseEmoji, removeReaction } from '../actions/reactions.js';
import type { Context } from '../context.js';
import { namedIn } from '../draft.js';
import { directChannel, known } from '../world.js';

export interface SayOptions {
  /** Message that is replied to; the reply pings its author unless `pingReplied` is false. */
  replyTo?: string;
  pingReplied?: boolean;
  attachments?: APIAttachment[];
  embeds?: APIEmbed[];
}

/** `emoji` is a character, `name:id`, or the id of a custom one. Each throws for what does not exist. */
export interface People {
  /** @returns The message's id. */
  say(channelId: string, userId: string, content: string, options?: SayOptions): string;
  /** @returns The message's id. */
  directMessage(userId: string, content: string, options?: SayOptions): string;
  edit(messageId: string, content: string): void;
  /** A link's preview appears: an update that carries the embeds and nothing else. */
  unfurl(messageId: string, embeds: APIEmbed[]): void;
  remove(messageId: string): void;
  /** Messages of one channel, in one event. */
  removeMany(messageIds: string[]): void;
  react(messageId: string, userId: string, emoji: string, options?: { burst?: boolean }): void;
  unreact(messageId: string, userId: string, emoji: string): void;
  clearReactions(messageId: string): void;
  clearEmoji(messageId: string, emoji: string): void;
}

export function createPeople(context: Context): People {
  const { world } = context;
  const messageOf = (id: string) => known(world.messages, id, 'message');

  function emojiOf(text: string) {
    const emoji = parseEmoji(world, text);
    if (!emoji) throw new Error(`the fake Discord has no emoji ${text}`);
    return emoji;
  }

  function say(channelId: string, userId: string, content: string, options: SayOptions = {}): string {
    const { guildId } = known(world.channels, channelId, 'channel');
    if (guildId === null) known(world.users, userId, 'user');
    else known(known(world.guilds, guildId, 'guild').members, userId, 'member');
    if (options.replyTo !== undefined) messageOf(options.replyTo);
    const draft = { ...options, channelId, authorId: userId, content, pings: namedIn(content) };
    return createMessage(context, draft).id;
  }

  return {
    say,
    directMessage: (userId, content, options) =>
      say(directChannel(world, known(world.users, userId, 'user').id).id, userId, content, options),
    edit(messageId, content) {
      const { users, roles } = namedIn(content);
      const mentions = users.filter((id) => world.users.has(id));
      editMessage(context, messageOf(messageId), { content, mentions, mentionRoles: roles });
    },
    unfurl: (messageId, embeds) => unfurl(context, messageOf(messageId), embeds),
    remove: (messageId) => deleteMessage(context, messageOf(messageId)),
    removeMany: (messageIds) => deleteMessages(context, messageIds.map(messageOf)),
    react(messageId, userId, emoji, { burst = false } = {}) {
      known(world.users, userId, 'user');
      addReaction(context, messageOf(messageId), emojiOf(emoji), userId, burst);
    },
    unreact(messageId, userId, emoji) {
      if (!removeReaction(context, messageOf(messageId), emojiOf(emoji), userId))
        throw new Error(`user ${userId} has no reaction ${emoji} on message ${messageId}`);
    },
    clearReactions: (messageId) => clearReactions(context, messageOf(messageId)),
    clearEmoji: (messageId, emoji) => clearEmoji(context, messageOf(messageId), emojiOf(emoji)),
  };
}
