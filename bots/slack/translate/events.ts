// From the events that Slack pushes to what Nunchi is told, with the key under which each is accepted once.
import type { ChatEvent, IncomingMessage } from '../../../src/chat/platform.js';
import type { People } from '../people.js';
import { deletionKey, editKey, eventKey, messageKey } from './keys.js';
import {
  isDirect,
  isFromPerson,
  otherTeamOf,
  translateMessage,
  type MessageContext,
  type MessageLike,
  type Place,
} from './message.js';
import { plainText } from './text.js';

export interface Keyed {
  key: string;
  event: ChatEvent;
}

/** What is read of the wrapper around an event. */
export interface EnvelopeLike {
  event_id?: string;
  team_id: string;
  context_team_id?: string;
  /** One of those for whom the event is. */
  authorizations?: readonly { user_id?: string; is_bot?: boolean }[];
}

export interface MessageEventLike extends MessageLike {
  type: string;
  channel: string;
  event_ts?: string;
  deleted_ts?: string;
  /** As it is now, of a change. */
  message?: object;
  previous_message?: object;
}

export interface ReactionEventLike {
  type: string;
  event_ts?: string;
  user: string;
  reaction: string;
  item: { type: string; channel?: string; ts?: string };
}

export interface Translator {
  /** `message` and `app_mention`. null: nothing for Nunchi. */
  message(event: MessageEventLike, envelope: EnvelopeLike): Promise<Keyed | null>;
  reaction(event: ReactionEventLike, envelope: EnvelopeLike): Promise<Keyed | null>;
  /** A message that was looked up; null where no person of this organisation wrote it. */
  found(message: MessageLike, place: Place): Promise<IncomingMessage | null>;
  placeIn(channelId: string, envelope?: Pick<EnvelopeLike, 'team_id' | 'context_team_id'>): Place;
  context: MessageContext;
}

export function createTranslator(context: MessageContext, people: People): Translator {
  const { identity } = context;

  function placeIn(channelId: string, envelope?: Pick<EnvelopeLike, 'team_id' | 'context_team_id'>): Place {
    const team = identity.orgWide ? (envelope?.context_team_id ?? envelope?.team_id) : undefined;
    return { communityId: team ?? identity.teamId, channelId, direct: isDirect(channelId) };
  }

  /** Where Slack's answer at the start did not say who Nunchi is, its events may. */
  function learnWhoIAm({ authorizations = [] }: EnvelopeLike): void {
    if (identity.userId !== '') return;
    identity.userId = authorizations.find(({ is_bot }) => is_bot !== false)?.user_id ?? '';
  }

  /** Whether a mention in it may be Nunchi's; `app_mention` then tells. */
  const isUnclear = ({ type, text }: MessageEventLike, { direct }: Place) =>
    identity.userId === '' && type === 'message' && !direct && text?.includes('<@') === true;

  /** Somebody of another organisation, in a channel shared with it, has agreed to nothing. */
  async function isForeign(message: MessageLike): Promise<boolean> {
    if (otherTeamOf(message, identity) === null) return false;
    // In an organisation of several workspaces, another workspace is no other organisation.
    return identity.enterpriseId === null || (await people.get(message.user ?? '')).foreign;
  }

  async function found(message: MessageLike, place: Place): Promise<IncomingMessage | null> {
    if (!isFromPerson(message, identity) || (await isForeign(message))) return null;
    const translated = translateMessage(message, place, context, 'en');
    // A file without a word, which nobody asks about.
    if (translated.text === '' && !translated.addressed) return null;
    return translated.addressed
      ? { ...translated, language: await people.languageOf(translated.authorId) }
      : translated;
  }

  async function changed(event: MessageEventLike, place: Place): Promise<Keyed | null> {
    const now = (event.message ?? {}) as MessageLike;
    const before = (event.previous_message ?? {}) as MessageLike;
    const ts = now.ts;
    if (ts === undefined) return null;
    if (now.subtype === 'tombstone') return deletion(ts, place);
    // The preview of a link is a change too, and no edit.
    if (!isFromPerson(now, identity) || now.edited === undefined || now.text === before.text) return null;
    if (await isForeign(now)) return null;
    return edit(now, ts, now.edited.ts, place);
  }

  function edit(message: MessageLike, ts: string, editedTs: string, place: Place): Keyed {
    const { communityId, channelId } = place;
    const text = plainText(message.text ?? '', identity.userId);
    return {
      key: editKey(channelId, ts, editedTs),
      event: { type: 'edit', platform: 'slack', communityId, channelId, messageId: ts, text },
    };
  }

  return {
    context,
    placeIn,
    found,
    async message(event, envelope) {
      const place = placeIn(event.channel, envelope);
      if (event.subtype === 'message_changed') return changed(event, place);
      if (event.subtype === 'message_deleted')
        return event.deleted_ts === undefined ? null : deletion(event.deleted_ts, place);
      learnWhoIAm(envelope);
      if (event.ts === undefined || isUnclear(event, place)) return null;
      const message = await found(event, place);
      return message && { key: messageKey(event.channel, event.ts), event: { type: 'message', message } };
    },
    async reaction({ type, user, reaction, item, event_ts }, envelope) {
      if (item.type !== 'message' || item.channel === undefined || item.ts === undefined) return null;
      if (user === identity.userId) return null;
      const { person, foreign, bot } = await people.get(user);
      if (foreign || bot) return null;
      const { communityId, channelId } = placeIn(item.channel, envelope);
      return {
        key: eventKey(
          envelope.event_id ?? [type, channelId, item.ts, user, reaction, event_ts ?? ''].join(':'),
        ),
        event: {
          type: 'reaction',
          platform: 'slack',
          communityId,
          channelId,
          messageId: item.ts,
          person,
          emoji: reaction,
          action: type === 'reaction_added' ? 'added' : 'removed',
        },
      };
    },
  };
}

export function deletion(ts: string, { communityId, channelId }: Place): Keyed {
  return {
    key: deletionKey(channelId, ts),
    event: { type: 'deletion', platform: 'slack', communityId, channelId, messageId: ts },
  };
}
