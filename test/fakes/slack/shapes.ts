// People, conversations, files and groups as the Web API and events show them.
import type { types, webApi } from '@slack/bolt';
import type { Channel, Core, File, Team, User, UserGroup } from './core.js';

type UserJson = types.UserChangeEvent['user'];
type ChannelJson = NonNullable<webApi.ConversationsInfoResponse['channel']>;
type FileJson = NonNullable<types.FileShareMessageEvent['files']>[number];

const IMAGE_SIZES = [24, 32, 48, 72, 192, 512] as const;

export function userJson(core: Core, user: User): UserJson {
  const images = Object.fromEntries(
    IMAGE_SIZES.map((size) => [`image_${size}`, `${core.url}/avatar-${size}.png`]),
  ) as Record<`image_${(typeof IMAGE_SIZES)[number]}`, string>;
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted: user.deleted,
    color: '9f69e7',
    real_name: user.realName,
    tz: user.tz,
    tz_label: user.tz,
    tz_offset: user.tzOffset,
    profile: {
      title: '',
      phone: '',
      skype: '',
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      status_text: '',
      status_text_canonical: '',
      status_emoji: '',
      status_emoji_display_info: [],
      status_expiration: 0,
      avatar_hash: 'g0000000000',
      first_name: user.realName,
      last_name: '',
      ...images,
      team: user.teamId,
      fields: null,
      ...(user.botId !== undefined && { api_app_id: user.appId, bot_id: user.botId, always_active: false }),
    },
    is_admin: user.isAdmin,
    is_owner: user.isOwner,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: user.botId !== undefined,
    // Slack says so only of people from other organisations.
    ...(user.teamId !== core.team.id && { is_stranger: true }),
    updated: Math.floor(core.clock.now() / 1000),
    is_email_confirmed: true,
    is_app_user: false,
    locale: user.locale,
    who_can_share_contact_card: 'EVERYONE',
  };
}

export function channelJson(core: Core, channel: Channel): ChannelJson {
  const { id, kind, created, creator } = channel;
  const shared = {
    is_shared: channel.shared,
    is_ext_shared: channel.shared,
    is_org_shared: false,
    context_team_id: core.team.id,
    updated: created * 1000,
  };
  const is_archived = channel.archived;
  if (kind === 'im') {
    const user = [...channel.members].find((member) => member !== core.bot.id);
    return {
      id,
      created,
      is_archived,
      is_im: true,
      ...{ user },
      is_user_deleted: false,
      ...shared,
    } as ChannelJson;
  }
  const topic = { value: '', creator: '', last_set: 0 };
  return {
    id,
    name: channel.name,
    name_normalized: channel.name,
    created,
    creator,
    is_channel: kind === 'channel',
    // A private channel says `is_group` too, for the sake of old apps.
    is_group: kind === 'group',
    is_im: false,
    is_mpim: kind === 'mpim',
    is_private: kind !== 'channel',
    is_archived,
    is_general: false,
    is_member: channel.members.has(core.bot.id),
    is_pending_ext_shared: false,
    pending_shared: [],
    unlinked: 0,
    previous_names: [],
    topic,
    purpose: topic,
    ...shared,
  };
}

export const teamJson = (team: Team): NonNullable<webApi.TeamInfoResponse['team']> => ({
  id: team.id,
  name: team.name,
  domain: team.domain,
  email_domain: '',
  url: `https://${team.domain}.slack.com/`,
  icon: { image_default: true },
});

export const userGroupJson = (
  core: Core,
  group: UserGroup,
  withUsers: boolean,
): NonNullable<webApi.UsergroupsListResponse['usergroups']>[number] => ({
  id: group.id,
  team_id: core.team.id,
  is_usergroup: true,
  is_subteam: true,
  name: group.name,
  description: '',
  handle: group.handle,
  is_external: false,
  date_create: 1_600_000_000,
  date_update: 1_600_000_000,
  date_delete: group.disabled ? 1_700_000_000 : 0,
  user_count: group.users.size,
  prefs: { channels: [], groups: [] },
  ...(withUsers && { users: [...group.users] }),
});

export function fileJson(core: Core, file: File, channels: Channel[]): FileJson {
  const address = `${core.url}/files/${file.id}/${encodeURIComponent(file.name)}`;
  const type = file.name.split('.').at(-1) ?? 'binary';
  return {
    id: file.id,
    created: file.created,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: type,
    pretty_type: type.toUpperCase(),
    user: file.user,
    editable: false,
    size: file.bytes.length,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: channels.some(({ kind }) => kind === 'channel'),
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: address,
    url_private_download: address,
    permalink: address,
    channels: channels.filter(({ kind }) => kind === 'channel').map(({ id }) => id),
    groups: channels.filter(({ kind }) => kind !== 'channel').map(({ id }) => id),
  };
}

export const botProfile = (core: Core, bot: User): NonNullable<types.GenericMessageEvent['bot_profile']> => ({
  id: bot.botId ?? '',
  name: bot.name,
  app_id: bot.appId ?? '',
  team_id: bot.teamId,
  icons: { image_36: `${core.url}/bot-36.png`, image_48: `${core.url}/bot-48.png` },
  updated: 1_600_000_000,
  deleted: bot.deleted,
});

/** What interactions say of a conversation: direct ones have this fixed name there. */
export const channelNameJson = (channel: Channel) => ({
  id: channel.id,
  name: { channel: channel.name, group: 'privategroup', im: 'directmessage', mpim: channel.name }[
    channel.kind
  ],
});
