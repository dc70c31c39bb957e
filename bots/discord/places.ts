// Where something happened and who somebody is there, from what discord.js knows of guilds, channels and roles.
import {
  type Channel,
  ChannelType,
  type Client,
  type Guild,
  PermissionFlagsBits,
  type PermissionOverwrites,
} from 'discord.js';
import type { Language } from '../../src/chat/platform.js';
import type { Person } from '../../src/chat/settings.js';

export const DISCORD = 'discord';

export interface Place {
  platform: string;
  communityId: string;
  channelId: string;
}

const ALL = ~0n;
const READS = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;

export function placeOf(guildId: string | null | undefined, channelId: string): Place {
  return { platform: DISCORD, communityId: guildId ?? `dm:${channelId}`, channelId };
}

export const languageOfLocale = (locale: string | undefined): Language =>
  locale?.startsWith('ko') === true ? 'ko' : 'en';

export const isThread = (type: ChannelType | undefined): boolean =>
  type === ChannelType.PublicThread ||
  type === ChannelType.PrivateThread ||
  type === ChannelType.AnnouncementThread;

/** Of a member in a channel, by the algorithm of Discord's documentation (guild roles, then overwrites). */
export function permissionsIn(
  guild: Guild,
  channel: Channel | undefined,
  userId: string,
  roleIds: readonly string[],
): bigint {
  if (guild.ownerId === userId) return ALL;
  const own = [guild.id, ...roleIds];
  let bits = own.reduce((all, id) => all | (guild.roles.cache.get(id)?.permissions.bitfield ?? 0n), 0n);
  if ((bits & PermissionFlagsBits.Administrator) !== 0n) return ALL;
  for (const group of overwriteGroups(channel, guild.id, roleIds, userId)) {
    for (const { deny } of group) bits &= ~deny.bitfield;
    for (const { allow } of group) bits |= allow.bitfield;
  }
  return bits;
}

/** In the order in which they count: of everyone, of roles, of the member. A thread has those of its channel. */
function overwriteGroups(
  channel: Channel | undefined,
  everyone: string,
  roleIds: readonly string[],
  userId: string,
): PermissionOverwrites[][] {
  const holder = channel?.isThread() === true ? channel.parent : channel;
  if (!holder || !('permissionOverwrites' in holder)) return [];
  const all = holder.permissionOverwrites.cache;
  const of = (ids: readonly string[]) => ids.flatMap((id) => all.get(id) ?? []);
  return [of([everyone]), of(roleIds), of([userId])];
}

/**
 * @param channelId where they act: a channel may give or take permissions
 * @param roleIds null for who is no member any more
 */
export function personIn(
  client: Client,
  guildId: string,
  channelId: string,
  userId: string,
  roleIds: readonly string[] | null,
): Person {
  const guild = client.guilds.cache.get(guildId);
  if (!guild || roleIds === null) return { id: userId, roleIds: roleIds ?? [], moderates: false };
  const bits = permissionsIn(guild, client.channels.cache.get(channelId), userId, roleIds);
  return { id: userId, roleIds, moderates: (bits & PermissionFlagsBits.ManageMessages) !== 0n };
}

/** Channels and threads of guilds whose history Nunchi may read. */
export function readableChannels(client: Client<true>): { id: string; lastMessageId: string | null }[] {
  return [...client.channels.cache.values()].flatMap((channel) => {
    if (channel.isDMBased() || !channel.isTextBased()) return [];
    const roleIds = [...(channel.guild.members.me?.roles.cache.keys() ?? [])];
    const bits = permissionsIn(channel.guild, channel, client.user.id, roleIds);
    return (bits & READS) === READS ? [{ id: channel.id, lastMessageId: channel.lastMessageId }] : [];
  });
}

/** Discord makes one for every bot in a guild; mentioning it is mentioning the bot. */
export function ownRoleId(client: Client<true>, guildId: string | null | undefined): string | null {
  const roles = client.guilds.cache.get(guildId ?? '')?.roles.cache;
  return roles?.find((role) => role.tags?.botId === client.user.id)?.id ?? null;
}
