// Who may do what in a channel, by the algorithm of Discord's documentation (guild roles, then overwrites).
import { OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10';
import { type Channel, type Guild, known, type World } from './world.js';

export type PermissionName = keyof typeof PermissionFlagsBits;

const ALL = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n);

/** What everyone may do in a guild that nobody has changed. */
export const EVERYONE: PermissionName[] = [
  'ViewChannel',
  'SendMessages',
  'ReadMessageHistory',
  'AddReactions',
  'EmbedLinks',
  'AttachFiles',
  'UseExternalEmojis',
  'UseApplicationCommands',
  'SendMessagesInThreads',
];

/** The whole of a direct channel. */
const DIRECT: PermissionName[] = EVERYONE;

export const bitsOf = (names: readonly PermissionName[]): bigint =>
  names.reduce((bits, name) => bits | PermissionFlagsBits[name], 0n);

/** Every permission that is not among those given: what an overwrite must deny to leave just these. */
export const othersThan = (bits: bigint): bigint => ALL & ~bits;

export function guildPermissions(guild: Guild, userId: string): bigint {
  if (guild.ownerId === userId) return ALL;
  const roleIds = [guild.id, ...(guild.members.get(userId)?.roleIds ?? [])];
  const bits = roleIds.reduce((all, id) => all | BigInt(guild.roles.get(id)?.permissions ?? 0), 0n);
  return (bits & PermissionFlagsBits.Administrator) !== 0n ? ALL : bits;
}

/** Permissions of a user in a channel, as bits; none for who is not a member. */
export function permissionsIn(world: World, channel: Channel, userId: string): bigint {
  if (channel.guildId === null) return bitsOf(DIRECT);
  const guild = world.guilds.get(channel.guildId);
  const member = guild?.members.get(userId);
  if (!guild || !member) return 0n;
  let bits = guildPermissions(guild, userId);
  if (bits === ALL) return bits;
  const overwrites = (type: OverwriteType, ids: string[]) =>
    channel.overwrites.filter((overwrite) => overwrite.type === type && ids.includes(overwrite.id));
  for (const group of [
    overwrites(OverwriteType.Role, [guild.id]),
    overwrites(OverwriteType.Role, member.roleIds),
    overwrites(OverwriteType.Member, [userId]),
  ]) {
    for (const { deny } of group) bits &= ~BigInt(deny);
    for (const { allow } of group) bits |= BigInt(allow);
  }
  return bits;
}

export function may(world: World, channelId: string, userId: string, name: PermissionName): boolean {
  const channel = known(world.channels, channelId, 'channel');
  const needed = PermissionFlagsBits[name] | PermissionFlagsBits.ViewChannel;
  return (permissionsIn(world, channel, userId) & needed) === needed;
}
