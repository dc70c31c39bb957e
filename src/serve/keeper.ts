// Keeps one model answering: bounds what is in flight, starts the process anew when it dies and repeats what it had not answered.
import { NunchiError } from '../errors.js';
import type { Logger } from '../log.js';
import { withoutForeign } from './foreign-text.js';
import { startGeneration, type Generation, type GenerationOptions } from './generation.js';
import type { ClassifyResponse, ServedModel } from './service.js';

/** A process that dies more often than this within the window is not started again. */
const RESTART_LIMIT = 5;
const RESTART_WINDOW_MS = 60_000;
const FIRST_BACKOFF_MS = 100;
/** How long a request waits for a process that is being started anew. */
const RESTART_WAIT_MS = 30_000;

export interface KeeperOptions extends GenerationOptions {
  /** Texts in flight; a request beyond them is answered "busy". */
  maxQueue: number;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface Keeper {
  /** The process that answers, or the last one that did. */
  readonly model: ServedModel;
  /** False while the process is being started anew and after that was given up. */
  readonly ready: boolean;
  classify(texts: readonly string[]): Promise<ClassifyResponse>;
  /** Drops the readings that its process keeps. */
  forget(): Promise<void>;
  /** Refuses new requests, answers those in flight, ends the process. */
  drain(): Promise<void>;
}

/** @throws NunchiError as `startGeneration` does; a first start is not tried again. */
export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { maxQueue, logger, ...generationOptions } = options;
  const aborter = new AbortController();
  let generation: Generation | undefined = await startGeneration(generationOptions, aborter.signal);
  let model = generation.model;
  /** The process, or the wait for the next one; rejects when no more are started. */
  let current = Promise.resolve(generation);
  let draining: Promise<void> | undefined;
  let inFlight = 0;
  let whenIdle: (() => void) | undefined;
  let deaths: number[] = [];
  watch(generation);

  function watch(watched: Generation): void {
    void watched.exited.then((exit) => {
      if (generation === watched) generation = undefined;
      if (aborter.signal.aborted) return;
      logger.warn('serving process ended', {
        version: model.version,
        pid: watched.model.pid,
        code: exit.code,
        signal: exit.signal,
      });
      current = restart();
      // Nobody may be waiting for it; whoever asks later gets the rejection.
      current.catch(() => undefined);
    });
  }

  async function restart(): Promise<Generation> {
    for (;;) {
      const now = performance.now();
      deaths = [...deaths.filter((at) => now - at < RESTART_WINDOW_MS), now];
      if (deaths.length > RESTART_LIMIT) {
        logger.error('serving process given up', { version: model.version, count: deaths.length });
        throw new NunchiError(
          'serving-failed',
          `The serving process ended ${deaths.length} times in a minute`,
          {
            hint: 'See the log for how it ended; free memory is the usual reason. Restart Nunchi then.',
          },
        );
      }
      await pause(FIRST_BACKOFF_MS * 2 ** (deaths.length - 1), aborter.signal);
      try {
        const started = await startGeneration(generationOptions, aborter.signal);
        generation = started;
        model = started.model;
        watch(started);
        logger.info('serving process started anew', { version: model.version, pid: model.pid });
        return started;
      } catch (error) {
        if (aborter.signal.aborted) throw error;
        logger.error('serving process did not start', { version: model.version, error });
      }
    }
  }

  /** A request that the process did not answer is repeated once in the next process, and only once: it may be what kills it. */
  async function readTexts(texts: string[]): Promise<ClassifyResponse> {
    for (let attempt = 1; ; attempt += 1) {
      const answering = await soon(current);
      try {
        const readings = await answering.classify(texts);
        return {
          model: answering.model.version,
          results: readings.map((reading, index) => {
            const text = texts[index] ?? '';
            return { text, ...withoutForeign(text, reading) };
          }),
        };
      } catch (error) {
        if (!(error instanceof NunchiError) || error.code !== 'process-ended') throw error;
        if (attempt === 2) {
          throw new NunchiError(
            'serving-failed',
            'The serving process ended twice while reading these texts',
            {
              cause: error,
            },
          );
        }
        // `exited` replaces `current` in the same turn as it rejects the request, in either order.
        await answering.exited;
      }
    }
  }

  return {
    get model() {
      return model;
    },
    get ready() {
      return generation !== undefined;
    },
    async classify(texts) {
      if (draining) throw new NunchiError('serving-stopped', 'The sentiment service is stopped');
      if (texts.length > maxQueue) {
        throw new NunchiError('invalid-input', `${texts.length} texts in one request, at most ${maxQueue}`, {
          hint: 'Split the texts over several requests.',
        });
      }
      if (inFlight + texts.length > maxQueue) {
        throw new NunchiError('busy', `The queue is full (${inFlight} of ${maxQueue} texts are waiting)`, {
          hint: 'Try again in a moment.',
        });
      }
      inFlight += texts.length;
      try {
        return await readTexts([...texts]);
      } finally {
        inFlight -= texts.length;
        if (inFlight === 0) whenIdle?.();
      }
    },
    async forget() {
      try {
        await generation?.forget();
      } catch (error) {
        // They went with the process.
        if (!(error instanceof NunchiError) || error.code !== 'process-ended') throw error;
      }
    },
    drain() {
      draining ??= (async () => {
        if (inFlight > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
        aborter.abort();
        // A start under way is ended by the signal, unless it has just succeeded.
        const last = await current.catch(() => undefined);
        await last?.stop();
      })();
      return draining;
    },
  };
}

/** @throws the signal's reason when it is aborted meanwhile. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(new NunchiError('serving-stopped', 'The sentiment service is stopped'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/** @throws NunchiError `busy` where the process is not there in time. */
async function soon(current: Promise<Generation>): Promise<Generation> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new NunchiError('busy', 'The serving process is still being started anew', {
          hint: 'Try again in a moment.',
        }),
      );
    }, RESTART_WAIT_MS);
  });
  try {
    return await Promise.race([current, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
