// Counts of what came to the REST interface, the ones Discord itself keeps among them.

const INVALID_WINDOW_MS = 10 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export interface RestCounters {
  /** Requests by route, such as `POST /channels/:channel/messages`. */
  requests: Map<string, number>;
  /** Answers by status; hung and dropped ones are not among them. */
  statuses: Map<number, number>;
  /** Commands made in the last 24 hours, by guild id or '' for global ones; 200 a day are allowed. */
  creations(guildId: string): number;
  /** 401, 403 and 429 (but of shared limits) in the last ten minutes; at 10,000 Discord bans the address. */
  invalidRequests(): number;
  count(route: string): void;
  answered(status: number, shared: boolean): void;
  created(guildId: string): void;
}

export function createCounters(now: () => number): RestCounters {
  let invalid: number[] = [];
  let creations: { guildId: string; at: number }[] = [];
  const requests = new Map<string, number>();
  const statuses = new Map<number, number>();
  const increment = <Key>(map: Map<Key, number>, key: Key) => map.set(key, (map.get(key) ?? 0) + 1);
  return {
    requests,
    statuses,
    creations(guildId) {
      creations = creations.filter(({ at }) => at > now() - DAY_MS);
      return creations.filter((one) => one.guildId === guildId).length;
    },
    invalidRequests() {
      invalid = invalid.filter((at) => at > now() - INVALID_WINDOW_MS);
      return invalid.length;
    },
    count: (route) => void increment(requests, route),
    answered(status, shared) {
      increment(statuses, status);
      if (status === 401 || status === 403 || (status === 429 && !shared)) invalid.push(now());
    },
    created: (guildId) => void creations.push({ guildId, at: now() }),
  };
}
