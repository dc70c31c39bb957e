// Users, guilds, channels, members and roles as Discord writes them.
import {
  type APIApplication,
  type APIChannel,
  type APIDMChannel,
  type APIGuild,
  type APIGuildMember,
  type APINewsChannel,
  type APITextChannel,
  type APIUser,
  ApplicationFlags,
  ChannelType,
  GatewayIntentBits,
  type GatewayGuildCreateDispatchData,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  type GuildMemberFlags,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  GuildVerificationLevel,
  Locale,
} from 'discord-api-types/v10';
import { type Channel, type Guild, known, type Member, type World } from './world.js';

const NO_FLAGS = 0 as GuildMemberFlags;

export function memberPayload(world: World, member: Member): APIGuildMember {
  return { ...memberWithoutUser(member), user: known(world.users, member.userId, 'user') };
}

export function memberWithoutUser(member: Member): Omit<APIGuildMember, 'user'> {
  return {
    nick: member.nick,
    avatar: null,
    banner: null,
    roles: [...member.roleIds],
    joined_at: member.joinedAt,
    premium_since: null,
    deaf: false,
    mute: false,
    flags: NO_FLAGS,
    pending: false,
    communication_disabled_until: null,
  };
}

export type GuildChannelPayload = (APINewsChannel | APITextChannel) & { guild_id: string };

export function guildChannelPayload(world: World, channel: Channel): GuildChannelPayload {
  if (channel.guildId === null || channel.type === ChannelType.DM)
    throw new Error(`channel ${channel.id} belongs to no guild`);
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    position: [...world.channels.values()].filter((one) => one.guildId === channel.guildId).indexOf(channel),
    permission_overwrites: channel.overwrites,
    parent_id: null,
    nsfw: false,
    topic: null,
    rate_limit_per_user: 0,
    last_message_id: channel.messageIds.at(-1) ?? null,
  };
}

export function channelPayload(world: World, channel: Channel): APIChannel {
  if (channel.guildId !== null) return guildChannelPayload(world, channel);
  return {
    id: channel.id,
    type: ChannelType.DM,
    name: null,
    recipients: [known(world.users, channel.recipientId ?? '', 'user')],
    last_message_id: channel.messageIds.at(-1) ?? null,
  } satisfies APIDMChannel;
}

export function guildPayload(guild: Guild): APIGuild {
  return {
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: GuildVerificationLevel.None,
    default_message_notifications: GuildDefaultMessageNotifications.OnlyMentions,
    explicit_content_filter: GuildExplicitContentFilter.Disabled,
    roles: [...guild.roles.values()],
    emojis: [...guild.emojis.values()],
    stickers: [],
    features: [],
    mfa_level: GuildMFALevel.None,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: 0 as APIGuild['system_channel_flags'],
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    max_members: 500_000,
    vanity_url_code: null,
    premium_tier: GuildPremiumTier.None,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: Locale.EnglishUS,
    nsfw_level: GuildNSFWLevel.Default,
    hub_type: null,
    incidents_data: null,
  };
}

/** Without the presence intent Discord lists no other member than the bot. */
export function guildCreatePayload(
  world: World,
  guild: Guild,
  intents: number,
): GatewayGuildCreateDispatchData {
  const everyone = (intents & GatewayIntentBits.GuildPresences) !== 0;
  const members = [...guild.members.values()].filter(({ userId }) => everyone || userId === world.bot.id);
  const channels = [...world.channels.values()].filter(({ guildId }) => guildId === guild.id);
  return {
    ...guildPayload(guild),
    joined_at: known(guild.members, world.bot.id, 'member').joinedAt,
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    members: members.map((member) => memberPayload(world, member)),
    channels: channels.map((channel) => guildChannelPayload(world, channel)),
    threads: [],
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

/** The flags say which privileged intents the developer portal lets it have. */
export function applicationPayload(world: World, privileged: number): APIApplication {
  const switches: [GatewayIntentBits, ApplicationFlags][] = [
    [GatewayIntentBits.GuildPresences, ApplicationFlags.GatewayPresenceLimited],
    [GatewayIntentBits.GuildMembers, ApplicationFlags.GatewayGuildMembersLimited],
    [GatewayIntentBits.MessageContent, ApplicationFlags.GatewayMessageContentLimited],
  ];
  const flags = switches.reduce((all, [bit, flag]) => ((privileged & bit) !== 0 ? all | flag : all), 0);
  return {
    id: world.bot.id,
    name: world.bot.username,
    icon: null,
    description: '',
    bot: world.bot,
    bot_public: false,
    bot_require_code_grant: false,
    summary: '',
    verify_key: '0'.repeat(64),
    team: null,
    flags,
    flags_new: String(flags),
  };
}

export const currentUserPayload = (bot: APIUser): APIUser => ({
  ...bot,
  mfa_enabled: true,
  locale: Locale.EnglishUS,
  verified: true,
  email: null,
});
