// What a chat platform does for Nunchi. An implementation translates events and sends; it decides nothing.
import type { Reading } from '../labels.js';

export type Language = 'ko' | 'en';

export interface IncomingMessage {
  platform: string;
  communityId: string;
  channelId: string;
  /** The platform's own id of the message. */
  messageId: string;
  /** The platform's own id of the person. */
  authorId: string;
  text: string;
  language: Language;
  /** Whether Nunchi is spoken to (mention, reply, direct message) rather than overhearing. */
  addressed: boolean;
}

export interface OutgoingReply {
  inReplyTo: string;
  text: string;
  reading: Reading;
  modelVersion: string;
}

export interface ChatPlatform {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  reply(channelId: string, reply: OutgoingReply): Promise<void>;
}
