// After every new session: what happened before it is fetched channel by channel, and what comes from a channel meanwhile
// waits, since a newer message would hide that older ones are missing.
import type { AdapterHub } from '../../src/chat/adapter.js';
import type { Logger } from '../../src/log.js';
import { waited } from '../../src/process/waited.js';
import type { Missed, MissedChannel } from './missed.js';

export interface AwayConfig {
  hub: Pick<AdapterHub, 'lastSeen'>;
  /** Channels whose history may be read. */
  channels: () => Promise<Pick<MissedChannel, 'id' | 'lastMessageId'>[]>;
  catchUp: (channel: MissedChannel) => Promise<Missed>;
  logger: Logger;
  /** No further tries once it is aborted. */
  signal: AbortSignal;
  /** Pauses before the second, third, … try of a channel; it is given up after the last. */
  retryAfterMs?: readonly number[];
}

export interface Away {
  /** A session begins. */
  onSession(): void;
  /** Resolves when what came before in the channel is known. */
  caughtUp(channelId: string): Promise<void>;
  /** Resolves when nothing is being fetched. */
  idle(): Promise<void>;
}

/** Channels that are fetched at the same time. */
const AT_ONCE = 2;
const RETRY_AFTER_MS = [500, 2_000, 10_000, 30_000];

export function createAway(config: AwayConfig): Away {
  const { hub, channels, catchUp, logger, signal, retryAfterMs = RETRY_AFTER_MS } = config;
  const pending = new Map<string, Promise<void>>();
  /** Until it resolves nobody knows which channels are pending. */
  let looked: Promise<void> = Promise.resolve();
  let fetching: Promise<void> = Promise.resolve();

  /** Never rejects. */
  async function look(): Promise<void> {
    const known: MissedChannel[] = [];
    try {
      for (const channel of await channels()) {
        const lastSeen = await hub.lastSeen(channel.id);
        if (lastSeen !== null) known.push({ ...channel, lastSeen });
      }
    } catch (error) {
      logger.error('what was missed in Discord cannot be looked up', { error });
    }
    const queue = known.map((channel) => {
      let done: () => void = () => undefined;
      const end = new Promise<void>((resolve) => (done = resolve));
      pending.set(channel.id, end);
      return { channel, end, done };
    });
    const before = fetching;
    fetching = before.then(() => fetchAll(queue));
  }

  async function fetchAll(queue: { channel: MissedChannel; end: Promise<void>; done: () => void }[]) {
    let messages = 0;
    let cut = 0;
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { channel, end, done } = next;
        try {
          const missed = await patiently(channel);
          messages += missed.messages;
          if (missed.cut) cut += 1;
        } catch (error) {
          logger.warn('what was missed in a Discord channel cannot be fetched', { id: channel.id, error });
        }
        if (pending.get(channel.id) === end) pending.delete(channel.id);
        done();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (messages > 0) logger.info('messages fetched that were missed in Discord', { count: messages });
    if (cut > 0) logger.warn('Discord channels with more missed messages than are fetched', { count: cut });
  }

  /** A connection that breaks meanwhile must not cost what was missed. */
  async function patiently(channel: MissedChannel): Promise<Missed> {
    for (const pause of retryAfterMs) {
      try {
        return await catchUp(channel);
      } catch (error) {
        logger.info('what was missed in a Discord channel is fetched again', { id: channel.id, error });
        if (!(await waited(pause, signal))) throw error;
      }
    }
    return catchUp(channel);
  }

  return {
    onSession() {
      looked = looked.then(look);
    },
    async caughtUp(channelId) {
      await looked;
      await pending.get(channelId);
    },
    async idle() {
      await looked;
      await fetching;
    },
  };
}
