// Ways in which the REST interface lets a client down, ordered by a test for the next requests of a route.
import type { ErrorCode } from '../errors.js';

export type Fault =
  /** Answered with this status and Discord's kind of body, without effect. */
  | { kind: 'status'; status: number }
  /** Answered with exactly this, without effect, as some other server might. */
  | { kind: 'raw'; status: number; body: string; contentType: string }
  /** Answered with this documented error, without effect. */
  | { kind: 'error'; code: ErrorCode }
  /** Answered with 429, without effect; a shared limit is not the bot's fault and not counted against it. */
  | { kind: 'rate-limit'; retryAfterMs: number; scope: 'global' | 'shared' | 'user' }
  /** Not answered until released; `applied` says whether it takes effect before that or never. */
  | { kind: 'hang'; applied: boolean }
  /** The connection is cut; `applied` says whether it has taken effect by then. */
  | { kind: 'drop'; applied: boolean };

export interface Faults {
  /**
   * @param route Such as `POST /channels/:channel/messages`.
   * @param count How many of the next requests; Infinity until `clear`.
   */
  next(route: string, fault: Fault, count?: number): void;
  /** Forgets those that have not struck. */
  clear(): void;
  /** Requests that hang now. */
  readonly hanging: number;
  /** Lets hanging requests end: those that took effect with their answer, the others with a cut. */
  release(): void;
}

export interface FaultSource extends Faults {
  take(route: string): Fault | null;
  hold(end: () => void): void;
}

export function createFaults(): FaultSource {
  let planned: { route: string; fault: Fault; left: number }[] = [];
  let held: (() => void)[] = [];
  return {
    next(route, fault, count = 1) {
      planned.push({ route, fault, left: count });
    },
    clear() {
      planned = [];
    },
    get hanging() {
      return held.length;
    },
    release() {
      const ends = held;
      held = [];
      for (const end of ends) end();
    },
    take(route) {
      const plan = planned.find((one) => one.route === route);
      if (!plan) return null;
      plan.left -= 1;
      if (plan.left <= 0) planned = planned.filter((one) => one !== plan);
      return plan.fault;
    },
    hold: (end) => void held.push(end),
  };
}
