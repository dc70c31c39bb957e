// Routes of reactions.
import { ReactionType, RESTJSONErrorCodes as Code } from 'discord-api-types/v10';
import {
  addReaction,
  clearEmoji,
  clearReactions,
  emojiKey,
  parseEmoji,
  removeReaction,
} from '../actions/reactions.js';
import { compareIds } from '../clock.js';
import type { Context } from '../context.js';
import { refuse } from '../errors.js';
import { known } from '../world.js';
import { limitOf, messageIn, need, visibleChannel } from './channels.js';
import { noContent, ok, type RestRequest } from './request.js';
import type { Route } from './router.js';

/** Different emoji on a message. */
const KINDS = 20;
const ALL = '/channels/:channel/messages/:message/reactions';

export function reactionRoutes(context: Context): Route[] {
  const { world, sent } = context;

  function target(request: RestRequest) {
    const channel = visibleChannel(context, request);
    const message = messageIn(context, channel, request);
    const emoji = parseEmoji(world, request.params['emoji'] ?? '');
    if (!emoji) throw refuse(Code.UnknownEmoji);
    return { channel, message, emoji, key: emojiKey(emoji) };
  }

  function remove(request: RestRequest, userId: string) {
    const { channel, message, emoji, key } = target(request);
    if (userId !== world.bot.id) need(context, channel, 'ManageMessages');
    if (removeReaction(context, message, emoji, userId) && userId === world.bot.id)
      sent.reactions.push({ messageId: message.id, channelId: channel.id, emoji: key, added: false });
    return noContent;
  }

  return [
    {
      method: 'PUT',
      template: `${ALL}/:emoji/@me`,
      answer(request) {
        const { channel, message, emoji, key } = target(request);
        need(context, channel, 'ReadMessageHistory');
        if (!message.reactions.has(key)) {
          need(context, channel, 'AddReactions');
          if (message.reactions.size >= KINDS) throw refuse(Code.MaximumNumberOfReactionsReached);
        }
        if (addReaction(context, message, emoji, world.bot.id))
          sent.reactions.push({ messageId: message.id, channelId: channel.id, emoji: key, added: true });
        return noContent;
      },
    },
    {
      method: 'DELETE',
      template: `${ALL}/:emoji/@me`,
      answer: (request) => remove(request, world.bot.id),
    },
    {
      method: 'DELETE',
      template: `${ALL}/:emoji/:user`,
      answer: (request) => remove(request, request.params['user'] ?? ''),
    },
    {
      method: 'GET',
      template: `${ALL}/:emoji`,
      answer(request) {
        const { channel, message, key } = target(request);
        need(context, channel, 'ReadMessageHistory');
        const reaction = message.reactions.get(key);
        const burst = request.query.get('type') === String(ReactionType.Burst);
        const after = request.query.get('after') ?? '0';
        const people = [...((burst ? reaction?.burst : reaction?.normal) ?? [])]
          .filter((id) => compareIds(id, after) > 0)
          .sort(compareIds);
        return ok(people.slice(0, limitOf(request.query, 25)).map((id) => known(world.users, id, 'user')));
      },
    },
    {
      method: 'DELETE',
      template: ALL,
      answer(request) {
        const channel = visibleChannel(context, request);
        const message = messageIn(context, channel, request);
        need(context, channel, 'ManageMessages');
        clearReactions(context, message);
        return noContent;
      },
    },
    {
      method: 'DELETE',
      template: `${ALL}/:emoji`,
      answer(request) {
        const { channel, message, emoji } = target(request);
        need(context, channel, 'ManageMessages');
        clearEmoji(context, message, emoji);
        return noContent;
      },
    },
  ];
}
