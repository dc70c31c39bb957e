// What happened while Nunchi was away and Slack does not tell again: messages, edits, deletions and reactions are looked up,
// for a bounded time and number. Looked up and pushed, each is the same event and counts once.
import type { AdapterHub } from '../../src/chat/adapter.js';
import type { Person } from '../../src/chat/settings.js';
import type { Logger } from '../../src/log.js';
import { waited } from '../../src/process/waited.js';
import { isUnknownMethod, refusalOf, retryAfterMsOf, type WebClient } from './api.js';
import type { People } from './people.js';
import { deletion, type Translator } from './translate/events.js';
import { editKey, messageKey } from './translate/keys.js';
import { isFromPerson, threadOf, type MessageLike, type Place } from './translate/message.js';
import { plainText } from './translate/text.js';

export interface MissedConfig {
  client: WebClient;
  hub: Pick<AdapterHub, 'accept' | 'lastSeen' | 'correctable' | 'reconcile'>;
  people: People;
  translator: Translator;
  logger: Logger;
  now: () => number;
  signal: AbortSignal;
}

/** By channel, the newest message that was known. */
export type Marks = ReadonlyMap<string, string>;

export interface Missed {
  /**
   * Where things stand. Never rejects.
   * @param sinceMs nothing that came later is taken for the last that is known; to be left out before anything comes
   */
  mark(sinceMs?: number): Promise<Marks>;
  /** Never rejects. */
  catchUp(marks: Marks): Promise<void>;
}

const LONGEST_MS = 24 * 3_600_000;
const PAGE = 200;
const MOST_PAGES = 5;
const MOST_CHANNEL_PAGES = 20;
/** Open readings of a channel whose reactions are compared. */
const MOST_REACTIONS = 50;
const MOST_WAITS = 10;
/** Pauses before a channel is looked at again where Slack has a fault of its own, or cannot be reached. */
const FAULT_PAUSES_MS = [500, 2_000, 10_000, 30_000];
const FAULTS = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'];
/** By how much Slack's clock and ours may differ. */
const CLOCKS_MS = 60_000;

interface HistoryMessage extends MessageLike {
  reactions?: { name?: string; users?: string[] }[];
}

