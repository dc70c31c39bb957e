// Sends what is kept in the outbox: answers before reactions, one after the other in a channel, again where it failed.
import { NunchiError } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { NewOutboxItem, OutboxItem, OutboxStore } from '../../store/contracts/delivery.js';

/** Thrown by `send` where trying again is of no use: the channel is gone, a permission is missing. */
export class DeliveryRefused extends NunchiError {
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('delivery-refused', message, options);
  }
}

/** Thrown by `send` where the platform says when to try again. */
export class DeliveryPostponed extends NunchiError {
  constructor(
    readonly retryAfterMs: number,
    options: { cause?: unknown } = {},
  ) {
    super('busy', `The platform asks to wait ${retryAfterMs} ms`, options);
  }
}

export interface OutboxRunnerConfig {
  platform: string;
  outbox: OutboxStore;
  /**
   * Sends one item and gives the id that the platform gave it. `item.attempts` above 0, or a restart, may mean that it was
   * sent before and only the note of it was lost: the platform must then not show it twice.
   */
  send: (item: OutboxItem) => Promise<string | null>;
  onSent?: (item: OutboxItem, deliveredId: string | null) => Promise<void>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Pause before the second try; it doubles with every try up to the longest. */
  firstRetryMs?: number;
  now?: () => Date;
}

export interface OutboxRunner {
  /** Durable when it resolves; the same key is sent once. */
  add(item: Omit<NewOutboxItem, 'platform'>): Promise<OutboxItem>;
  start(): void;
  /** Resolves when what is being sent to the channel now, if anything, is noted. */
  settled(channelId: string): Promise<void>;
  /** Resolves when nothing is due and nothing is being sent. */
  idle(): Promise<void>;
  /** Lets what is being sent end; the rest stays for the next start. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10 * 60_000;
/** With the pauses above, about half a day. */
const MOST_ATTEMPTS = 80;
/** Channels that are sent to at the same time. */
const IN_FLIGHT = 4;
/** Due items looked at for one whose channel is free. */
const LOOK_AHEAD = 64;

export function createOutboxRunner(config: OutboxRunnerConfig): OutboxRunner {
  const { platform, outbox, send, onSent, logger } = config;
  const { firstRetryMs = FIRST_RETRY_MS, now = () => new Date() } = config;
  /** By channel. */
  const inFlight = new Map<string, Promise<void>>();
  let loop: Promise<void> | undefined;
  let stopped = false;
  let ring: () => void = () => undefined;
  const idleWaiters: (() => void)[] = [];

  async function work(): Promise<void> {
    while (!stopped) {
      // Before looking, so that what changes meanwhile is looked at again.
      const rung = new Promise<void>((resolve) => (ring = resolve));
      let next: Date | null;
      try {
        next = await startDue();
      } catch (error) {
        logger.error('the outbox could not be read', { platform, error });
        next = new Date(now().getTime() + FIRST_RETRY_MS);
      }
      await until(rung, next === null ? null : next.getTime() - now().getTime());
    }
    await Promise.all(inFlight.values());
    for (const resolve of idleWaiters.splice(0)) resolve();
  }

  /** @returns when to look again, or null where a delivery or an addition will ring */
  async function startDue(): Promise<Date | null> {
    while (!stopped && inFlight.size < IN_FLIGHT) {
      // Not those of channels being sent to: many of them would hide all others.
      const busy = [...inFlight.keys()];
      const due = await outbox.due(platform, LOOK_AHEAD, busy);
      for (const item of due) {
        if (stopped || inFlight.size >= IN_FLIGHT) break;
        if (!inFlight.has(item.channelId)) inFlight.set(item.channelId, deliver(item));
      }
      if (due.length > 0) continue;
      if (inFlight.size > 0) return null;
      // Otherwise what was busy has ended meanwhile, and its channel is looked at now.
      if (busy.length > 0) continue;
      for (const resolve of idleWaiters.splice(0)) resolve();
      return outbox.nextDue(platform);
    }
    return null;
  }

  /** Never rejects. */
  async function deliver(item: OutboxItem): Promise<void> {
    try {
      await tryOnce(item);
    } catch (error) {
      logger.error('the outcome of a delivery could not be noted', { id: item.id, platform, error });
      // It is still due: without a pause it would be sent again and again.
      await until(null, FIRST_RETRY_MS);
    } finally {
      inFlight.delete(item.channelId);
      ring();
    }
  }

  async function tryOnce(item: OutboxItem): Promise<void> {
    let deliveredId: string | null;
    try {
      deliveredId = await send(item);
    } catch (error) {
      const details = { id: item.id, platform, channelId: item.channelId, error };
      if (error instanceof DeliveryRefused || item.attempts + 1 >= MOST_ATTEMPTS) {
        logger.warn('a message could not be delivered and is given up', details);
        return outbox.fail(item.id);
      }
      const pause =
        error instanceof DeliveryPostponed
          ? error.retryAfterMs
          : Math.min(LONGEST_RETRY_MS, firstRetryMs * 2 ** item.attempts);
      logger.warn('a message could not be delivered yet', details);
      return outbox.retry(item.id, new Date(now().getTime() + pause));
    }
    await onSent?.(item, deliveredId);
    await outbox.sent(item.id, deliveredId);
  }

  return {
    async add(item) {
      const kept = await outbox.add({ platform, ...item });
      ring();
      return kept;
    },
    start() {
      if (!stopped) loop ??= work();
    },
    settled: (channelId) => inFlight.get(channelId) ?? Promise.resolve(),
    async idle() {
      if (loop === undefined || stopped) return;
      const idle = new Promise<void>((resolve) => idleWaiters.push(resolve));
      ring();
      await idle;
    },
    async stop() {
      stopped = true;
      ring();
      await loop;
    },
  };
}

/** @param ms null waits for the bell alone */
async function until(rung: Promise<void> | null, ms: number | null): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    if (ms !== null) timer = setTimeout(resolve, Math.max(0, ms)).unref();
  });
  await Promise.race(rung === null ? [passed] : [rung, passed]);
  clearTimeout(timer);
}
