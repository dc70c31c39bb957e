// What happened while Nunchi was away and Discord does not tell again: messages after the last one known, and the reactions,
// edits and deletions of messages whose reading may still be corrected. Bounded in time and number.
import { type APIMessage, type APIUser, type REST, Routes } from 'discord.js';
import type { AdapterHub, ReactionState } from '../../src/chat/adapter.js';
import type { IncomingMessage } from '../../src/chat/platform.js';
import type { Person } from '../../src/chat/settings.js';

import type { KeyedEvent } from './translate/reaction.js';
import { emojiInPath, emojiName } from './translate/text.js';

export interface MissedConfig {
  rest: REST;
  hub: Pick<AdapterHub, 'accept' | 'correctable' | 'reconcile'>;
  userId: string;
  /** Older messages are left. */
  withinMs: number;
  /** Messages of one channel at most. */
  limit: number;
  now: () => number;
  /** No more is asked for once it is aborted. */
  signal: AbortSignal;
  messageOf(channelId: string, message: APIMessage): IncomingMessage | null;
  editOf(channelId: string, message: APIMessage): KeyedEvent | null;
  deletionOf(channelId: string, messageId: string): KeyedEvent;
  /** null where it may not be read. */
  fetch(channelId: string, messageId: string): Promise<APIMessage | 'gone' | null>;
  personOf(channelId: string, userId: string): Promise<Person | null>;
  communityOf(channelId: string): string;
}

export interface MissedChannel {
  id: string;
  /** The newest message that Nunchi knows. */
  lastSeen: string;
  /** The newest message there; null where it is not known. */
  lastMessageId: string | null;
}

export interface Missed {
  messages: number;
  /** Of those, the ids of people's messages under which something stands. */
  marked: string[];
  /** More were missed than are fetched. */
  cut: boolean;
}

/** From which Discord's ids count the milliseconds in which they were made. */
const SNOWFLAKE_EPOCH_MS = 1_420_070_400_000;
const PAGE = 100;
/** Messages of a channel whose reactions are looked at. */
const CORRECTABLE = 50;
/** People looked at for one emoji of one message. */
const PEOPLE = 500;

const isSnowflake = (id: string) => /^\d{1,20}$/.test(id);
const newer = (a: string, b: string) => BigInt(a) > BigInt(b);
const newestLast = (a: APIMessage, b: APIMessage) => (newer(a.id, b.id) ? 1 : -1);

export async function catchUp(config: MissedConfig, channel: MissedChannel): Promise<Missed> {
  const missed = await fetchMissed(config, channel);
  await reconcileReactions(config, channel.id, missed.marked);
  return missed;
}

async function page({ rest }: MissedConfig, channelId: string, query: Record<string, string>) {
  const search = new URLSearchParams({ ...query, limit: String(PAGE) });
  return (await rest.get(Routes.channelMessages(channelId), { query: search })) as APIMessage[];
}

/** Oldest first, so that they are taken in the order in which they were written. */
async function fetchMissed(
  config: MissedConfig,
  { id, lastSeen, lastMessageId }: MissedChannel,
): Promise<Missed> {
  const { hub, limit, withinMs, now, signal } = config;
  const missed: Missed = { messages: 0, marked: [], cut: false };
  if (!isSnowflake(lastSeen)) return missed;
  const earliest = String(BigInt(Math.max(0, now() - withinMs - SNOWFLAKE_EPOCH_MS)) << 22n);
  let after = newer(lastSeen, earliest) ? lastSeen : earliest;
  if (lastMessageId !== null && !newer(lastMessageId, after)) return missed;
  for (;;) {
    if (signal.aborted) return missed;
    const found = (await page(config, id, { after })).sort(newestLast);
    for (const message of found) {
      if (missed.messages >= limit) return { ...missed, cut: true };
      missed.messages += 1;
      const incoming = config.messageOf(id, message);
      after = message.id;
      if (incoming === null) continue;
      await hub.accept(`message:${message.id}`, { type: 'message', message: incoming });
      if (message.reactions !== undefined && message.reactions.length > 0) missed.marked.push(message.id);
    }
    if (found.length < PAGE) return missed;
  }
}

/** @param marked messages that were missed themselves, which Nunchi may not have come to yet */
async function reconcileReactions(config: MissedConfig, channelId: string, marked: readonly string[]) {
  const { hub, signal } = config;
  const correctable = (await hub.correctable(channelId, CORRECTABLE)).filter(isSnowflake);
  const ids = [...new Set([...correctable, ...marked])];
  const found = await fetchAll(config, channelId, ids);
  for (const id of ids) {
    if (signal.aborted) return;
    // Only what Discord calls unknown is gone: a list may be empty for want of a permission.
    const message = found.get(id) ?? (await config.fetch(channelId, id));
    if (message === null) continue;
    const changed = message === 'gone' ? config.deletionOf(channelId, id) : config.editOf(channelId, message);
    if (changed) await hub.accept(changed.key, changed.event);
    if (message === 'gone') continue;
    const state = await reactionsOf(config, channelId, message);
    await hub.reconcile(state, (personId) => config.personOf(channelId, personId));
  }
}

/** By pages over the time in which they were written. */
async function fetchAll(config: MissedConfig, channelId: string, ids: readonly string[]) {
  const wanted = new Set(ids);
  const found = new Map<string, APIMessage>();
  const ascending = [...ids].sort((a, b) => (newer(a, b) ? 1 : -1));
  const [oldest, newest] = [ascending[0], ascending.at(-1)];
  if (oldest === undefined || newest === undefined) return found;
  let before = String(BigInt(newest) + 1n);
  while (!config.signal.aborted) {
    const messages = (await page(config, channelId, { before })).sort(newestLast);
    for (const message of messages) if (wanted.has(message.id)) found.set(message.id, message);
    const [first] = messages;
    if (first === undefined || messages.length < PAGE || !newer(first.id, oldest)) return found;
    before = first.id;
  }
  return found;
}

async function reactionsOf(
  config: MissedConfig,
  channelId: string,
  message: APIMessage,
): Promise<ReactionState> {
  const reactions: ReactionState['reactions'] = [];
  for (const { emoji, count_details } of message.reactions ?? []) {
    const name = emojiName(emoji);
    const personIds = new Set<string>();
    for (const [type, count] of [
      ['0', count_details.normal],
      ['1', count_details.burst],
    ] as const)
      if (count > 0)
        for (const id of await peopleOf(config, channelId, message.id, name, type)) personIds.add(id);
    if (personIds.size > 0) reactions.push({ emoji: name, personIds: [...personIds] });
  }
  return { communityId: config.communityOf(channelId), channelId, messageId: message.id, reactions };
}

async function peopleOf(
  { rest, userId, signal }: MissedConfig,
  channelId: string,
  messageId: string,
  emoji: string,
  type: '0' | '1',
): Promise<string[]> {
  const people: string[] = [];
  let after = '0';
  while (people.length < PEOPLE && !signal.aborted) {
    const query = new URLSearchParams({ type, after, limit: String(PAGE) });
    const route = Routes.channelMessageReaction(channelId, messageId, emojiInPath(emoji));
    const users = (await rest.get(route, { query })) as APIUser[];
    people.push(...users.filter(({ id, bot }) => bot !== true && id !== userId).map(({ id }) => id));
    const last = users.at(-1);
    if (last === undefined || users.length < PAGE) break;
    after = last.id;
  }
  return people;
}
