// Work in lanes: one thing after the other within a lane, lanes side by side, so that a flood in one holds up no other.
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Lanes {
  add(lane: string, work: () => Promise<void>): void;
  /** Resolves when no work is left. */
  idle(): Promise<void>;
}

/** @param onError what a piece of work rejects with; the lane goes on. */
export function createLanes(onError: (error: unknown) => void): Lanes {
  const ends = new Map<string, Promise<void>>();

  async function after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    await before;
    // The database answers within the same turn of the event loop: without a new one nothing else would come in.
    await nextTurn();
    await work();
  }

  return {
    add(lane, work) {
      const before = ends.get(lane);
      const end = (before === undefined ? work() : after(before, work)).catch(onError);
      ends.set(lane, end);
      void end.then(() => {
        if (ends.get(lane) === end) ends.delete(lane);
      });
    },
    async idle() {
      while (ends.size > 0) await Promise.all(ends.values());
    },
  };
}
