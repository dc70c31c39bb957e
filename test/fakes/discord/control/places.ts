// A test's hand on guilds, channels, roles, members and permissions. Ids in, ids out; a connected bot is told.
import {
  type APIEmoji,
  type APIRole,
  ChannelType,
  GatewayDispatchEvents as Event,
  OverwriteType,
} from 'discord-api-types/v10';
import type { Context } from '../context.js';
import { guildChannelPayload, guildCreatePayload, memberPayload } from '../payloads.js';
import { bitsOf, EVERYONE, othersThan, type PermissionName } from '../permissions.js';
import {
  type Channel,
  createUser,
  directChannel,
  type Guild,
  known,
  type StoredChannelType,
} from '../world.js';

export interface Places {
  createUser(name: string, options?: { bot?: boolean }): string;
  /** With its owner, a role for the bot with these permissions, and a GUILD_CREATE. */
  createGuild(name?: string, options?: { botPermissions?: PermissionName[] }): string;
  createChannel(guildId: string, name?: string, type?: Exclude<StoredChannelType, ChannelType.DM>): string;
  createRole(guildId: string, name: string, permissions?: PermissionName[]): string;
  createEmoji(guildId: string, name: string): string;
  /** A new person in the guild. */
  createMember(guildId: string, name: string, roleIds?: string[]): string;
  addMember(guildId: string, userId: string, roleIds?: string[]): void;
  removeMember(guildId: string, userId: string): void;
  setRoles(guildId: string, userId: string, roleIds: string[]): void;
  changeRole(guildId: string, roleId: string, permissions: PermissionName[]): void;
  /** Leaves the bot exactly these permissions in the channel. */
  allowBot(channelId: string, permissions: PermissionName[]): void;
  deleteChannel(channelId: string): void;
  /** The bot is removed from the guild. */
  removeGuild(guildId: string): void;
  /** The guild is away for a while by Discord's fault, and is back. */
  guildOutage(guildId: string): void;
  guildBack(guildId: string): void;
  /** The direct channel between the bot and a person. */
  directChannel(userId: string): string;
  /** The person takes no direct messages from the bot: writing fails with 50007. */
  closeDirect(userId: string): void;
}

