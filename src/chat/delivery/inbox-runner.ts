// Handles a platform's events: kept before they are acknowledged, in order where they belong together, again after a crash.
import type { Logger } from '../../log.js';
import type { InboxEvent, InboxStore } from '../../store/contracts/delivery.js';

export interface InboxRunnerConfig<Event> {
  platform: string;
  inbox: InboxStore;
  /** Handling the same event twice must come to the same: a crash may fall between the effect and its record. */
  handle: (event: Event) => Promise<void>;
  /** Events of one lane are handled one after the other, in the order in which they came. */
  laneOf: (event: Event) => string;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Pauses before the second, third, … try of an event that could not be handled; it is given up after the last. */
  retryAfterMs?: readonly number[];
}

export interface InboxRunner<Event> {
  /**
   * Durable when it resolves: the platform may be told that the event is there. It is handled afterwards.
   * @param key what tells the event from every other one, however often it is delivered
   * @returns false where it came before
   */
  accept(key: string, event: Event): Promise<boolean>;
  /** Takes up what an earlier process left; gives how many. Events accepted before are handled from now on too. */
  start(): Promise<number>;
  /** Whether events of this lane wait or are being handled. */
  busy(lane: string): boolean;
  /** Resolves when every event taken up so far is handled or given up. */
  idle(): Promise<void>;
  /** Lets events being handled end; those that wait are taken up by the next start. */
  stop(): Promise<void>;
}

const RETRY_AFTER_MS = [1_000, 10_000, 60_000, 300_000];
/** Lanes that are worked on at the same time. */
const LANES = 8;

export function createInboxRunner<Event>(config: InboxRunnerConfig<Event>): InboxRunner<Event> {
  const { platform, inbox, handle, laneOf, logger, retryAfterMs = RETRY_AFTER_MS } = config;
  /** Waiting events by lane, the lane whose turn is next first; the first event of one in `working` is being handled. */
  const lanes = new Map<string, InboxEvent[]>();
  const working = new Map<string, Promise<void>>();
  /** Lanes whose first event could not be handled and waits for its next try; they take no other lane's place. */
  const resting = new Map<string, NodeJS.Timeout>();
  const tries = new Map<string, number>();
  /** Ids in `lanes`. */
  const taken = new Set<string>();
  let state: 'new' | 'starting' | 'running' | 'stopped' = 'new';
  /** Accepted while the start looks for older ones, which come first. */
  let accepted: InboxEvent[] = [];
  const idleWaiters: (() => void)[] = [];

  /** Asked after an await, where the compiler takes the state for what it was. */
  const isStopped = () => state === 'stopped';

  function enqueue(event: InboxEvent): void {
    if (taken.has(event.id)) return;
    taken.add(event.id);
    const lane = laneOf(event.content as Event);
    const waiting = lanes.get(lane);
    if (waiting === undefined) lanes.set(lane, [event]);
    else waiting.push(event);
    pump();
  }

  function pump(): void {
    if (state !== 'running') return;
    for (const [lane, waiting] of lanes) {
      if (working.size >= LANES) return;
      const event = waiting[0];
      if (event === undefined || working.has(lane) || resting.has(lane)) continue;
      working.set(lane, workOn(lane, waiting, event));
    }
  }

  async function workOn(lane: string, waiting: InboxEvent[], event: InboxEvent): Promise<void> {
    const pause = await work(event);
    working.delete(lane);
    // Behind the others: a lane with many events has to wait for its turn as well.
    lanes.delete(lane);
    if (pause === null) {
      waiting.shift();
      taken.delete(event.id);
      tries.delete(event.id);
    }
    if (waiting.length > 0) lanes.set(lane, waiting);
    if (pause !== null) rest(lane, pause);
    if (lanes.size === 0) for (const resolve of idleWaiters.splice(0)) resolve();
    pump();
  }

  function rest(lane: string, ms: number): void {
    if (state !== 'running') return;
    const timer = setTimeout(() => {
      resting.delete(lane);
      pump();
    }, ms);
    resting.set(lane, timer);
  }

  /** Never rejects. @returns the pause before the next try, or null where the event is done with */
  async function work(event: InboxEvent): Promise<number | null> {
    try {
      await handle(event.content as Event);
      await inbox.handled(event.id);
      return null;
    } catch (error) {
      const tried = tries.get(event.id) ?? 0;
      const pause = retryAfterMs[tried];
      const details = { id: event.id, platform, error };
      // What fails while everything is being stopped may have failed because of that; the next start tries it again.
      if (state !== 'running') return 0;
      if (pause === undefined) {
        logger.error('an event could not be handled and is given up', details);
        await inbox.handled(event.id).catch(() => undefined);
        return null;
      }
      tries.set(event.id, tried + 1);
      logger.warn('an event could not be handled yet', details);
      return pause;
    }
  }

  return {
    async accept(key, content) {
      const event = await inbox.add({ platform, key, content });
      if (event === null) return false;
      // Before the start nothing is lost: it finds the event in the inbox.
      if (state === 'starting') accepted.push(event);
      if (state === 'running') enqueue(event);
      return true;
    },
    async start() {
      if (state !== 'new') return 0;
      state = 'starting';
      const left = await inbox.pending(platform);
      if (isStopped()) return 0;
      state = 'running';
      for (const event of [...left, ...accepted]) enqueue(event);
      accepted = [];
      if (left.length > 0) logger.info('events taken up after a restart', { platform, count: left.length });
      return left.length;
    },
    busy: (lane) => lanes.has(lane),
    idle() {
      return lanes.size === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve));
    },
    async stop() {
      state = 'stopped';
      for (const timer of resting.values()) clearTimeout(timer);
      await Promise.all(working.values());
      for (const resolve of idleWaiters.splice(0)) resolve();
    },
  };
}
