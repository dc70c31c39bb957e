// Routes of channels and their messages.
import {
  type APIMessage,
  ChannelType,
  RESTJSONErrorCodes as Code,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord-api-types/v10';
import { createMessage, deleteMessage } from '../actions/messages.js';
import type { Context } from '../context.js';
import { invalidForm, refuse } from '../errors.js';
import { contentRule, messagePayload } from '../message-payload.js';
import { channelPayload } from '../payloads.js';
import { may, type PermissionName } from '../permissions.js';
import { type Channel, lowerBound, type Message } from '../world.js';
import { applyEdit, bodyOf, draftOf } from './message-body.js';
import { noContent, ok, type RestRequest } from './request.js';
import type { Route } from './router.js';

/** For this long a nonce names the first message that was sent with it. */
const NONCE_MS = 5 * 60_000;

export function visibleChannel({ world }: Context, request: RestRequest): Channel {
  const channel = world.channels.get(request.params['channel'] ?? '');
  if (!channel) throw refuse(Code.UnknownChannel);
  if (!may(world, channel.id, world.bot.id, 'ViewChannel')) throw refuse(Code.MissingAccess);
  return channel;
}

export function need({ world }: Context, channel: Channel, ...names: PermissionName[]): void {
  for (const name of names)
    if (!may(world, channel.id, world.bot.id, name)) throw refuse(Code.MissingPermissions);
}

/** Ephemeral ones are not found in a channel. */
export function messageIn({ world }: Context, channel: Channel, request: RestRequest): Message {
  const message = world.messages.get(request.params['message'] ?? '');
  const listed = message && channel.messageIds[lowerBound(channel.messageIds, message.id)] === message.id;
  if (!message || !listed) throw refuse(Code.UnknownMessage);
  return message;
}

/** A number of the query, within its bounds. */
export function limitOf(query: URLSearchParams, fallback: number): number {
  const limit = Number(query.get('limit') ?? fallback);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100))
    throw invalidForm({
      limit: {
        _errors: [{ code: 'NUMBER_TYPE_MAX', message: 'int value should be between 1 and 100.' }],
      },
    });
  return limit;
}

/** Newest first, as Discord lists them. */
function page(ids: readonly string[], query: URLSearchParams): string[] {
  const limit = limitOf(query, 50);
  const [around, before, after] = ['around', 'before', 'after'].map((name) => query.get(name));
  let part: readonly string[];
  if (around) {
    const at = lowerBound(ids, around);
    part = ids.slice(Math.max(0, at - Math.floor(limit / 2)), at + Math.ceil(limit / 2));
  } else if (before) {
    const end = lowerBound(ids, before);
    part = ids.slice(Math.max(0, end - limit), end);
  } else if (after) {
    const at = lowerBound(ids, after);
    const start = ids[at] === after ? at + 1 : at;
    part = ids.slice(start, start + limit);
  } else part = ids.slice(-limit);
  return [...part].reverse();
}

