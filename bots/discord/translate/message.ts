// A message of Discord, however it came (gateway, REST, menu), as Nunchi's own.
import { type APIMessage, type GatewayMessageUpdateDispatchData, MessageType } from 'discord.js';
import type { ChatEvent, IncomingMessage, Language } from '../../../src/chat/platform.js';
import type { Place } from '../places.js';
import { plainText } from './text.js';

/** What is known beside the message itself. */
export interface MessageContext {
  place: Place;
  direct: boolean;
  thread: boolean;
  /** Of a thread: the channel it is in, where that is known. */
  parentId: string | null;
  /** Of the guild. */
  language: Language;
  self: { userId: string; roleId: string | null };
  trainable: boolean;
  /** Whether texts are given that do not speak to Nunchi. */
  messageContent: boolean;
}

/** Other kinds are Discord's own words: joins, pins, boosts, threads begun. */
const WRITTEN: readonly MessageType[] = [MessageType.Default, MessageType.Reply];
/** `!play`, `/help`: words for some bot. */
const COMMAND = /^[!/]\p{L}/u;

/** Discord always gives all of it; other servers that speak its API may not. */
type SparseMessage = Pick<APIMessage, 'author' | 'content'> & Partial<APIMessage>;

/** Whether a person wrote it. */
function isWritten(message: SparseMessage): boolean {
  const { type = MessageType.Default, author, webhook_id } = message;
  return WRITTEN.includes(type) && author.bot !== true && author.system !== true && webhook_id == null;
}

function isAddressed(message: SparseMessage, { direct, self }: MessageContext): boolean {
  const { content, mentions, mention_roles, referenced_message: replied } = message;
  const { userId, roleId } = self;
  return (
    direct ||
    (mentions?.some(({ id }) => id === userId) ?? new RegExp(`<@!?${userId}>`).test(content)) ||
    (roleId !== null && (mention_roles?.includes(roleId) ?? content.includes(`<@&${roleId}>`))) ||
    (message.type === MessageType.Reply && replied?.author.id === userId)
  );
}

/** null for what is not to be read: other bots, Discord's own words, commands, and what has no text that Nunchi may see. */
export function incomingMessage(message: APIMessage, context: MessageContext): IncomingMessage | null {
  if (!isWritten(message) || !message.content) return null;
  const addressed = isAddressed(message, context);
  const incoming = { ...anyMessage(message, context), addressed };
  return !addressed && (incoming.text === '' || COMMAND.test(incoming.text)) ? null : incoming;
}

/** A message whoever wrote it, such as one from whose menu Nunchi is asked. */
export function anyMessage(message: APIMessage, context: MessageContext): IncomingMessage {
  const { place, thread, parentId, language, trainable } = context;
  const repliesTo = message.type === MessageType.Reply ? message.message_reference?.message_id : undefined;
  return {
    ...place,
    messageId: message.id,
    authorId: message.author.id,
    threadId: thread ? place.channelId : null,
    ...(parentId === null ? {} : { parentChannelId: parentId }),
    ...(repliesTo === undefined ? {} : { repliesTo }),
    text: plainText(message.content),
    language,
    addressed: false,
    trainable: trainable && isWritten(message),
  };
}

/**
 * null where no text was changed: a preview that appeared, a pin, a text that Nunchi may not see.
 * @param packetId tells the edit from others where the server does not say when it was made
 */
export function editOf(
  message: APIMessage | GatewayMessageUpdateDispatchData,
  context: MessageContext,
  packetId?: string,
): { key: string; event: ChatEvent } | null {
  // Discord also sends parts of messages, whatever the types say.
  const { author, content, edited_timestamp } = message as Partial<APIMessage>;
  const edited = edited_timestamp === undefined ? packetId : edited_timestamp && Date.parse(edited_timestamp);
  if (content === undefined || edited == null) return null;
  if (author !== undefined && !isWritten(message)) return null;
  if (content === '' && !context.messageContent && !context.direct) return null;
  return {
    key: `edit:${message.id}:${edited}`,
    event: { type: 'edit', ...context.place, messageId: message.id, text: plainText(content) },
  };
}
