// Waiting for a state instead of for a time: every change of the fake wakes who waits.

export interface Changes {
  /** To be called after every change of anything a test can look at. */
  notify(): void;
  /** Resolves as soon as the predicate holds; rejects when it throws or the fake is closed first. */
  until: (holds: () => boolean) => Promise<void>;
  close(): void;
}

export function createChanges(): Changes {
  const waiting = new Set<{ look: () => void; giveUp: (reason: Error) => void }>();
  let asked = false;
  let closed = false;

  return {
    notify() {
      // Once per turn: a change is looked at when it is complete, and a flood of them costs one look.
      if (asked || waiting.size === 0) return;
      asked = true;
      queueMicrotask(() => {
        asked = false;
        for (const { look } of [...waiting]) look();
      });
    },
    until: (holds) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('The fake Slack is closed'));
        const entry = {
          look: () => {
            try {
              if (!holds()) return;
              resolve();
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
            waiting.delete(entry);
          },
          giveUp: reject,
        };
        waiting.add(entry);
        entry.look();
      }),
    close() {
      closed = true;
      for (const { giveUp } of waiting) giveUp(new Error(`The fake Slack was closed while a test waited`));
      waiting.clear();
    },
  };
}