export function channelRoutes(context: Context): Route[] {
  const { world, sent, settings } = context;
  const nonces = new Map<string, { message: Message; at: number }>();
  /** REST shows the text by what is switched on for the application, whatever the gateway session asked for. */
  const shown = (message: Message): APIMessage =>
    messagePayload(world, message, contentRule(world, settings.privileged));

  function repeated(nonce: string | number): Message | null {
    const now = world.clock.now();
    for (const [key, { at }] of nonces) {
      if (now - at < NONCE_MS) break;
      nonces.delete(key);
    }
    return nonces.get(String(nonce))?.message ?? null;
  }

  function checkReply(channel: Channel, body: RESTPostAPIChannelMessageJSONBody): string | null {
    const reference = body.message_reference;
    if (!reference) return null;
    if (!may(world, channel.id, world.bot.id, 'ReadMessageHistory'))
      throw refuse(Code.CannotReplyWithoutPermissionToReadMessageHistory);
    const first = world.messages.get(reference.message_id);
    if (first?.channelId === channel.id) return first.id;
    if (reference.fail_if_not_exists === false) return null;
    const error = { code: 'REPLIES_UNKNOWN_MESSAGE', message: 'Unknown message' };
    throw invalidForm({ message_reference: { _errors: [error] } });
  }

  function post(request: RestRequest) {
    const channel = visibleChannel(context, request);
    const body = bodyOf(request) as RESTPostAPIChannelMessageJSONBody;
    need(context, channel, 'SendMessages');
    if (request.files.length > 0) need(context, channel, 'AttachFiles');
    if (body.embeds && body.embeds.length > 0) need(context, channel, 'EmbedLinks');
    const draft = draftOf(context, channel.id, body, request.files);
    const replyTo = checkReply(channel, body);
    if (channel.type === ChannelType.DM && world.closedToBot.has(channel.recipientId ?? ''))
      throw refuse(Code.CannotSendMessagesToThisUser);
    const enforced = body.enforce_nonce === true && body.nonce !== undefined;
    const first = enforced ? repeated(body.nonce ?? '') : null;
    if (first) {
      sent.repeated += 1;
      return ok({ ...shown(first), nonce: body.nonce });
    }
    const pingReplied = body.allowed_mentions ? body.allowed_mentions.replied_user === true : true;
    const message = createMessage(context, { ...draft, replyTo, pingReplied });
    if (body.nonce !== undefined) nonces.set(String(body.nonce), { message, at: world.clock.now() });
    const payload: APIMessage = {
      ...shown(message),
      ...(message.nonce === null ? {} : { nonce: message.nonce }),
    };
    const pings = { users: message.mentions, roles: message.mentionRoles, everyone: message.mentionEveryone };
    const { id, channelId, content, nonce } = message;
    sent.messages.push({ id, channelId, content, nonce, replyTo, pings, files: request.files, payload });
    return ok(payload);
  }

  return [
    {
      method: 'GET',
      template: '/channels/:channel',
      answer: (request) => ok(channelPayload(world, visibleChannel(context, request))),
    },
    {
      method: 'POST',
      template: '/channels/:channel/typing',
      answer(request) {
        const channel = visibleChannel(context, request);
        need(context, channel, 'SendMessages');
        sent.typing.push(channel.id);
        return noContent;
      },
    },
    { method: 'POST', template: '/channels/:channel/messages', answer: post },
    {
      method: 'GET',
      template: '/channels/:channel/messages',
      answer(request) {
        const channel = visibleChannel(context, request);
        const ids = page(channel.messageIds, request.query);
        // Documented: without the permission the list is empty, not refused.
        if (!may(world, channel.id, world.bot.id, 'ReadMessageHistory')) return ok([]);
        return ok(ids.flatMap((id) => world.messages.get(id) ?? []).map(shown));
      },
    },
    {
      method: 'GET',
      template: '/channels/:channel/messages/:message',
      answer(request) {
        const channel = visibleChannel(context, request);
        if (!may(world, channel.id, world.bot.id, 'ReadMessageHistory')) throw refuse(Code.MissingAccess);
        return ok(shown(messageIn(context, channel, request)));
      },
    },
    {
      method: 'PATCH',
      template: '/channels/:channel/messages/:message',
      answer(request) {
        const channel = visibleChannel(context, request);
        const message = messageIn(context, channel, request);
        if (message.authorId !== world.bot.id) throw refuse(Code.CannotEditMessageAuthoredByAnotherUser);
        applyEdit(context, message, bodyOf(request), request.files);
        const payload = shown(message);
        sent.edits.push({ id: message.id, channelId: channel.id, content: message.content, payload });
        return ok(payload);
      },
    },
    {
      method: 'DELETE',
      template: '/channels/:channel/messages/:message',
      answer(request) {
        const channel = visibleChannel(context, request);
        const message = messageIn(context, channel, request);
        if (message.authorId !== world.bot.id) need(context, channel, 'ManageMessages');
        deleteMessage(context, message);
        sent.deletions.push({ messageId: message.id, channelId: channel.id });
        return noContent;
      },
    },
  ];
}
