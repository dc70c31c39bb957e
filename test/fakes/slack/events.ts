// The Events API's wrapper around an event, and which events an app gets at all: by subscription, scope and membership.
import type { EnvelopedEvent, types } from '@slack/bolt';
import type { Channel, ChannelKind, Core } from './core.js';

/** The scopes' and subscriptions' word for a kind of conversation. */
export const FAMILY = {
  channel: 'channels',
  group: 'groups',
  im: 'im',
  mpim: 'mpim',
} as const satisfies Record<ChannelKind, string>;

/** The scope behind an event that is not of a kind of conversation; `''` where none is needed. */
const SCOPES: Partial<Record<types.SlackEvent['type'], string>> = {
  app_mention: 'app_mentions:read',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  user_change: 'users:read',
  app_uninstalled: '',
  tokens_revoked: '',
};

/** What a manifest must name for an event to come: the subscription and the scope behind it. */
function needs({ type }: types.SlackEvent, channel?: Channel): { subscription: string; scope: string } {
  const family = FAMILY[channel?.kind ?? 'channel'];
  if (type === 'message') return { subscription: `message.${family}`, scope: `${family}:history` };
  return { subscription: type, scope: SCOPES[type] ?? `${family}:read` };
}

/** Events that name a conversation but come to the whole workspace. */
const WORKSPACE_WIDE = new Set(['channel_deleted', 'channel_archive', 'channel_unarchive']);

export function isVisible(core: Core, event: types.SlackEvent, channel?: Channel): boolean {
  const { subscription, scope } = needs(event, channel);
  const { scopes, subscriptions } = core.settings;
  if (scope !== '' && !scopes.has(scope)) return false;
  if (subscriptions && !subscriptions.has(subscription)) return false;
  return !channel || WORKSPACE_WIDE.has(event.type) || channel.members.has(core.bot.id);
}

export function wrap(
  core: Core,
  event: types.SlackEvent,
  channel?: Channel,
): EnvelopedEvent<types.SlackEvent> {
  return {
    token: core.settings.verificationToken,
    team_id: core.team.id,
    context_team_id: core.team.id,
    api_app_id: core.appId,
    event,
    type: 'event_callback',
    event_id: core.newId('Ev'),
    event_time: Math.floor(core.clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: core.team.id,
        user_id: core.bot.id,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: channel?.shared ?? false,
    event_context: `4-${Buffer.from(`${event.type} ${core.team.id} ${channel?.id ?? ''}`).toString('base64url')}`,
  };
}
