// Rate limits as Discord announces them: a bucket by route and channel, guild or webhook, and one over everything.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';

export interface Limit {
  limit: number;
  windowMs: number;
}

/** So wide that only a test that narrows it meets it. */
const DEFAULT: Limit = { limit: 1_000, windowMs: 1_000 };

export interface Verdict {
  headers: Record<string, string>;
  /** Set when the request is over the limit. */
  refused: { retryAfterMs: number; global: boolean } | null;
}

export interface Limits {
  /** Of routes such as `POST /channels/:channel/messages`. */
  routes: Map<string, Limit>;
  /** Over all routes but the answers to interactions; Discord's is 50 in 1,000 ms. null is none. */
  global: Limit | null;
  /** Counts a request. */
  take(route: string, major: string): Verdict;
}

interface Bucket {
  used: number;
  resetAt: number;
}

export function refusalHeaders(
  retryAfterMs: number,
  scope: 'global' | 'shared' | 'user',
): Record<string, string> {
  return {
    // Whole seconds in the header; the body is exact.
    'Retry-After': String(Math.ceil(retryAfterMs / 1_000)),
    'X-RateLimit-Scope': scope,
    ...(scope === 'global' ? { 'X-RateLimit-Global': 'true' } : {}),
  };
}

export function createLimits(clock: Clock): Limits {
  const buckets = new Map<string, Bucket>();

  function count(key: string, { windowMs }: Limit): Bucket {
    const now = clock.now();
    const found = buckets.get(key);
    const bucket = found && found.resetAt > now ? found : { used: 0, resetAt: now + windowMs };
    bucket.used += 1;
    buckets.set(key, bucket);
    return bucket;
  }

  const limits: Limits = {
    routes: new Map(),
    global: null,
    take(route, major) {
      const limit = limits.routes.get(route) ?? DEFAULT;
      const exempt = /\/(interactions|webhooks)\//.test(route);
      if (limits.global && !exempt) {
        const all = count('', limits.global);
        const retryAfterMs = all.resetAt - clock.now();
        if (all.used > limits.global.limit)
          return { headers: refusalHeaders(retryAfterMs, 'global'), refused: { retryAfterMs, global: true } };
      }
      const bucket = count(`${route} ${major}`, limit);
      const retryAfterMs = bucket.resetAt - clock.now();
      const headers = {
        'X-RateLimit-Limit': String(limit.limit),
        'X-RateLimit-Remaining': String(Math.max(0, limit.limit - bucket.used)),
        'X-RateLimit-Reset': (bucket.resetAt / 1_000).toFixed(3),
        'X-RateLimit-Reset-After': (retryAfterMs / 1_000).toFixed(3),
        'X-RateLimit-Bucket': createHash('md5').update(route).digest('hex'),
      };
      if (bucket.used <= limit.limit) return { headers, refused: null };
      return {
        headers: { ...headers, ...refusalHeaders(retryAfterMs, 'user') },
        refused: { retryAfterMs, global: false },
      };
    },
  };
  return limits;
}
