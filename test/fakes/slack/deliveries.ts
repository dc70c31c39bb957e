// Getting payloads to the app whatever the transport: attempts, acknowledgements within 3 seconds, and Slack's retries.
import { ApiError } from './api-error.js';
import type { Changes } from './changes.js';
import type { Clock } from './clock.js';
import type { Sent } from './sent.js';
import { sparse, type Settings } from './settings.js';

/** An app must acknowledge within this time. */
export const DEADLINE_MS = 3_000;
/** Before each retry, after the failure of the attempt before it. */
const RETRY_DELAYS_MS = [0, 60_000, 300_000];

export type DeliveryKind = 'events_api' | 'interactive' | 'slash_commands';

export type Outcome =
  | 'waiting'
  | 'acknowledged'
  /** Socket Mode: no answer in time. */
  | 'timeout'
  /** Socket Mode: there was no connection, or it closed first. */
  | 'no_connection'
  | 'closed'
  /** HTTP; the first three are also Slack's retry reasons. */
  | 'http_timeout'
  | 'http_error'
  | 'connection_failed'
  /** HTTP: an error with `X-Slack-No-Retry: 1`. */
  | 'declined';

export interface Attempt {
  delivery: Delivery;
  /** 0 for the first. */
  number: number;
  /** Why it comes again; empty for the first. */
  reason: string;
  outcome: Outcome;
  /** Of the acknowledgement; undefined when it had none. */
  response?: unknown;
}

export interface Delivery {
  kind: DeliveryKind;
  /** Of an event. */
  eventId?: string;
  payload: object;
  attempts: Attempt[];
  /** Lost: Slack would not try again. */
  state: 'pending' | 'acknowledged' | 'lost';
  /** Of the first acknowledgement: what the app answered with it. */
  response?: unknown;
  /** Why Slack could not use that answer: a modal or message over a limit. */
  answerError?: string;
}

export interface Transport {
  /** Sends; the outcome comes later through `settle`. `connection` picks one of several. */
  send(attempt: Attempt, connection?: number): void;
}

export interface DeliveryOptions {
  clock: Clock;
  changes: Changes;
  settings: Settings;
  sent: Sent;
  transport: () => Transport;
}

export function createDeliveries({ clock, changes, settings, sent, transport }: DeliveryOptions) {
  /** Everything not forgotten, in order. */
  const all: Delivery[] = [];
  const pending = new Set<Delivery>();
  const events = new Map<string, Delivery>();
  const answered = new Map<Delivery, (response: unknown) => void>();
  const deadlines = new Map<Attempt, () => void>();
  const { counters } = sent;

  /** Less what settings leave out, in an event too. */
  function without(payload: object): object {
    const { event, ...rest } = sparse(payload, settings.leavesOut) as { event?: object };
    return { ...rest, ...(event && { event: sparse(event, settings.leavesOut) }) };
  }

  function attempt(delivery: Delivery, connection?: number): void {
    const last = delivery.attempts.at(-1);
    const reason = last ? (settings.requestUrl === undefined ? 'timeout' : reasonAfter(last.outcome)) : '';
    const next: Attempt = { delivery, number: delivery.attempts.length, reason, outcome: 'waiting' };
    delivery.attempts.push(next);
    counters.attempts++;
    if (next.number > 0) counters.redeliveries++;
    const late = settings.requestUrl === undefined ? 'timeout' : 'http_timeout';
    deadlines.set(
      next,
      clock.after(DEADLINE_MS, () => settle(next, late)),
    );
    transport().send(next, connection);
    changes.notify();
  }

  /** The outcome of an attempt; later ones of the same attempt change nothing. */
  function settle(done: Attempt, outcome: Exclude<Outcome, 'waiting'>, response?: unknown): void {
    if (done.outcome !== 'waiting') {
      if (outcome === 'acknowledged') counters.strayAcknowledgements++;
      return;
    }
    deadlines.get(done)?.();
    deadlines.delete(done);
    done.outcome = outcome;
    done.response = response;
    if (outcome === 'acknowledged') acknowledge(done.delivery, response);
    else if (done.delivery.state === 'pending') retry(done.delivery, outcome);
    changes.notify();
  }

  function acknowledge(delivery: Delivery, response: unknown): void {
    counters.acknowledged++;
    if (delivery.state === 'acknowledged') return;
    delivery.state = 'acknowledged';
    delivery.response = response;
    pending.delete(delivery);
    try {
      answered.get(delivery)?.(response);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      delivery.answerError = error.code;
    }
    answered.delete(delivery);
  }

  function retry(delivery: Delivery, outcome: Outcome): void {
    // A person sees that a command or a button failed; only events come again.
    if (delivery.kind !== 'events_api' || outcome === 'declined') return lose(delivery);
    if (settings.redelivery === 'by-test') return;
    const delay = RETRY_DELAYS_MS[delivery.attempts.length - 1];
    if (settings.redelivery === 'at-once') {
      if (outcome !== 'no_connection' && delay !== undefined) attempt(delivery);
      return;
    }
    if (delay === undefined) return lose(delivery);
    if (delay === 0) return attempt(delivery);
    clock.after(delay, () => {
      if (delivery.state === 'pending' && !isWaiting(delivery)) attempt(delivery);
    });
  }

  function lose(delivery: Delivery): void {
    delivery.state = 'lost';
    pending.delete(delivery);
    answered.delete(delivery);
  }

  const isWaiting = (delivery: Delivery) => delivery.attempts.at(-1)?.outcome === 'waiting';

  return {
    all: all as readonly Delivery[],
    settle,
    /** Sends something new; `onAnswer` gets what its first acknowledgement carries. */
    dispatch(
      kind: DeliveryKind,
      payload: object,
      { eventId, onAnswer }: { eventId?: string; onAnswer?: (response: unknown) => void } = {},
    ): Delivery {
      const delivery: Delivery = {
        kind,
        payload: without(payload),
        attempts: [],
        state: 'pending',
        ...(eventId && { eventId }),
      };
      all.push(delivery);
      pending.add(delivery);
      if (eventId !== undefined) events.set(eventId, delivery);
      if (onAnswer) answered.set(delivery, onAnswer);
      attempt(delivery);
      return delivery;
    },
    /** Once more, acknowledged or not, as Slack sometimes does; on a connection of choice. */
    redeliver: (eventId: string, connection?: number): Delivery => {
      const delivery = events.get(eventId);
      if (!delivery) throw new Error(`No event ${eventId} was sent, or it is forgotten`);
      attempt(delivery, connection);
      return delivery;
    },
    /** All events not acknowledged and not on their way, now; says how many. */
    redeliverPending: (): number => {
      const again = [...pending]
        .filter(({ kind }) => kind === 'events_api')
        .filter((event) => !isWaiting(event));
      for (const event of again) attempt(event);
      return again.length;
    },
    /** How many wait for an acknowledgement or a retry. */
    pendingCount: () => pending.size,
    /** Drops what is acknowledged or lost, to keep a long run's memory flat. */
    forget(): void {
      all.splice(0, all.length, ...pending);
      for (const [id, delivery] of events) if (!pending.has(delivery)) events.delete(id);
    },
  };
}

export type Deliveries = ReturnType<typeof createDeliveries>;

const REASONS = new Set<Outcome>(['http_timeout', 'http_error', 'connection_failed']);
const reasonAfter = (outcome: Outcome) => (REASONS.has(outcome) ? outcome : 'unknown_error');