export function createMissed(config: MissedConfig): Missed {
  const { client, hub, people, translator, logger, now, signal } = config;
  const { context } = translator;

  /** Asks again when Slack says so; nobody waits for it. */
  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits += 1) {
      signal.throwIfAborted();
      try {
        return await ask();
      } catch (error) {
        const ms = retryAfterMsOf(error);
        if (ms === null || waits >= MOST_WAITS) throw error;
        await waited(ms, signal);
      }
    }
  }

  async function stubbornly(look: () => Promise<number>): Promise<number> {
    for (const pause of FAULT_PAUSES_MS) {
      try {
        return await look();
      } catch (error) {
        if (!isFault(error) || !(await waited(pause, signal))) throw error;
      }
    }
    return look();
  }

  async function pages<T>(
    most: number,
    ask: (cursor: { cursor?: string }) => Promise<{ items: T[]; next: string | undefined }>,
  ): Promise<T[]> {
    const all: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < most; page += 1) {
      const { items, next } = await patiently(() => ask(cursor === undefined ? {} : { cursor }));
      all.push(...items);
      if (!next) break;
      cursor = next;
    }
    return all;
  }

  /** The conversations that Nunchi is in. */
  async function channels(): Promise<string[]> {
    const query = { types: 'public_channel,private_channel,mpim,im', exclude_archived: true, limit: PAGE };
    const list = (method: 'users' | 'conversations') =>
      pages(MOST_CHANNEL_PAGES, async (cursor) => {
        const answer =
          method === 'users'
            ? await client.users.conversations({ ...query, ...cursor })
            : await client.conversations.list({ ...query, ...cursor });
        return { items: answer.channels ?? [], next: answer.response_metadata?.next_cursor };
      });
    const found = await list('users').catch((error: unknown) => {
      // Servers that only speak like Slack may not have it.
      if (!isUnknownMethod(error)) throw error;
      return list('conversations');
    });
    return found.flatMap(({ id, is_member: member }) => (id === undefined || member === false ? [] : [id]));
  }

  async function catchUpChannel(channelId: string, mark: string): Promise<number> {
    const place = translator.placeIn(channelId);
    const oldest = laterTs(mark, tsOf(now() - LONGEST_MS));
    const messages = await history(channelId, oldest);
    const threads = new Set(messages.filter(hasNews(oldest)).map(({ ts = '' }) => ts));
    let count = 0;
    for (const message of messages) count += Number(await takeIn(message, place));
    // Those that were missed themselves Nunchi may not have come to yet.
    const marked = messages.filter(hasReactions).map(({ ts = '' }) => ts);
    for (const id of new Set([...(await hub.correctable(channelId, MOST_REACTIONS)), ...marked])) {
      const message = await look(place, id);
      if (message === null) continue;
      count += await hub.reconcile(reactionsOf(message, place, id), personOf);
      count += Number(await takeEdit(message, place, oldest));
      const thread = threadOf(message) ?? (hasNews(oldest)(message) ? id : null);
      if (thread !== null) threads.add(thread);
    }
    for (const thread of threads)
      for (const message of await replies(channelId, thread, oldest)) {
        count += Number(await takeIn(message, place));
        const { ts = '' } = message;
        const seen = ts !== thread && hasReactions(message) ? await look(place, ts) : null;
        if (seen !== null) count += await hub.reconcile(reactionsOf(seen, place, ts), personOf);
      }
    return count;
  }

  /** Oldest first. */
  async function history(channelId: string, oldest: string): Promise<HistoryMessage[]> {
    const found = await pages(MOST_PAGES, async (cursor) => {
      const answer = await client.conversations.history({
        channel: channelId,
        oldest,
        limit: PAGE,
        ...cursor,
      });
      return {
        items: (answer.messages ?? []) as HistoryMessage[],
        next: answer.response_metadata?.next_cursor,
      };
    });
    return found.sort(byTs);
  }

  async function replies(channelId: string, thread: string, oldest: string): Promise<HistoryMessage[]> {
    const found = await pages(MOST_PAGES, async (cursor) => {
      const query = { channel: channelId, ts: thread, oldest, limit: PAGE };
      const answer = await client.conversations.replies({ ...query, ...cursor });
      return {
        items: (answer.messages ?? []) as HistoryMessage[],
        next: answer.response_metadata?.next_cursor,
      };
    }).catch((error: unknown) => {
      // Its first message was deleted meanwhile; there are others.
      if (refusalOf(error)?.code !== 'thread_not_found') throw error;
      return [];
    });
    // The message that begins the thread leads every page, however old it is.
    return found.filter(({ ts = '' }) => byTs({ ts }, { ts: oldest }) > 0).sort(byTs);
  }

  async function takeIn(message: HistoryMessage, place: Place): Promise<boolean> {
    const found = await translator.found(message, place);
    if (found === null) return false;
    return hub.accept(messageKey(place.channelId, found.messageId), { type: 'message', message: found });
  }

  async function takeEdit(message: HistoryMessage, place: Place, oldest: string): Promise<boolean> {
    const { ts, edited, text } = message;
    if (ts === undefined || edited === undefined || !isFromPerson(message, context.identity)) return false;
    if (byTs({ ts: edited.ts }, { ts: oldest }) <= 0) return false;
    const { communityId, channelId } = place;
    return hub.accept(editKey(channelId, ts, edited.ts), {
      type: 'edit',
      platform: 'slack',
      communityId,
      channelId,
      messageId: ts,
      text: plainText(text ?? '', context.identity.userId),
    });
  }

  /** null where it was deleted, which is then told. */
  async function look(place: Place, ts: string): Promise<HistoryMessage | null> {
    try {
      const query = { channel: place.channelId, timestamp: ts, full: true };
      const { message } = await patiently(() => client.reactions.get(query));
      return { ...message, ts };
    } catch (error) {
      if (refusalOf(error)?.code !== 'message_not_found') throw error;
      const { key, event } = deletion(ts, place);
      await hub.accept(key, event);
      return null;
    }
  }

  function reactionsOf({ reactions = [] }: HistoryMessage, place: Place, messageId: string) {
    const { communityId, channelId } = place;
    return {
      communityId,
      channelId,
      messageId,
      reactions: reactions.map(({ name = '', users = [] }) => ({
        emoji: name,
        personIds: users.filter((id) => id !== context.identity.userId),
      })),
    };
  }

  async function personOf(id: string): Promise<Person | null> {
    const { person, foreign, bot } = await people.get(id);
    return foreign || bot ? null : person;
  }

  return {
    async mark(sinceMs) {
      const marks = new Map<string, string>();
      try {
        for (const id of await channels()) {
          const last = await hub.lastSeen(id);
          if (last === null) continue;
          marks.set(id, sinceMs === undefined ? last : earlierTs(last, tsOf(sinceMs - CLOCKS_MS)));
        }
      } catch (error) {
        note('what was missed cannot be looked up', error);
      }
      return marks;
    },
    async catchUp(marks) {
      let count = 0;
      for (const [channelId, mark] of marks) {
        if (signal.aborted) return;
        try {
          count += await stubbornly(() => catchUpChannel(channelId, mark));
        } catch (error) {
          if (!signal.aborted) note('what was missed in a channel could not be looked up', error, channelId);
        }
      }
      if (count > 0) logger.info('caught up with what happened meanwhile', { platform: 'slack', count });
    },
  };

  function note(event: string, error: unknown, id?: string): void {
    const code = refusalOf(error)?.code ?? null;
    logger.warn(event, { platform: 'slack', code, error, ...(id === undefined ? {} : { id }) });
  }
}

function isFault(error: unknown): boolean {
  const refusal = refusalOf(error);
  return refusal === null || FAULTS.includes(refusal.code);
}

const hasReactions = ({ reactions = [] }: HistoryMessage): boolean => reactions.length > 0;

/** Whether its thread has replies since. */
const hasNews =
  (oldest: string) =>
  ({ latest_reply: latest }: MessageLike): boolean =>
    latest !== undefined && byTs({ ts: latest }, { ts: oldest }) > 0;

const tsOf = (ms: number) => `${Math.floor(ms / 1_000)}.000000`;
const earlierTs = (a: string, b: string) => (byTs({ ts: a }, { ts: b }) < 0 ? a : b);
const laterTs = (a: string, b: string) => (byTs({ ts: a }, { ts: b }) > 0 ? a : b);

/** Both parts of a ts have a fixed width, so that their order is that of their characters. */
function byTs({ ts: a = '' }: { ts?: string }, { ts: b = '' }: { ts?: string }): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
