// What a chat platform does for Nunchi. An implementation translates events and sends; it decides nothing.
import type { SerializedError } from '../errors.js';
import type { Label, Reading } from '../labels.js';
import type { Attachment, Button } from './requests.js';
import type { Person } from './settings.js';

export type Language = 'ko' | 'en';

export interface IncomingMessage {
  platform: string;
  communityId: string;
  channelId: string;
  /** The platform's own id of the message; the same id again is the same message. */
  messageId: string;
  /** The platform's own id of the person. */
  authorId: string;
  /** The platform's own id of the message that begins its thread, if it is in one. */
  threadId?: string | null;
  /** Where a thread has a channel id of its own: the channel it is in, whose mode holds for it too. */
  parentChannelId?: string | null;
  /** The platform's own id of the message that it replies to, where platforms show such a thing. */
  repliesTo?: string | null;
  text: string;
  /** Used where the text itself does not show its language. */
  language: Language;
  /** Whether Nunchi is spoken to (mention, reply, direct message) rather than overhearing. */
  addressed: boolean;
  /** Whether the platform's rules allow training on the text. */
  trainable: boolean;
}

/** Where something happened; ids are the platform's own. */
interface Place {
  platform: string;
  communityId: string;
  channelId: string;
}

/** Somebody's emoji under a message. */
export interface ShownReaction {
  emoji: string;
  personId: string;
  /** Where it may be news to Nunchi; null also where whoever it was is gone. */
  person: Person | null;
}

/** What a platform tells Nunchi. Plain data: it is kept in the inbox before it is acknowledged. */
export type ChatEvent =
  | { type: 'message'; message: IncomingMessage }
  | ({ type: 'edit'; messageId: string; text: string } & Place)
  /** Of many at once, one for each: it is handled after what came of that message before. */
  | ({ type: 'deletion'; messageId: string } & Place)
  | ({
      type: 'reaction';
      messageId: string;
      person: Person;
      /** As the platform sent it: a character, or its name of an emoji. */
      emoji: string;
      action: 'added' | 'removed';
    } & Place)
  /** A moderator of the platform took every reaction away, or those of one emoji; who had given them is not said. */
  | ({ type: 'reactions-cleared'; messageId: string; emoji: string | null } & Place)
  /**
   * What stands under a message after Nunchi was away. It is compared when its turn comes, so that what was told before,
   * and not handled yet, counts as well.
   */
  | ({
      type: 'reactions-shown';
      messageId: string;
      shown: ShownReaction[];
      /** Told of since the platform was asked: `shown` may be older. */
      newer: Pick<ShownReaction, 'emoji' | 'personId'>[];
    } & Place);

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

/** Ids are the platform's own. */
export interface Whisper {
  /** The same for the same thing. */
  key: string;
  personId: string;
  messageId: string;
  threadId: string | null;
  text: string;
  buttons: Button[][];
}

export interface ChatPlatform {
  readonly name: string;
  start(): Promise<void>;
  /** Ends every connection; a second call changes nothing. */
  stop(): Promise<void>;
  reply(channelId: string, reply: OutgoingReply): Promise<void>;
  /** The answer given before is to say this instead; platforms that keep no answers leave it out. */
  amend?(channelId: string, reply: OutgoingReply): Promise<void>;
  reread(channelId: string, reread: Reread): Promise<void>;
  /** Puts the emoji of a label under a person's message, in Nunchi's name; platforms that cannot leave it out. */
  react?(channelId: string, messageId: string, label: Label): Promise<void>;
  /**
   * A message that Nunchi does not know, asked for because somebody labels it; null where it is gone or may not be read.
   * @param messageId the platform's own
   */
  fetch?(channelId: string, messageId: string): Promise<IncomingMessage | null>;
  /** News to a channel, not in answer to anything. @param key the same for the same news */
  post?(channelId: string, key: string, post: { text: string; attachment: Attachment | null }): Promise<void>;
  /** Something that concerns one person alone, about a message; platforms that cannot leave it out. */
  whisper?(channelId: string, whisper: Whisper): Promise<void>;
  /** The message is kept but could not be read now; Nunchi reads it later. */
  unread(channelId: string, messageId: string, error: SerializedError): Promise<void>;
}
