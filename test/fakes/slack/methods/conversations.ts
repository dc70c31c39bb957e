// conversations.*: what there is and who is in it.
import { ApiError } from '../api-error.js';
import type { Channel, ChannelKind } from '../core.js';
import { join, newChannel, openIm } from '../effects.js';
import { FAMILY } from '../events.js';
import { channelJson } from '../shapes.js';
import { channelOf, need, page, readable, type Call, type Methods } from './method.js';

const KINDS: Record<string, ChannelKind> = {
  public_channel: 'channel',
  private_channel: 'group',
  im: 'im',
  mpim: 'mpim',
};

function list(call: Call, wanted: (channel: Channel) => boolean): object {
  const { core, args } = call;
  const types = args.list('types');
  const kinds = (types.length > 0 ? types : ['public_channel']).map((type) => {
    const kind = KINDS[type];
    if (!kind) throw new ApiError('invalid_types');
    need(call, `${FAMILY[kind]}:read`);
    return kind;
  });
  const channels = [...core.channels.values()].filter(
    (channel) =>
      kinds.includes(channel.kind) &&
      (channel.kind === 'channel' || channel.members.has(core.bot.id)) &&
      !(channel.archived && args.flag('exclude_archived')) &&
      wanted(channel),
  );
  const { items, response_metadata } = page(call, channels, 100);
  return { channels: items.map((channel) => channelJson(core, channel)), response_metadata };
}

export const conversationMethods: Methods = {
  'conversations.info': {
    run(call) {
      const channel = readable(call, 'read');
      const members = call.args.flag('include_num_members') && { num_members: channel.members.size };
      return { channel: { ...channelJson(call.core, channel), ...members } };
    },
  },

  'conversations.list': { run: (call) => list(call, () => true) },

  /** Those that the bot is in. */
  'users.conversations': { run: (call) => list(call, ({ members }) => members.has(call.core.bot.id)) },

  'conversations.members': {
    run(call) {
      const { items, response_metadata } = page(call, [...readable(call, 'read').members], 100);
      return { members: items, response_metadata };
    },
  },

  'conversations.open': {
    run(call) {
      const { core, args } = call;
      const ids = args.list('users');
      if (ids.length === 0) {
        const channel = channelOf(call);
        return { channel: { id: channel.id }, no_op: true, already_open: true };
      }
      need(call, ids.length === 1 ? 'im:write' : 'mpim:write');
      const users = ids.map((id) => {
        const user = core.users.get(id);
        if (!user) throw new ApiError('user_not_found');
        if (user.deleted) throw new ApiError('user_disabled');
        return user;
      });
      const [first] = users;
      const all = new Set([core.bot.id, ...ids]);
      const channel =
        users.length === 1 && first
          ? openIm(core, first)
          : ([...core.channels.values()].find(
              ({ kind, members }) =>
                kind === 'mpim' && members.size === all.size && ids.every((id) => members.has(id)),
            ) ??
            newChannel(core, 'mpim', `mpdm-${users.map(({ name }) => name).join('--')}-1`, [
              core.bot,
              ...users,
            ]));
      return { channel: args.flag('return_im') ? channelJson(core, channel) : { id: channel.id } };
    },
  },

  'conversations.join': {
    run(call) {
      need(call, 'channels:join');
      const { core } = call;
      const channel = channelOf(call);
      if (channel.kind !== 'channel') throw new ApiError('method_not_supported_for_channel_type');
      if (channel.archived) throw new ApiError('is_archived');
      const already = channel.members.has(core.bot.id);
      join(core, channel, core.bot);
      return { channel: channelJson(core, channel), ...(already && { warning: 'already_in_channel' }) };
    },
  },
};
