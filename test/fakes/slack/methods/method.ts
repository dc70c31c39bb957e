// What a Web API method is, and the checks that several of them begin with.
import { ApiError } from '../api-error.js';
import type { Args } from '../args.js';
import type { Channel, Core, Message, User } from '../core.js';
import { FAMILY } from '../events.js';

export interface Call {
  core: Core;
  args: Args;
}

export interface Method {
  /** Which token it takes; the bot's where none is named. */
  token?: 'app';
  /** Its answer without `ok`. Throws `ApiError`. */
  run(call: Call): object;
}

export type Methods = Record<string, Method>;

/** Throws `missing_scope`, which names the scope and those there are. */
export function need({ core }: Call, scope: string): void {
  const { scopes } = core.settings;
  if (!scopes.has(scope))
    throw new ApiError('missing_scope', { needed: scope, provided: [...scopes].join(',') });
}

/** The conversation that the bot may know of: private ones only when it is in them. */
export function channelOf({ core, args }: Call, name = 'channel'): Channel {
  const channel = core.channels.get(args.required(name));
  if (!channel || (channel.kind !== 'channel' && !channel.members.has(core.bot.id)))
    throw new ApiError('channel_not_found');
  return channel;
}

/** The conversation whose messages or facts a scope of its kind lets the bot read. */
export function readable(call: Call, what: 'history' | 'read'): Channel {
  const channel = channelOf(call);
  need(call, `${FAMILY[channel.kind]}:${what}`);
  return channel;
}

export function joined({ core }: Call, channel: Channel): Channel {
  if (!channel.members.has(core.bot.id)) throw new ApiError('not_in_channel');
  return channel;
}

export function messageOf(
  { args }: Call,
  channel: Channel,
  name: string,
  error = 'message_not_found',
): Message {
  const message = channel.messages.get(args.required(name));
  if (!message || message.subtype === 'tombstone') throw new ApiError(error);
  return message;
}

/** A person the bot may see: of its team, or of another organisation whose channel it shares. */
export function userOf({ core, args }: Call, name = 'user'): User {
  const user = core.users.get(args.required(name));
  if (!user || !isVisible(core, user)) throw new ApiError('user_not_found');
  return user;
}

export const isVisible = (core: Core, user: User) =>
  user.teamId === core.team.id ||
  [...core.channels.values()].some(({ members }) => members.has(user.id) && members.has(core.bot.id));

/** A page of a list by cursor. Throws `invalid_cursor` and `invalid_limit`. */
export function page<T>({ args }: Call, all: readonly T[], fallback: number, most = 1000) {
  const limit = args.number('limit') ?? fallback;
  if (!Number.isInteger(limit) || limit < 0) throw new ApiError('invalid_limit');
  const size = Math.min(limit === 0 ? fallback : limit, most);
  const cursor = args.text('cursor');
  const start = cursor === undefined ? 0 : Number(/^next:(\d+)$/.exec(atob64(cursor))?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw new ApiError('invalid_cursor');
  const end = start + size;
  const next_cursor = end < all.length ? Buffer.from(`next:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), hasMore: next_cursor !== '', response_metadata: { next_cursor } };
}

const atob64 = (text: string) => Buffer.from(text, 'base64').toString('utf8');