export function createPlaces({ world, dispatch }: Context): Places {
  const guildOf = (id: string) => known(world.guilds, id, 'guild');

  function role(guild: Guild, id: string, name: string, permissions: PermissionName[]): APIRole {
    const made: APIRole = {
      id,
      name,
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      icon: null,
      unicode_emoji: null,
      position: guild.roles.size,
      permissions: bitsOf(permissions).toString(),
      managed: false,
      mentionable: true,
      flags: 0 as APIRole['flags'],
    };
    guild.roles.set(id, made);
    return made;
  }

  function join(guild: Guild, userId: string, roleIds: string[]): void {
    const joinedAt = new Date(world.clock.now()).toISOString();
    guild.members.set(userId, {
      userId: known(world.users, userId, 'user').id,
      roleIds,
      nick: null,
      joinedAt,
    });
  }

  function memberChanged(guild: Guild, userId: string): void {
    const payload = memberPayload(world, known(guild.members, userId, 'member'));
    // The bot hears of itself whatever its intents.
    dispatch(Event.GuildMemberUpdate, { guildId: guild.id, regardless: userId === world.bot.id }, () => ({
      ...payload,
      avatar: null,
      banner: null,
      guild_id: guild.id,
    }));
  }

  function forgetChannel(channel: Channel): void {
    for (const id of channel.messageIds) world.messages.delete(id);
    world.channels.delete(channel.id);
  }

  const appear = (guild: Guild) =>
    dispatch(Event.GuildCreate, { guildId: guild.id }, (intents) =>
      guildCreatePayload(world, guild, intents),
    );

  const places: Places = {
    createUser(name, { bot = false } = {}) {
      const user = createUser(world.ids.next(), name, bot);
      world.users.set(user.id, user);
      return user.id;
    },
    createGuild(name = 'guild', { botPermissions = [] } = {}) {
      const id = world.ids.nextGuild();
      const ownerId = places.createUser(`owner of ${name}`);
      const guild: Guild = { id, name, ownerId, roles: new Map(), members: new Map(), emojis: new Map() };
      role(guild, id, '@everyone', EVERYONE);
      const own = role(guild, world.ids.next(), world.bot.username, botPermissions);
      Object.assign(own, { managed: true, tags: { bot_id: world.bot.id } });
      world.guilds.set(id, guild);
      join(guild, ownerId, []);
      join(guild, world.bot.id, [own.id]);
      appear(guild);
      return id;
    },
    createChannel(guildId, name = 'general', type = ChannelType.GuildText) {
      const channel: Channel = {
        id: world.ids.next(),
        type,
        guildId: guildOf(guildId).id,
        name,
        overwrites: [],
        recipientId: null,
        messageIds: [],
      };
      world.channels.set(channel.id, channel);
      dispatch(Event.ChannelCreate, { guildId }, () => guildChannelPayload(world, channel));
      return channel.id;
    },
    createRole(guildId, name, permissions = []) {
      const made = role(guildOf(guildId), world.ids.next(), name, permissions);
      dispatch(Event.GuildRoleCreate, { guildId }, () => ({ guild_id: guildId, role: made }));
      return made.id;
    },
    createEmoji(guildId, name) {
      const guild = guildOf(guildId);
      const id = world.ids.next();
      const emoji: APIEmoji = {
        id,
        name,
        roles: [],
        require_colons: true,
        managed: false,
        animated: false,
        available: true,
      };
      guild.emojis.set(id, emoji);
      dispatch(Event.GuildEmojisUpdate, { guildId }, () => ({
        guild_id: guildId,
        emojis: [...guild.emojis.values()],
      }));
      return id;
    },
    createMember(guildId, name, roleIds = []) {
      const userId = places.createUser(name);
      places.addMember(guildId, userId, roleIds);
      return userId;
    },
    addMember(guildId, userId, roleIds = []) {
      const guild = guildOf(guildId);
      join(guild, userId, roleIds);
      const payload = memberPayload(world, known(guild.members, userId, 'member'));
      dispatch(Event.GuildMemberAdd, { guildId }, () => ({ ...payload, guild_id: guildId }));
    },
    removeMember(guildId, userId) {
      guildOf(guildId).members.delete(userId);
      const user = known(world.users, userId, 'user');
      dispatch(Event.GuildMemberRemove, { guildId }, () => ({ guild_id: guildId, user }));
    },
    setRoles(guildId, userId, roleIds) {
      const guild = guildOf(guildId);
      known(guild.members, userId, 'member').roleIds = roleIds;
      memberChanged(guild, userId);
    },
    changeRole(guildId, roleId, permissions) {
      const changed = known(guildOf(guildId).roles, roleId, 'role');
      changed.permissions = bitsOf(permissions).toString();
      dispatch(Event.GuildRoleUpdate, { guildId }, () => ({ guild_id: guildId, role: changed }));
    },
    allowBot(channelId, permissions) {
      const channel = known(world.channels, channelId, 'channel');
      const allow = bitsOf(permissions);
      channel.overwrites = [
        ...channel.overwrites.filter(({ id }) => id !== world.bot.id),
        {
          id: world.bot.id,
          type: OverwriteType.Member,
          allow: allow.toString(),
          deny: othersThan(allow).toString(),
        },
      ];
      dispatch(Event.ChannelUpdate, { guildId: channel.guildId }, () => guildChannelPayload(world, channel));
    },
    deleteChannel(channelId) {
      const channel = known(world.channels, channelId, 'channel');
      const payload = guildChannelPayload(world, channel);
      dispatch(Event.ChannelDelete, { guildId: channel.guildId, channelId }, () => payload);
      forgetChannel(channel);
    },
    removeGuild(guildId) {
      for (const channel of world.channels.values()) if (channel.guildId === guildId) forgetChannel(channel);
      world.guilds.delete(guildId);
      dispatch(Event.GuildDelete, { guildId }, () => ({ id: guildId }));
    },
    guildOutage: (guildId) =>
      dispatch(Event.GuildDelete, { guildId }, () => ({ id: guildId, unavailable: true })),
    guildBack: (guildId) => appear(guildOf(guildId)),
    directChannel: (userId) => directChannel(world, userId).id,
    closeDirect: (userId) => void world.closedToBot.add(userId),
  };
  return places;
}
