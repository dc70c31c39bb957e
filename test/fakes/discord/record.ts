// Everything the bot did, for a test to look at: what it sent, reacted and answered, in order.
import type {
  APIMessage,
  APIModalInteractionResponseCallbackData,
  InteractionResponseType,
} from 'discord-api-types/v10';
import type { Pings } from './draft.js';
import type { UploadedFile } from './rest/request.js';

export interface SentMessage {
  id: string;
  channelId: string;
  content: string;
  nonce: string | number | null;
  /** Message that it replies to. */
  replyTo: string | null;
  /** Whom it pinged, after `allowed_mentions`. */
  pings: Pings;
  files: UploadedFile[];
  /** As the answer showed it. */
  payload: APIMessage;
}

export interface SentEdit {
  id: string;
  channelId: string;
  content: string;
  payload: APIMessage;
}

export interface SentReaction {
  messageId: string;
  channelId: string;
  /** The character, or the id of a custom emoji. */
  emoji: string;
  added: boolean;
}

/** Anything by which the bot answered an interaction. */
export interface SentAnswer {
  interactionId: string;
  how: 'callback' | 'edit' | 'followup' | 'delete';
  /** Of the callback; null of the others. */
  type: InteractionResponseType | null;
  /** Whether only the person who asked sees it. */
  ephemeral: boolean;
  content: string;
  messageId: string | null;
  pings: Pings;
  files: UploadedFile[];
  payload: APIMessage | null;
  modal: APIModalInteractionResponseCallbackData | null;
}

export interface Sent {
  messages: SentMessage[];
  edits: SentEdit[];
  deletions: { messageId: string; channelId: string }[];
  reactions: SentReaction[];
  answers: SentAnswer[];
  typing: string[];
  /** POSTs that `enforce_nonce` answered with the first message. */
  repeated: number;
}

export const createSent = (): Sent => ({
  messages: [],
  edits: [],
  deletions: [],
  reactions: [],
  answers: [],
  typing: [],
  repeated: 0,
});

/** Forgets it all, so that a long run does not fill memory. */
export function clearSent(sent: Sent): void {
  Object.assign(sent, createSent());
}

export const NO_PINGS: Pings = { users: [], roles: [], everyone: false };
