// A message as Slack's events, history and menus show it, as Nunchi understands it.
import type { IncomingMessage, Language } from '../../../src/chat/platform.js';
import { mentions, plainText } from './text.js';

/** What is read of a message, wherever it comes from; history leaves out channel and type of channel. */
export interface MessageLike {
  /** `app_mention` of what mentions Nunchi, whatever the text. */
  type?: string;
  subtype?: string | undefined;
  ts?: string;
  user?: string;
  text?: string | undefined;
  bot_id?: string;
  /** The message that begins the thread, for that message too once it has replies. */
  thread_ts?: string | undefined;
  /** Who wrote the message that begins the thread; only of replies. */
  parent_user_id?: string;
  /** The author's workspace, in channels shared with others. */
  user_team?: string;
  source_team?: string;
  team?: string;
  edited?: { ts: string } | undefined;
  latest_reply?: string;
  hidden?: boolean;
}

/** The app in its workspace. */
export interface Identity {
  teamId: string;
  enterpriseId: string | null;
  /** Installed for a whole organisation: events then say which workspace. */
  orgWide: boolean;
  /** Empty until an event tells, where Slack's answer at the start did not. */
  userId: string;
  botId: string;
}

export interface Place {
  communityId: string;
  channelId: string;
  direct: boolean;
}

export interface MessageContext {
  identity: Identity;
  /** Whether Nunchi has answered in the thread. */
  answeredIn: (channelId: string, threadId: string) => boolean;
  trainable: boolean;
}

/** Kinds of message that a person wrote; everything else Slack says itself. */
const WRITTEN = new Set([undefined, 'thread_broadcast', 'file_share', 'me_message']);

/** Direct messages have ids of their own kind, whichever event names them. */
export const isDirect = (channelId: string) => channelId.startsWith('D');

/** Whether a person of this workspace may have written it: not Nunchi, not an app, not Slack. */
export function isFromPerson(message: MessageLike, identity: Identity): boolean {
  return (
    WRITTEN.has(message.subtype) &&
    message.hidden !== true &&
    message.bot_id === undefined &&
    message.user !== undefined &&
    message.user !== identity.userId &&
    message.user !== 'USLACKBOT'
  );
}

/** The workspace of the author where it is another one than Nunchi's. */
export function otherTeamOf(message: MessageLike, identity: Identity): string | null {
  const team = message.user_team ?? message.source_team ?? message.team;
  return team === undefined || team === identity.teamId ? null : team;
}

/** The message that begins the thread, of replies alone. */
export const threadOf = ({ ts, thread_ts: root }: MessageLike): string | null =>
  root !== undefined && root !== ts ? root : null;

/**
 * Spoken to: a direct message, a mention, a reply to Nunchi's own message, or the asker going on in the thread in which
 * Nunchi answered. Others who talk there mention Nunchi if they mean it.
 */
function isAddressed(message: MessageLike, place: Place, { identity, answeredIn }: MessageContext): boolean {
  if (place.direct || message.type === 'app_mention') return true;
  if (mentions(message.text ?? '', identity.userId)) return true;
  const thread = threadOf(message);
  if (thread === null || message.parent_user_id === undefined) return false;
  if (message.parent_user_id === identity.userId) return true;
  return message.parent_user_id === message.user && answeredIn(place.channelId, thread);
}

/** Who wrote it is not looked at: menus are used on Nunchi's own answers too. */
export function translateMessage(
  message: MessageLike,
  place: Place,
  context: MessageContext,
  language: Language,
): IncomingMessage {
  const authorId = message.user ?? message.bot_id ?? '';
  return {
    platform: 'slack',
    communityId: place.communityId,
    channelId: place.channelId,
    messageId: message.ts ?? '',
    authorId,
    threadId: threadOf(message),
    text: plainText(message.text ?? '', context.identity.userId),
    language,
    addressed: isAddressed(message, place, context),
    trainable: context.trainable && isFromPerson(message, context.identity),
  };
}
