// Deliveries to Discord. A message goes out with a nonce that Discord holds to for some minutes; after that, what may have
// been sent before is looked for in the channel.
import {
  type APIMessage,
  DiscordAPIError,
  type RawFile,
  RateLimitError,
  type REST,
  RESTJSONErrorCodes as Code,
  type RESTPostAPIChannelMessageJSONBody,
  Routes,
} from 'discord.js';
import type { Delivery } from '../../src/chat/adapter.js';
import { DeliveryPostponed, DeliveryRefused } from '../../src/chat/delivery/outbox-runner.js';
import type { Attachment } from '../../src/chat/requests.js';
import { isUnknownRoute } from './other-servers.js';
import { buttonRows } from './translate/components.js';
import { emojiInPath, FLAGS, NO_MENTIONS, shownText } from './translate/text.js';

type Send = (delivery: Delivery) => Promise<string | null>;
type Body = RESTPostAPIChannelMessageJSONBody;
type OfType<Type extends Delivery['type']> = Extract<Delivery, { type: Type }>;

export interface SenderConfig {
  rest: REST;
  /** Nunchi's own id. */
  userId: () => string;
  now: () => number;
}

/** News with the same words as these long ago is other news. */
const SAME_NEWS_MS = 12 * 60 * 60_000;
/** Statuses with which trying again may help. */
const PASSING = [401, 408, 429];
const HINTS: Partial<Record<Code, string>> = {
  [Code.MissingAccess]: 'Let Nunchi see the channel: the permission View Channel.',
  [Code.MissingPermissions]:
    'Give Nunchi the permissions Send Messages, Send Messages in Threads, Add Reactions and Attach Files in this channel.',
};

/** @throws DeliveryRefused, DeliveryPostponed; anything else may be tried again. */
export function createSender({ rest, userId, now }: SenderConfig): Send {
  const bodyOf = (delivery: Delivery, text: string): Body => ({
    content: shownText(text),
    nonce: delivery.nonce,
    enforce_nonce: true,
    allowed_mentions: NO_MENTIONS,
    flags: FLAGS,
  });

  async function post(channelId: string, body: Body, files: RawFile[] = []): Promise<string> {
    const sent = (await rest.post(Routes.channelMessages(channelId), { body, files })) as APIMessage;
    return sent.id;
  }

  async function reply(delivery: OfType<'reply' | 'whisper'>, buttons: Body['components']) {
    const { channelId, replyTo, text } = delivery;
    const body = { ...bodyOf(delivery, text), ...(buttons ? { components: buttons } : {}) };
    const before = delivery.again ? await sentReply(channelId, replyTo.messageId, body.content) : null;
    if (before !== null) return before;
    const message_reference = { message_id: replyTo.messageId, fail_if_not_exists: false };
    try {
      return await post(channelId, { ...body, message_reference });
    } catch (error) {
      // Without the permission to read the history an answer can still be said, only not as a reply.
      if (codeOf(error) !== Code.CannotReplyWithoutPermissionToReadMessageHistory) throw error;
      return post(channelId, body);
    }
  }

  async function news(delivery: OfType<'post'>): Promise<string> {
    const { channelId, text, attachment, again } = delivery;
    const body = bodyOf(delivery, text);
    const before = again ? await sentNews(channelId, body.content) : null;
    if (before !== null) return before;
    if (attachment === null) return post(channelId, body);
    try {
      return await post(channelId, { ...body, ...described(attachment) }, [fileOf(attachment)]);
    } catch (error) {
      if (codeOf(error) !== Code.MissingPermissions) throw error;
      return post(channelId, bodyOf(delivery, `${text}\n${attachment.description}`));
    }
  }

  async function own(channelId: string, query: Record<string, string>): Promise<APIMessage[]> {
    const found = await rest.get(Routes.channelMessages(channelId), { query: new URLSearchParams(query) });
    return (found as APIMessage[]).filter(({ author }) => author.id === userId());
  }

  async function sentReply(channelId: string, messageId: string, content: string | undefined) {
    const since = await own(channelId, { after: messageId, limit: '100' });
    const same = (message: APIMessage) =>
      message.message_reference?.message_id === messageId && message.content === content;
    return since.find(same)?.id ?? null;
  }

  async function sentNews(channelId: string, content: string | undefined) {
    const latest = await own(channelId, { limit: '50' });
    const same = (message: APIMessage) =>
      message.content === content && now() - Date.parse(message.timestamp) < SAME_NEWS_MS;
    return latest.find(same)?.id ?? null;
  }

  async function send(delivery: Delivery): Promise<string | null> {
    const { channelId } = delivery;
    switch (delivery.type) {
      case 'reply':
        return reply(delivery, undefined);
      case 'whisper':
        // Only an interaction could be answered to one person alone, and unasked direct messages are not welcome.
        return delivery.buttons.length === 0 ? null : reply(delivery, buttonRows(delivery.buttons));
      case 'post':
        return news(delivery);
      case 'amend': {
        const body = { content: shownText(delivery.text), allowed_mentions: NO_MENTIONS };
        await rest.patch(Routes.channelMessage(channelId, delivery.messageId), { body });
        return null;
      }
      case 'reaction': {
        const emoji = emojiInPath(delivery.emoji);
        await rest.put(Routes.channelMessageOwnReaction(channelId, delivery.messageId, emoji));
        return null;
      }
    }
  }

  return (delivery) =>
    send(delivery).catch((error: unknown) => {
      throw explained(error);
    });
}

export const fileOf = ({ name, mediaType, content }: Attachment): RawFile => ({
  name,
  contentType: mediaType,
  data: Buffer.from(content, 'base64'),
});

export const described = ({ name, description }: Attachment) => ({
  attachments: [{ id: '0', filename: name, description: description.slice(0, 1_024) }],
});

export const codeOf = (error: unknown): string | number | undefined =>
  error instanceof DiscordAPIError ? error.code : undefined;

/** Discord's own words name no text of a message: a code and what it means. */
function explained(error: unknown): unknown {
  if (error instanceof RateLimitError) {
    const { timeToReset, retryAfter, sublimitTimeout } = error;
    return new DeliveryPostponed(Math.max(timeToReset, retryAfter, sublimitTimeout), { cause: error });
  }
  if (isUnknownRoute(error)) {
    return new DeliveryRefused('The server does not know how to do it', {
      hint: 'DISCORD_API_URL leads to a server that has not all of Discord’s interface.',
      cause: error,
    });
  }
  if (!(error instanceof DiscordAPIError) || PASSING.includes(error.status)) return error;
  const hint = HINTS[error.code as Code];
  return new DeliveryRefused(`Discord refuses it: ${error.status}, code ${error.code}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
