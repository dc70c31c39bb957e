// Micro-batching: what queued up while the model was busy is read together in its next run.
import type { Reading } from '../labels.js';

/** Texts of one run; few enough that a run on a slow machine stays well under a second. */
const TEXTS_PER_RUN = 64;

interface Waiting {
  texts: readonly string[];
  readings: Reading[];
  resolve(readings: Reading[]): void;
  reject(error: unknown): void;
}

/** @param classify is never called again before its last call has settled. */
export function createBatcher(
  classify: (texts: readonly string[]) => Promise<Reading[]>,
): (texts: readonly string[]) => Promise<Reading[]> {
  const queue: Waiting[] = [];
  let running = false;

  /** An equal share of the run for each waiting request, so that a big one does not hold up a single message. */
  async function runOnce(): Promise<void> {
    const requests = queue.slice(0, TEXTS_PER_RUN);
    const share = Math.floor(TEXTS_PER_RUN / requests.length);
    const parts = requests.map(({ texts, readings }) =>
      texts.slice(readings.length, readings.length + share),
    );
    try {
      const readings = await classify(parts.flat());
      let start = 0;
      parts.forEach((part, index) => {
        requests[index]?.readings.push(...readings.slice(start, start + part.length));
        start += part.length;
      });
    } catch (error) {
      for (const request of requests) {
        queue.splice(queue.indexOf(request), 1);
        request.reject(error);
      }
    }
    for (const request of requests) {
      if (request.readings.length < request.texts.length || !queue.includes(request)) continue;
      queue.splice(queue.indexOf(request), 1);
      request.resolve(request.readings);
    }
  }

  async function run(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      await runOnce();
      // Requests that arrived during the run are taken from the channel before the next one is put together.
      await new Promise(setImmediate);
    }
    running = false;
  }

  return (texts) => {
    if (texts.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      queue.push({ texts, readings: [], resolve, reject });
      if (!running) void run();
    });
  };
}
