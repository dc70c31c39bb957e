// Messages at a steady rate, whatever becomes of the ones before (an open loop: a slow answer does not slow the next message).

export interface Sent {
  index: number;
  /** When it was due, in milliseconds of `performance.now()`: the time that it waited to be sent counts as well. */
  dueAt: number;
  /** Until it was answered; null where it failed. */
  durationMs: number | null;
  error: unknown;
}

export interface Load {
  /** Sends no more; resolves once everything is answered. */
  stop(): Promise<Sent[]>;
}

const TICK_MS = 5;

/** @param send of message `index`; resolves with its answer */
export function startLoad(perSecond: number, send: (index: number) => Promise<void>): Load {
  const began = performance.now();
  const all: Promise<Sent>[] = [];
  const dueAt = (index: number) => began + (index * 1000) / perSecond;

  async function one(index: number): Promise<Sent> {
    const due = dueAt(index);
    try {
      await send(index);
      return { index, dueAt: due, durationMs: performance.now() - due, error: null };
    } catch (error) {
      return { index, dueAt: due, durationMs: null, error };
    }
  }

  const timer = setInterval(() => {
    while (dueAt(all.length) <= performance.now()) all.push(one(all.length));
  }, TICK_MS);
  return {
    stop() {
      clearInterval(timer);
      return Promise.all(all);
    },
  };
}

/** 99th percentile in milliseconds; 0 of none. */
export function p99(durations: readonly number[]): number {
  const sorted = [...durations].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}
