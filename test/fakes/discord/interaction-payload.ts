// The parts of INTERACTION_CREATE that every kind of interaction shares, and what it resolves ids to.
import {
  type APIBaseInteraction,
  type APIInteractionDataResolved,
  type APIInteractionDataResolvedGuildMember,
  type APIRole,
  ApplicationIntegrationType,
  InteractionContextType,
  type InteractionType,
  Locale,
} from 'discord-api-types/v10';
import { channelPayload, memberPayload, memberWithoutUser } from './payloads.js';
import { permissionsIn } from './permissions.js';
import { type Channel, known, type Member, type World } from './world.js';

const ATTACHMENT_BYTES = 10 * 1024 * 1024;

type Shared = Omit<APIBaseInteraction<InteractionType, never>, 'data' | 'message' | 'type'>;
type Place = Required<Pick<Shared, 'channel' | 'channel_id'>>;

export const integrationOwners = (guildId: string | null) => ({
  // Documented: "0" in a direct channel with the bot.
  [ApplicationIntegrationType.GuildInstall]: guildId ?? '0',
});

export function interactionBase(
  world: World,
  channel: Channel,
  userId: string,
  { id, token }: { id: string; token: string },
  locale: Locale,
): Place & Shared {
  const guild = channel.guildId === null ? null : known(world.guilds, channel.guildId, 'guild');
  const base: Place & Shared = {
    id,
    application_id: world.bot.id,
    token,
    version: 1,
    channel_id: channel.id,
    channel: channelPayload(world, channel),
    app_permissions: permissionsIn(world, channel, world.bot.id).toString(),
    locale,
    entitlements: [],
    authorizing_integration_owners: integrationOwners(channel.guildId),
    context: guild ? InteractionContextType.Guild : InteractionContextType.BotDM,
    attachment_size_limit: ATTACHMENT_BYTES,
  };
  if (!guild) return { ...base, user: known(world.users, userId, 'user') };
  return {
    ...base,
    guild_id: guild.id,
    guild: { id: guild.id, locale: Locale.EnglishUS, features: [] },
    guild_locale: Locale.EnglishUS,
    member: {
      ...memberPayload(world, known(guild.members, userId, 'member')),
      permissions: permissionsIn(world, channel, userId).toString(),
    },
  };
}

export interface Named {
  users?: readonly string[];
  roles?: readonly string[];
  channels?: readonly string[];
}

/** The objects behind ids, as far as any are given, for the person who named them. */
export function resolve(
  world: World,
  channel: Channel,
  userId: string,
  named: Named,
): APIInteractionDataResolved {
  const guild = world.guilds.get(channel.guildId ?? '');
  const from = <T>(ids: readonly string[], make: (id: string) => T) =>
    Object.fromEntries(ids.map((id) => [id, make(id)]));
  const resolved: APIInteractionDataResolved = {};
  if (named.users?.length) {
    resolved.users = from(named.users, (id) => known(world.users, id, 'user'));
    const present = named.users.filter((id) => guild?.members.has(id));
    resolved.members = from(present, (id): APIInteractionDataResolvedGuildMember => {
      const {
        deaf: _deaf,
        mute: _mute,
        ...member
      } = memberWithoutUser(known(guild?.members ?? new Map<string, Member>(), id, 'member'));
      return { ...member, permissions: permissionsIn(world, channel, id).toString() };
    });
  }
  if (named.roles?.length)
    resolved.roles = from(named.roles, (id) => known(guild?.roles ?? new Map<string, APIRole>(), id, 'role'));
  if (named.channels?.length)
    resolved.channels = from(named.channels, (id) => {
      const one = known(world.channels, id, 'channel');
      const of = (who: string) => permissionsIn(world, one, who).toString();
      return {
        id,
        type: one.type,
        name: one.name,
        permissions: of(userId),
        app_permissions: of(world.bot.id),
      };
    });
  return resolved;
}
