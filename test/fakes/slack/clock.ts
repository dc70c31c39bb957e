// The fake's clock: it stands still until a test moves it, so that no deadline depends on the machine's speed. A soak
// lets it run with the wall clock.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves the time and runs what has become due, in order. */
  advance(ms: number): void;
  /** Runs `act` after so much of this clock's time; returns how to call it off. */
  after(ms: number, act: () => void): () => void;
  /** Drops everything that waits. */
  stop(): void;
}

export function createClock(running: boolean): Clock {
  let offset = running ? 0 : Date.now();
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<{ at: number; act: () => void }>();
  const now = () => (running ? Date.now() + offset : offset);

  function arm(): void {
    clearTimeout(timer);
    if (!running || waiting.size === 0) return;
    let next = Infinity;
    for (const { at } of waiting) next = Math.min(next, at);
    timer = setTimeout(runDue, Math.max(0, next - now())).unref();
  }

  function runDue(): void {
    const due = () => [...waiting].filter(({ at }) => at <= now()).sort((a, b) => a.at - b.at);
    // What runs may call off others that are due, or add some.
    for (let batch = due(); batch.length > 0; batch = due())
      for (const entry of batch) if (waiting.delete(entry)) entry.act();
    arm();
  }

  return {
    now,
    advance(ms) {
      offset += ms;
      runDue();
    },
    after(ms, act) {
      const entry = { at: now() + ms, act };
      waiting.add(entry);
      arm();
      return () => void waiting.delete(entry);
    },
    stop() {
      waiting.clear();
      clearTimeout(timer);
    },
  };
}
