// What exists in the fake Discord: users, guilds, channels, messages. Plain data; who may see what is decided elsewhere.
import {
  type APIApplicationCommand,
  type APIAttachment,
  type APIEmbed,
  type APIEmoji,
  type APIMessageInteractionMetadata,
  type APIMessageReference,
  type APIMessageTopLevelComponent,
  type APIOverwrite,
  type APIPartialEmoji,
  type APIRole,
  type APIUser,
  ChannelType,
  MessageFlags,
  type MessageType,
} from 'discord-api-types/v10';
import { type Clock, compareIds, createIds, type Ids } from './clock.js';

export interface Member {
  userId: string;
  roleIds: string[];
  nick: string | null;
  joinedAt: string;
}

export interface Guild {
  id: string;
  name: string;
  ownerId: string;
  /** The role of everyone has the guild's id. */
  roles: Map<string, APIRole>;
  members: Map<string, Member>;
  emojis: Map<string, APIEmoji>;
}

export type StoredChannelType = ChannelType.DM | ChannelType.GuildAnnouncement | ChannelType.GuildText;

export interface Channel {
  id: string;
  type: StoredChannelType;
  /** null of a direct channel. */
  guildId: string | null;
  name: string;
  overwrites: APIOverwrite[];
  /** The person on the other side of a direct channel. */
  recipientId: string | null;
  /** Ascending. */
  messageIds: string[];
}

export interface StoredReaction {
  emoji: APIPartialEmoji;
  /** In the order of reacting. */
  normal: Set<string>;
  burst: Set<string>;
}

export interface Message {
  id: string;
  channelId: string;
  guildId: string | null;
  authorId: string;
  type: MessageType;
  content: string;
  editedAt: number | null;
  /** Whom it pings. */
  mentions: string[];
  mentionRoles: string[];
  mentionEveryone: boolean;
  attachments: APIAttachment[];
  embeds: APIEmbed[];
  components: APIMessageTopLevelComponent[];
  flags: MessageFlags;
  reference: APIMessageReference | null;
  nonce: string | number | null;
  /** By the emoji's id, or the character itself. */
  reactions: Map<string, StoredReaction>;
  interaction: APIMessageInteractionMetadata | null;
}

export interface World {
  clock: Clock;
  ids: Ids;
  bot: APIUser;
  users: Map<string, APIUser>;
  guilds: Map<string, Guild>;
  channels: Map<string, Channel>;
  /** Ephemeral ones too, which no channel lists. */
  messages: Map<string, Message>;
  /** By the guild's id, or '' for those of every guild. */
  commands: Map<string, Map<string, APIApplicationCommand>>;
  /** People whom the bot may not write to. */
  closedToBot: Set<string>;
}

export function createUser(id: string, username: string, bot = false): APIUser {
  return { id, username, discriminator: '0', global_name: null, avatar: null, bot };
}

export function createWorld(clock: Clock, botName: string): World {
  const ids = createIds(clock);
  const bot = createUser(ids.next(), botName, true);
  return {
    clock,
    ids,
    bot,
    users: new Map([[bot.id, bot]]),
    guilds: new Map(),
    channels: new Map(),
    messages: new Map(),
    commands: new Map(),
    closedToBot: new Set(),
  };
}

/** Looks up what a test names; a miss is a mistake of the test. */
export function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (found === undefined) throw new Error(`the fake Discord has no ${what} ${id}`);
  return found;
}

export const isEphemeral = (message: Message): boolean => (message.flags & MessageFlags.Ephemeral) !== 0;

/** The direct channel with a person, made when there is none. */
export function directChannel(world: World, userId: string): Channel {
  for (const channel of world.channels.values()) if (channel.recipientId === userId) return channel;
  const channel: Channel = {
    id: world.ids.next(),
    type: ChannelType.DM,
    guildId: null,
    name: '',
    overwrites: [],
    recipientId: userId,
    messageIds: [],
  };
  world.channels.set(channel.id, channel);
  return channel;
}

/** Index of the first id that is not below the given one, in an ascending list. */
export function lowerBound(sorted: readonly string[], id: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds(sorted[middle] ?? id, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function forgetMessage(world: World, message: Message): void {
  world.messages.delete(message.id);
  const list = world.channels.get(message.channelId)?.messageIds ?? [];
  const at = lowerBound(list, message.id);
  if (list[at] === message.id) list.splice(at, 1);
}
