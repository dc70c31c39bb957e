// One model generation seen from the main process: its child, from a checked start to a sure end.
import type { Reading } from '../labels.js';
import { NunchiError } from '../errors.js';
import { childEntry } from '../paths.js';
import { forkChild, type ChildExit } from '../process/fork-child.js';
import { createRequester } from '../process/requests.js';
import type { LoadRequest, ServeProtocol } from './protocol.js';
import type { ServedModel } from './service.js';

/** Far more than a full queue takes on a slow machine. */
const ANSWER_TIMEOUT_MS = 60_000;

export interface GenerationOptions extends LoadRequest {
  /** A model that is not ready by then has failed. */
  startTimeoutMs: number;
}

export interface Generation {
  readonly model: ServedModel;
  readonly exited: Promise<ChildExit>;
  /** @throws NunchiError `process-ended` where the process ends before it answers. */
  classify(texts: string[]): Promise<Reading[]>;
  /** Drops the readings that are kept. @throws NunchiError `process-ended` */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param signal ends a start that is still under way.
 * @throws NunchiError what loading or the check of the model threw, `serving-failed` where the process ended or took too
 * long. No process is left behind then.
 */
export async function startGeneration(options: GenerationOptions, signal: AbortSignal): Promise<Generation> {
  const { startTimeoutMs, ...load } = options;
  const child = forkChild(childEntry('src/serve/worker.ts'));
  const requester = createRequester<ServeProtocol>(child);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void child.stop(0);
  }, startTimeoutMs);
  const onAbort = () => void child.stop(0);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    const loaded = await requester.request('load', load);
    return {
      model: { ...loaded, directory: load.directory, pid: child.pid },
      exited: child.exited,
      async classify(texts) {
        // A process that hangs is ended; its requests are then answered by the next one.
        const hung = setTimeout(() => void child.stop(0), ANSWER_TIMEOUT_MS);
        try {
          return await requester.request('classify', texts);
        } finally {
          clearTimeout(hung);
        }
      },
      async forget() {
        await requester.request('forget', null);
      },
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop(0);
    if (error instanceof NunchiError && error.code !== 'process-ended') throw error;
    const problem = timedOut ? `was not ready within ${startTimeoutMs} ms` : 'did not start';
    throw new NunchiError('serving-failed', `The serving process for ${load.directory} ${problem}`, {
      cause: error,
      hint: 'Check free memory, and "npm run -s nunchi -- doctor".',
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
