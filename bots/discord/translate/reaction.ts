// Reactions of Discord as Nunchi's events. They carry no id of their own: the packet's tells them apart, so that adding,
// taking back and adding again are three events, each once however often it is delivered.
import type {
  GatewayMessageReactionAddDispatchData,
  GatewayMessageReactionRemoveAllDispatchData,
  GatewayMessageReactionRemoveDispatchData,
  GatewayMessageReactionRemoveEmojiDispatchData,
} from 'discord.js';
import type { ChatEvent } from '../../../src/chat/platform.js';
import type { Person } from '../../../src/chat/settings.js';
import { placeOf } from '../places.js';
import { emojiName } from './text.js';

export interface KeyedEvent {
  key: string;
  event: ChatEvent;
}

export function reactionEvent(
  data: GatewayMessageReactionAddDispatchData | GatewayMessageReactionRemoveDispatchData,
  action: 'added' | 'removed',
  person: Person,
  packetId: string,
): KeyedEvent {
  const { guild_id, channel_id, message_id: messageId } = data;
  const emoji = emojiName(data.emoji);
  return {
    key: `reaction:${messageId}:${person.id}:${emoji}:${action}:${packetId}`,
    event: { type: 'reaction', ...placeOf(guild_id, channel_id), messageId, person, emoji, action },
  };
}

export function clearedEvent(
  data: GatewayMessageReactionRemoveAllDispatchData | GatewayMessageReactionRemoveEmojiDispatchData,
  packetId: string,
): KeyedEvent {
  const emoji = 'emoji' in data ? emojiName(data.emoji) : null;
  return {
    key: `cleared:${data.message_id}:${emoji ?? 'all'}:${packetId}`,
    event: {
      type: 'reactions-cleared',
      ...placeOf(data.guild_id, data.channel_id),
      messageId: data.message_id,
      emoji,
    },
  };
}

export function deletionEvent(guildId: string | undefined, channelId: string, messageId: string): KeyedEvent {
  return {
    key: `deletion:${messageId}`,
    event: { type: 'deletion', ...placeOf(guildId, channelId), messageId },
  };
}
