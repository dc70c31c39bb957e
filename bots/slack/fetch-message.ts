// One message by its id; history does not show replies in threads, so that those are asked for as such.
import type { IncomingMessage } from '../../src/chat/platform.js';
import { refusalOf, type WebClient } from './api.js';
import type { Translator } from './translate/events.js';
import type { MessageLike } from './translate/message.js';

/** @returns null where it is gone, or no person of this organisation wrote it */
export async function fetchMessage(
  client: WebClient,
  translator: Translator,
  channelId: string,
  messageId: string,
): Promise<IncomingMessage | null> {
  const only = { channel: channelId, oldest: messageId, latest: messageId, inclusive: true, limit: 1 };
  const { messages = [] } = await client.conversations.history(only);
  const message = (messages as MessageLike[]).find(({ ts }) => ts === messageId) ?? (await reply());
  return message === null ? null : translator.found(message, translator.placeIn(channelId));

  async function reply(): Promise<MessageLike | null> {
    try {
      const { messages: found = [] } = await client.conversations.replies({
        channel: channelId,
        ts: messageId,
      });
      return (found as MessageLike[]).find(({ ts }) => ts === messageId) ?? null;
    } catch (error) {
      if (refusalOf(error)?.code === 'thread_not_found') return null;
      throw error;
    }
  }
}
