// auth.test, users.*, usergroups.*, team.info and bots.info: who is who.
import { ApiError } from '../api-error.js';
import { botProfile, teamJson, userGroupJson, userJson } from '../shapes.js';
import { isVisible, need, page, userOf, type Call, type Methods } from './method.js';

function groupsScope(call: Call): void {
  need(call, 'usergroups:read');
  if (!call.core.settings.hasUserGroups) throw new ApiError('paid_teams_only');
}

export const peopleMethods: Methods = {
  'auth.test': {
    run: ({ core }) => ({
      url: `https://${core.team.domain}.slack.com/`,
      team: core.team.name,
      user: core.bot.name,
      team_id: core.team.id,
      user_id: core.bot.id,
      bot_id: core.bot.botId,
      is_enterprise_install: false,
    }),
  },

  'users.info': {
    run(call) {
      need(call, 'users:read');
      const { locale, ...user } = userJson(call.core, userOf(call));
      return { user: { ...user, ...(call.args.flag('include_locale') && { locale }) } };
    },
  },

  'users.list': {
    run(call) {
      need(call, 'users:read');
      const { core } = call;
      const visible = [...core.users.values()].filter((user) => isVisible(core, user));
      const { items, response_metadata } = page(call, visible, 200);
      return {
        members: items.map((user) => userJson(core, user)),
        cache_ts: Math.floor(core.clock.now() / 1000),
        response_metadata,
      };
    },
  },

  'usergroups.list': {
    run(call) {
      groupsScope(call);
      const { core, args } = call;
      const groups = [...core.groups.values()].filter(
        ({ disabled }) => !disabled || args.flag('include_disabled'),
      );
      return { usergroups: groups.map((group) => userGroupJson(core, group, args.flag('include_users'))) };
    },
  },

  'usergroups.users.list': {
    run(call) {
      groupsScope(call);
      const group = call.core.groups.get(call.args.required('usergroup'));
      if (!group) throw new ApiError('no_such_subteam');
      return { users: [...group.users] };
    },
  },

  'team.info': {
    run(call) {
      need(call, 'team:read');
      const team = call.core.teams.get(call.args.text('team') ?? call.core.team.id);
      if (!team) throw new ApiError('team_not_found');
      return { team: teamJson(team) };
    },
  },

  'bots.info': {
    run(call) {
      need(call, 'users:read');
      const bot = [...call.core.users.values()].find(({ botId }) => botId === call.args.required('bot'));
      if (!bot) throw new ApiError('bot_not_found');
      const { id, name, app_id, deleted, updated, icons } = botProfile(call.core, bot);
      return { bot: { id, deleted, name, updated, app_id, user_id: bot.id, icons } };
    },
  },
};
