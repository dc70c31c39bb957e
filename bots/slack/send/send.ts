// Sends one thing. What may have been sent before is looked for first, since Slack itself does not notice.
import type { Delivery } from '../../../src/chat/adapter.js';
import { refusalOf, type SlackApi } from '../api.js';
import { isDirect } from '../translate/message.js';
import { contentOf } from './content.js';
import { emojiName } from './emoji.js';
import { findSent, metadataOf } from './find-sent.js';
import { deliveryError } from './refusals.js';
import { upload } from './upload.js';

export interface SenderConfig {
  api: SlackApi;
  /** Nunchi has answered in a thread. */
  onAnswered: (channelId: string, threadId: string) => void;
  now: () => number;
}

type DeliveryOf<Type extends Delivery['type']> = Extract<Delivery, { type: Type }>;

/** There is nothing left to do: it is there, there is no room for it, or what it belongs to is gone. */
const REACTION_DONE = new Set([
  'already_reacted',
  'too_many_reactions',
  'too_many_emoji',
  'message_not_found',
]);
/** News that was sent longer ago is not looked for. */
const NEWS_MS = 24 * 3_600_000;
/** No text of Nunchi's calls anybody or shows a preview. */
const QUIET = {
  mrkdwn: false,
  parse: 'none',
  link_names: false,
  unfurl_links: false,
  unfurl_media: false,
} as const;

export function createSender({
  api,
  onAnswered,
  now,
}: SenderConfig): (delivery: Delivery) => Promise<string | null> {
  /** In a channel in the thread of the question, so that the channel is not filled; directly where it was asked. */
  function threadFor({
    channelId,
    replyTo,
  }: Pick<DeliveryOf<'reply'>, 'channelId' | 'replyTo'>): string | null {
    return replyTo.threadId ?? (isDirect(channelId) ? null : replyTo.messageId);
  }

  async function reply(delivery: DeliveryOf<'reply'>): Promise<string | null> {
    const { channelId, replyTo, nonce, again, text } = delivery;
    const threadId = threadFor(delivery);
    const where = { channelId, threadId, oldest: replyTo.messageId };
    const sent = again ? await findSent(api.read, where, nonce) : null;
    const ts = sent ?? (await postMessage(channelId, threadId, text, nonce));
    if (threadId !== null) onAnswered(channelId, threadId);
    return ts;
  }

  async function postMessage(channelId: string, threadId: string | null, text: string, nonce: string) {
    const { ts } = await api.write.chat.postMessage({
      channel: channelId,
      ...contentOf(text),
      ...QUIET,
      metadata: metadataOf(nonce),
      ...(threadId === null ? {} : { thread_ts: threadId }),
    });
    return ts ?? null;
  }

  async function post(delivery: DeliveryOf<'post'>): Promise<string | null> {
    const { channelId, nonce, again, text, attachment } = delivery;
    const oldest = String((now() - NEWS_MS) / 1_000);
    const sent = again ? await findSent(api.read, { channelId, threadId: null, oldest }, nonce) : null;
    if (sent !== null) return sent;
    if (attachment === null) return postMessage(channelId, null, text, nonce);
    await upload(api.write, channelId, text, attachment, nonce);
    return null;
  }

  async function react({ channelId, messageId, emoji }: DeliveryOf<'reaction'>): Promise<null> {
    try {
      const name = emojiName(emoji);
      await api.write.reactions.add({ channel: channelId, timestamp: messageId, name });
    } catch (error) {
      if (!REACTION_DONE.has(refusalOf(error)?.code ?? '')) throw error;
    }
    return null;
  }

  async function whisper({
    channelId,
    personId,
    replyTo,
    text,
    buttons,
  }: DeliveryOf<'whisper'>): Promise<null> {
    // Slack keeps none of these, so that one cannot be looked for: rather twice to one person than never.
    await api.write.chat.postEphemeral({
      channel: channelId,
      user: personId,
      ...contentOf(text, buttons),
      ...(replyTo.threadId === null ? {} : { thread_ts: replyTo.threadId }),
    });
    return null;
  }

  async function amend({ channelId, messageId, text }: DeliveryOf<'amend'>): Promise<string> {
    await api.write.chat.update({ channel: channelId, ts: messageId, ...contentOf(text), parse: 'none' });
    return messageId;
  }

  function sendOne(delivery: Delivery): Promise<string | null> {
    switch (delivery.type) {
      case 'reply':
        return reply(delivery);
      case 'amend':
        return amend(delivery);
      case 'reaction':
        return react(delivery);
      case 'post':
        return post(delivery);
      case 'whisper':
        return whisper(delivery);
    }
  }

  return async (delivery) => {
    try {
      return await sendOne(delivery);
    } catch (error) {
      throw deliveryError(error, `a ${delivery.type}`);
    }
  };
}
