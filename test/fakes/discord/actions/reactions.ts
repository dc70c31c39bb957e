// Reactions, by whomever: added, taken back, cleared.
import { type APIPartialEmoji, GatewayDispatchEvents as Event, ReactionType } from 'discord-api-types/v10';
import type { Context } from '../context.js';
import { memberPayload } from '../payloads.js';
import type { Message, World } from '../world.js';

const CHARACTER = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

/**
 * The emoji by a character, `name:id`, or the id of a custom one.
 * @returns null when Discord knows no such emoji.
 */
export function parseEmoji(world: World, text: string): APIPartialEmoji | null {
  const id = /^(?:\w+:)?(\d{15,})$/.exec(text)?.[1];
  if (id === undefined) return CHARACTER.test(text) ? { id: null, name: text } : null;
  for (const guild of world.guilds.values()) {
    const emoji = guild.emojis.get(id);
    if (emoji) return { id, name: emoji.name, ...(emoji.animated === true ? { animated: true } : {}) };
  }
  return null;
}

export const emojiKey = (emoji: APIPartialEmoji): string => emoji.id ?? emoji.name ?? '';

const scopeOf = (message: Message) => ({ guildId: message.guildId, channelId: message.channelId });
const where = (message: Message) => ({
  channel_id: message.channelId,
  message_id: message.id,
  ...(message.guildId === null ? {} : { guild_id: message.guildId }),
});

/** @returns Whether it is new. */
export function addReaction(
  { world, dispatch }: Context,
  message: Message,
  emoji: APIPartialEmoji,
  userId: string,
  burst = false,
): boolean {
  const key = emojiKey(emoji);
  const reaction = message.reactions.get(key) ?? { emoji, normal: new Set(), burst: new Set() };
  const people = burst ? reaction.burst : reaction.normal;
  if (people.has(userId)) return false;
  people.add(userId);
  message.reactions.set(key, reaction);
  const member = world.guilds.get(message.guildId ?? '')?.members.get(userId);
  dispatch(Event.MessageReactionAdd, scopeOf(message), () => ({
    ...where(message),
    user_id: userId,
    emoji,
    ...(member ? { member: memberPayload(world, member) } : {}),
    message_author_id: message.authorId,
    burst,
    ...(burst ? { burst_colors: ['#00ff00'] } : {}),
    type: burst ? ReactionType.Burst : ReactionType.Normal,
  }));
  return true;
}

/** @returns Whether there was such a reaction. */
export function removeReaction(
  { dispatch }: Context,
  message: Message,
  emoji: APIPartialEmoji,
  userId: string,
): boolean {
  const reaction = message.reactions.get(emojiKey(emoji));
  if (!reaction) return false;
  const burst = !reaction.normal.has(userId);
  if (!(burst ? reaction.burst : reaction.normal).delete(userId)) return false;
  if (reaction.normal.size + reaction.burst.size === 0) message.reactions.delete(emojiKey(emoji));
  dispatch(Event.MessageReactionRemove, scopeOf(message), () => ({
    ...where(message),
    user_id: userId,
    emoji,
    burst,
    type: burst ? ReactionType.Burst : ReactionType.Normal,
  }));
  return true;
}

export function clearReactions({ dispatch }: Context, message: Message): void {
  message.reactions.clear();
  dispatch(Event.MessageReactionRemoveAll, scopeOf(message), () => where(message));
}

export function clearEmoji({ dispatch }: Context, message: Message, emoji: APIPartialEmoji): void {
  message.reactions.delete(emojiKey(emoji));
  dispatch(Event.MessageReactionRemoveEmoji, scopeOf(message), () => ({ ...where(message), emoji }));
}
