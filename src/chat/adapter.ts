// What Discord and Slack each do for Nunchi: connect, translate what happens, send what they are given. What decides,
// remembers or tries again is in `delivery/durable-platform.ts`, the same for every platform.
import type { ChatEvent, IncomingMessage } from './platform.js';
import type { AnswerRequest, Attachment, Button } from './requests.js';
import type { Person } from './settings.js';

/** Where an answer belongs; ids are the platform's own. */
export interface ReplyTo {
  messageId: string;
  threadId: string | null;
}

/** One thing to send; ids are the platform's own, texts are plain and not to be read as markup or mentions. */
export type Delivery = {
  /** At most 25 characters, the same for the same thing: Discord's nonce, Slack's message metadata. */
  nonce: string;
  /** It may have been sent before: the platform must not show it twice. */
  again: boolean;
  channelId: string;
} & (
  | { type: 'reply'; replyTo: ReplyTo; text: string }
  | { type: 'amend'; messageId: string; text: string }
  | { type: 'reaction'; messageId: string; emoji: string }
  | { type: 'post'; text: string; attachment: Attachment | null }
  /** To one person where the platform can; a platform that cannot shows it as a reply where it has buttons, else not at all. */
  | { type: 'whisper'; personId: string; replyTo: ReplyTo; text: string; buttons: Button[][] }
);

/** What stands under a message now: the emoji that may be feedback, with everybody who gave it; no bots, Nunchi neither. */
export interface ReactionState {
  communityId: string;
  channelId: string;
  messageId: string;
  reactions: { emoji: string; personIds: string[] }[];
}

/** Nunchi as an adapter sees it. */
export interface AdapterHub {
  /**
   * Durable when it resolves: the platform may be told that the event is there.
   * @param key what tells the event from every other one, however often and by whichever way it comes
   * @returns false where it came before; true also for what can change nothing and is not kept
   */
  accept(key: string, event: ChatEvent): Promise<boolean>;
  /** Commands, menus, buttons, dialogs. */
  request: AnswerRequest;
  /** The newest message of a person known of a channel, to fetch what came after it while Nunchi was away; null: none. */
  lastSeen(channelId: string): Promise<string | null>;
  /**
   * Messages of a channel whose reading may still be corrected, newest first, with Nunchi's answers among them. To be asked
   * for before the platform is asked what stands under them: what is told of from then on is newer than `reconcile`.
   */
  correctable(channelId: string, limit: number): Promise<string[]>;
  /**
   * What was reacted or taken back meanwhile is handled like an event; `moderates` and roles are asked for where needed. Of
   * a message that was only now accepted too.
   * @param personOf null for somebody who is gone
   * @returns how many differences were seen
   */
  reconcile(state: ReactionState, personOf: (personId: string) => Promise<Person | null>): Promise<number>;
}

export interface PlatformAdapter {
  readonly name: string;
  /**
   * Resolves once connected; events come from then on.
   * @throws NunchiError `platform-refused` with one line: what is wrong, and in `hint` what to switch on and where;
   * `platform-unreachable` where it is tried again later
   */
  connect(hub: AdapterHub): Promise<void>;
  /** No more events; sending still works until `close`. A second call changes nothing. */
  disconnect(): Promise<void>;
  close(): Promise<void>;
  /**
   * @returns the platform's id of a message that was sent, null for the rest
   * @throws DeliveryRefused, DeliveryPostponed; anything else is tried again
   */
  send(delivery: Delivery): Promise<string | null>;
  /** null where it is gone or may not be read. */
  fetch(channelId: string, messageId: string): Promise<IncomingMessage | null>;
}
