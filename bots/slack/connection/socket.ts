// Socket Mode, kept up: Bolt's own reconnecting ends the process where the network is gone for long, and a connection can
// look open while nothing comes over it any more, so that both are watched here.
import type { SocketModeReceiver } from '@slack/bolt';
import type { Logger } from '../../../src/log.js';
import { waited } from '../../../src/process/waited.js';
import { refusalOf, retryAfterMsOf } from '../api.js';
import { SOCKET_MODE_OFF } from '../explain-error.js';

export interface SocketTiming {
  /** Without an answer to its pings for so long, a connection is dead. */
  pingTimeoutMs: number;
  /** How often the watchdog looks. */
  watchMs: number;
  /** A connection over which nothing came for so long is made anew, since nobody knows whether anything would. */
  quietMs: number;
  /** Before the first new attempt; the pause doubles up to the longest. */
  reconnectMs: number;
  longestReconnectMs: number;
  /** A connection that lasted so long was a good one. */
  steadyMs: number;
  /** Away for so long, Nunchi looks up what it has missed. */
  gapMs: number;
}

export const SOCKET_TIMING: SocketTiming = {
  // As long as Slack's own side waits: a machine that is busy for some seconds has no dead connection.
  pingTimeoutMs: 30_000,
  watchMs: 5_000,
  quietMs: 2 * 3_600_000,
  reconnectMs: 500,
  longestReconnectMs: 60_000,
  steadyMs: 30_000,
  gapMs: 10_000,
};

export interface Connection {
  /** @throws whatever keeps it from being there the first time */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SocketConnectionConfig {
  client: SocketModeReceiver['client'];
  timing: SocketTiming;
  /** Something may have been missed since then, in milliseconds since 1970. */
  onRestored: (sinceMs: number) => void;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => number;
}

/** How long the other side may take to say goodbye. */
const GOODBYE_MS = 1_000;

export function createSocketConnection(config: SocketConnectionConfig): Connection {
  const { client, timing, onRestored, logger, now } = config;
  const stopping = new AbortController();
  let started = false;
  let restoring: Promise<void> | undefined;
  let watching: NodeJS.Timeout | undefined;
  let heardAt = now();
  let connectedAt = -Infinity;
  let failures = 0;
  let switchedOff = false;

  client.on('ws_message', (data: unknown) => {
    heardAt = now();
    switchedOff = isSwitchedOff(data);
    if (switchedOff && started) {
      const { message, hint } = SOCKET_MODE_OFF();
      logger.error(`${message}. ${hint ?? ''}`, { platform: 'slack' });
    }
  });
  client.on('disconnected', () => {
    if (started) void restore('closed');
  });

  /** Never rejects. */
  function restore(reason: string): Promise<void> {
    if (stopping.signal.aborted) return Promise.resolve();
    return (restoring ??= reconnect(reason).finally(() => (restoring = undefined)));
  }

  async function reconnect(reason: string): Promise<void> {
    logger.info('the connection to Slack is lost', { platform: 'slack', reason });
    const [lostAt, lastHeard] = [now(), heardAt];
    // A connection that never lasts is not asked for again and again without a pause.
    failures = now() - connectedAt < timing.steadyMs ? failures + 1 : 0;
    for (; !stopping.signal.aborted; failures += 1) {
      const pause = switchedOff ? timing.longestReconnectMs : pauseAfter(failures);
      await waited(pause, stopping.signal);
      if (stopping.signal.aborted) return;
      if (!(await connected())) continue;
      // What comes within moments Slack sends again by itself.
      if (now() - lostAt >= timing.gapMs) onRestored(lastHeard);
      return;
    }
  }

  const pauseAfter = (count: number) =>
    count === 0 ? 0 : Math.min(timing.longestReconnectMs, timing.reconnectMs * 2 ** Math.min(count - 1, 20));

  async function connected(): Promise<boolean> {
    try {
      await client.start();
    } catch (error) {
      const code = refusalOf(error)?.code ?? null;
      logger.warn('Slack cannot be connected to yet', { platform: 'slack', code, error });
      client.websocket?.disconnect();
      await waited(retryAfterMsOf(error) ?? 0, stopping.signal);
      return false;
    }
    if (stopping.signal.aborted) {
      client.websocket?.disconnect();
      return true;
    }
    connectedAt = heardAt = now();
    logger.info('connected to Slack again', { platform: 'slack' });
    return true;
  }

  function watch(): void {
    if (restoring !== undefined) return;
    const socket = client.websocket;
    if (socket?.isActive() !== true) {
      // Bolt has given it up and waits for a goodbye, which a dead connection never says. A second time ends the wait.
      socket?.disconnect();
      void restore('silent');
    } else if (now() - heardAt >= timing.quietMs) {
      void refresh(socket);
    }
  }

  /** The new connection is there before the old one goes. */
  async function refresh(old: { disconnect(): void }): Promise<void> {
    const lastHeard = heardAt;
    heardAt = now();
    if (!(await connected())) return restore('quiet');
    old.disconnect();
    onRestored(lastHeard);
  }

  return {
    async start() {
      try {
        await client.start();
      } catch (error) {
        if (switchedOff) throw SOCKET_MODE_OFF();
        throw error instanceof Error ? error : new Error('Slack closed the connection at once');
      }
      started = true;
      connectedAt = heardAt = now();
      watching = setInterval(watch, timing.watchMs).unref();
    },
    async stop() {
      stopping.abort();
      started = false;
      clearInterval(watching);
      const goodbye = new AbortController();
      await Promise.race([Promise.all([client.disconnect(), restoring]), waited(GOODBYE_MS, goodbye.signal)]);
      goodbye.abort();
      // A second time does not wait.
      if (client.websocket?.readyState !== undefined) client.websocket.disconnect();
    },
  };
}

function isSwitchedOff(data: unknown): boolean {
  if (typeof data !== 'string' || !data.includes('link_disabled')) return false;
  try {
    const { type, reason } = JSON.parse(data) as { type?: unknown; reason?: unknown };
    return type === 'disconnect' && reason === 'link_disabled';
  } catch (error) {
    // Bolt leaves what is no JSON alone too.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
