// What a platform's interface does wrong now and then: errors of its own, "too many", connections that break with or without
// an effect.
import type { Faults as DiscordFaults } from '../fakes/discord/rest/faults.js';
import type { FakeSlack } from '../fakes/slack/index.js';
import type { Fault as SlackFault } from '../fakes/slack/settings.js';

const DISCORD_ROUTES = [
  'POST /channels/:channel/messages',
  'PATCH /channels/:channel/messages/:message',
  'GET /channels/:channel/messages',
  'GET /guilds/:guild/members/:user',
];
const SLACK_METHODS = [
  'chat.postMessage',
  'chat.update',
  'conversations.history',
  'users.info',
  'reactions.get',
];

/** @param which any whole number: the same gives the same */
export function discordFault(faults: DiscordFaults, which: number): void {
  const route = DISCORD_ROUTES[which % DISCORD_ROUTES.length] ?? '';
  const kinds = [
    () => faults.next(route, { kind: 'status', status: 500 }, 2),
    () => faults.next(route, { kind: 'status', status: 502 }),
    () => faults.next(route, { kind: 'rate-limit', retryAfterMs: 400, scope: 'user' }, 2),
    () => faults.next(route, { kind: 'rate-limit', retryAfterMs: 200, scope: 'global' }),
    () => faults.next(route, { kind: 'drop', applied: true }),
    () => faults.next(route, { kind: 'drop', applied: false }, 2),
  ];
  kinds[Math.floor(which / DISCORD_ROUTES.length) % kinds.length]?.();
}

export function slackFault(slack: Pick<FakeSlack, 'fail'>, which: number): void {
  const method = SLACK_METHODS[which % SLACK_METHODS.length] ?? '';
  const kinds: [SlackFault, number][] = [
    [{ status: 500 }, 2],
    [{ status: 503 }, 1],
    [{ retryAfter: 1 }, 1],
    [{ error: 'internal_error' }, 1],
    ['drop-before', 1],
    ['drop-after', 1],
  ];
  const [fault, times] = kinds[Math.floor(which / SLACK_METHODS.length) % kinds.length] ?? [];
  if (fault !== undefined) slack.fail(method, fault, times);
}
