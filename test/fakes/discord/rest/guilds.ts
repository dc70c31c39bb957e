// Routes of the gateway's address, the bot itself, users and guilds.
import { RESTJSONErrorCodes as Code, type RESTGetAPIGatewayBotResult } from 'discord-api-types/v10';
import type { Context } from '../context.js';
import { FormErrors, refuse } from '../errors.js';
import {
  applicationPayload,
  channelPayload,
  currentUserPayload,
  guildChannelPayload,
  guildPayload,
  memberPayload,
} from '../payloads.js';
import { directChannel, type Guild } from '../world.js';
import { ok, type RestRequest } from './request.js';
import type { Route } from './router.js';

const DAY_MS = 24 * 60 * 60_000;
const IDENTIFIES_A_DAY = 1_000;

export interface ShardAdvice {
  /** Recommended number of shards. */
  shards: number;
  /** Shards that may identify at once. */
  maxConcurrency: number;
}

export function guildRoutes(context: Context, advice: ShardAdvice): Route[] {
  const { world, settings, url } = context;
  const gatewayUrl = () => url().replace(/^http/, 'ws');

  function joinedGuild(request: RestRequest): Guild {
    const guild = world.guilds.get(request.params['guild'] ?? '');
    if (!guild) throw refuse(Code.UnknownGuild);
    return guild;
  }

  const botGateway = (): RESTGetAPIGatewayBotResult => ({
    url: gatewayUrl(),
    shards: advice.shards,
    session_start_limit: {
      total: IDENTIFIES_A_DAY,
      remaining: settings.identifiesLeft,
      reset_after: DAY_MS,
      max_concurrency: advice.maxConcurrency,
    },
  });

  function openDirect(request: RestRequest) {
    const { recipient_id } = (request.body ?? {}) as { recipient_id?: string };
    const errors = new FormErrors();
    if (recipient_id === undefined) errors.required('recipient_id');
    errors.settle();
    const user = world.users.get(recipient_id ?? '');
    if (!user) throw refuse(Code.UnknownUser);
    if (user.id === world.bot.id) throw refuse(Code.CannotSendMessagesToThisUser);
    return ok(channelPayload(world, directChannel(world, user.id)));
  }

  return [
    { method: 'GET', template: '/gateway', open: true, answer: () => ok({ url: gatewayUrl() }) },
    { method: 'GET', template: '/gateway/bot', answer: () => ok(botGateway()) },
    { method: 'GET', template: '/users/@me', answer: () => ok(currentUserPayload(world.bot)) },
    { method: 'POST', template: '/users/@me/channels', answer: openDirect },
    {
      method: 'GET',
      template: '/users/:user',
      answer(request) {
        const user = world.users.get(request.params['user'] ?? '');
        if (!user) throw refuse(Code.UnknownUser);
        return ok(user);
      },
    },
    {
      method: 'GET',
      template: '/applications/@me',
      answer: () => ok(applicationPayload(world, settings.privileged)),
    },
    {
      method: 'GET',
      template: '/guilds/:guild',
      answer: (request) => ok(guildPayload(joinedGuild(request))),
    },
    {
      method: 'GET',
      template: '/guilds/:guild/roles',
      answer: (request) => ok([...joinedGuild(request).roles.values()]),
    },
    {
      method: 'GET',
      template: '/guilds/:guild/channels',
      answer(request) {
        const { id } = joinedGuild(request);
        const channels = [...world.channels.values()].filter(({ guildId }) => guildId === id);
        return ok(channels.map((channel) => guildChannelPayload(world, channel)));
      },
    },
    {
      method: 'GET',
      template: '/guilds/:guild/members/:user',
      answer(request) {
        const guild = joinedGuild(request);
        const id = request.params['user'] ?? '';
        if (!world.users.has(id)) throw refuse(Code.UnknownUser);
        const member = guild.members.get(id);
        if (!member) throw refuse(Code.UnknownMember);
        return ok(memberPayload(world, member));
      },
    },
  ];
}
