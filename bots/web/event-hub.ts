// Live updates to every open page: server-sent events with ids, so that a page that reconnects misses nothing.
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { WireEvents } from './page/wire.js';

interface HubEvent {
  id: string;
  event: keyof WireEvents;
  data: string;
}

const KEPT = 500;
/** Longer than this without a byte and proxies close the connection. */
const HEARTBEAT_MS = 15_000;

export interface EventHub {
  send<E extends keyof WireEvents>(event: E, data: WireEvents[E]): void;
  stream(c: Context): Response;
  readonly clients: number;
  /** Ends every stream. */
  close(): void;
}

export function createEventHub(heartbeatMs: number = HEARTBEAT_MS): EventHub {
  /** Ids of an earlier process mean nothing to this one. */
  const epoch = randomUUID();
  let sequence = 0;
  let closed = false;
  const kept: HubEvent[] = [];
  const clients = new Set<{ wake: () => void; queue: HubEvent[] }>();

  /** What a page that last saw `lastId` has missed; null when that is no longer known. */
  function missedSince(lastId: string): HubEvent[] | null {
    if (lastId === `${epoch}:${sequence}`) return [];
    const index = kept.findIndex((event) => event.id === lastId);
    if (index !== -1) return kept.slice(index + 1);
    return lastId === `${epoch}:0` && sequence <= KEPT ? [...kept] : null;
  }

  return {
    get clients() {
      return clients.size;
    },

    send(event, data) {
      sequence += 1;
      const sent: HubEvent = { id: `${epoch}:${sequence}`, event, data: JSON.stringify(data) };
      kept.push(sent);
      if (kept.length > KEPT) kept.shift();
      for (const client of clients) {
        client.queue.push(sent);
        client.wake();
      }
    },

    stream(c) {
      c.header('X-Accel-Buffering', 'no');
      return streamSSE(c, async (stream) => {
        const client = { queue: [] as HubEvent[], wake: () => {} };
        const lastId = c.req.header('last-event-id');
        const missed = lastId === undefined ? [] : missedSince(lastId);
        client.queue.push(
          ...(missed ?? [{ id: `${epoch}:${sequence}`, event: 'resync' as const, data: '{}' }]),
        );
        clients.add(client);
        stream.onAbort(() => {
          clients.delete(client);
          client.wake();
        });
        // The first event gives a page its place in the sequence before anything has happened.
        await stream.write(
          `retry: 1000\nid: ${epoch}:${sequence - (missed?.length ?? 0)}\nevent: hello\ndata: {}\n\n`,
        );
        while (!closed && !stream.aborted && clients.has(client)) {
          const next = client.queue.shift();
          if (next) await stream.writeSSE(next);
          else await waitOrBeat(client, heartbeatMs, () => stream.write(': \n\n'));
        }
        clients.delete(client);
      });
    },

    close() {
      closed = true;
      for (const client of clients) client.wake();
    },
  };
}

async function waitOrBeat(
  client: { wake: () => void },
  heartbeatMs: number,
  beat: () => Promise<unknown>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = await new Promise<boolean>((resolve) => {
    client.wake = () => resolve(false);
    timer = setTimeout(() => resolve(true), heartbeatMs);
    timer.unref();
  });
  clearTimeout(timer);
  if (quiet) await beat();
}
