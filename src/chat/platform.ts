// What a chat platform does for Nunchi. An implementation translates events and sends; it decides nothing.
import type { SerializedError } from '../errors.js';
import type { Reading } from '../labels.js';

export type Language = 'ko' | 'en';

export interface IncomingMessage {
  platform: string;
  communityId: string;
  channelId: string;
  /** The platform's own id of the message; the same id again is the same message. */
  messageId: string;
  /** The platform's own id of the person. */
  authorId: string;
  text: string;
  /** Used where the text itself does not show its language. */
  language: Language;
  /** Whether Nunchi is spoken to (mention, reply, direct message) rather than overhearing. */
  addressed: boolean;
  /** Whether the platform's rules allow training on the text. */
  trainable: boolean;
}

/** Ids are the store's. */
export interface OutgoingReply {
  id: string;
  inReplyTo: string;
  text: string;
  /** null for an answer that is not about a reading (help, a kind word). */
  reading: Reading | null;
  modelVersion: string | null;
}

/** A corrected message as it was read before a model swap and as it is read now. */
export interface Reread {
  messageId: string;
  before: { reading: Reading; modelVersion: string };
  after: { reading: Reading; modelVersion: string };
}

export interface ChatPlatform {
  readonly name: string;
  start(): Promise<void>;
  /** Ends every connection; a second call changes nothing. */
  stop(): Promise<void>;
  reply(channelId: string, reply: OutgoingReply): Promise<void>;
  reread(channelId: string, reread: Reread): Promise<void>;
  /** The message is kept but could not be read now; Nunchi reads it later. */
  unread(channelId: string, messageId: string, error: SerializedError): Promise<void>;
}
