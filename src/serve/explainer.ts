// Explains readings in a process of its own: TensorFlow.js and a graph with gradients are too much memory to keep for a
// question that is rarely asked.
import { NunchiError } from '../errors.js';
import type { Label } from '../labels.js';
import { childEntry } from '../paths.js';
import { forkChild, type ChildHandle } from '../process/fork-child.js';
import { createRequester, type Requester } from '../process/requests.js';
import type { Explanation } from './explanation.js';
import type { ExplainProtocol } from './protocol.js';

export interface ExplainerOptions {
  threads: number;
  /** How long the process is kept for the next question. */
  idleMs?: number;
  /** A question that takes longer ends the process. */
  timeoutMs?: number;
}

export interface Explainer {
  /** The process, while there is one. */
  readonly pid: number | null;
  /**
   * Why the model in `directory` reads `text` as `label`.
   * @throws NunchiError what loading the model throws, `serving-failed` where the process ends or takes too long.
   */
  explain(directory: string, text: string, label: Label): Promise<Explanation>;
  stop(): Promise<void>;
}

const IDLE_MS = 60_000;
const TIMEOUT_MS = 30_000;

interface Running {
  directory: string;
  child: ChildHandle;
  requester: Requester<ExplainProtocol>;
  /** Questions under way. */
  asked: number;
  idle: NodeJS.Timeout | undefined;
}

export function createExplainer(options: ExplainerOptions): Explainer {
  const { threads, idleMs = IDLE_MS, timeoutMs = TIMEOUT_MS } = options;
  let running: Running | undefined;
  /** Every process that has not ended, those of former models too. */
  const children = new Set<ChildHandle>();
  let stopped = false;

  function end(process: Running): void {
    clearTimeout(process.idle);
    if (running === process) running = undefined;
    void process.child.stop();
  }

  function processFor(directory: string): Running {
    if (running?.directory === directory) return running;
    const former = running;
    const child = forkChild(childEntry('src/serve/explain-worker.ts'));
    children.add(child);
    const requester = createRequester<ExplainProtocol>(child);
    const started: Running = { directory, child, requester, asked: 0, idle: undefined };
    running = started;
    void child.exited.then(() => {
      children.delete(child);
      clearTimeout(started.idle);
      if (running === started) running = undefined;
    });
    if (former?.asked === 0) end(former);
    return started;
  }

  return {
    get pid() {
      return running?.child.pid ?? null;
    },
    async explain(directory, text, label) {
      if (stopped) throw new NunchiError('serving-stopped', 'Nunchi is stopping');
      const asked = processFor(directory);
      clearTimeout(asked.idle);
      asked.asked += 1;
      const hung = setTimeout(() => void asked.child.stop(0), timeoutMs);
      try {
        return await asked.requester.request('explain', { directory, threads, text, label });
      } catch (error) {
        if (error instanceof NunchiError && error.code !== 'process-ended') throw error;
        throw new NunchiError('serving-failed', 'The reading could not be explained', {
          cause: error,
          hint: 'Check free memory, then ask again.',
        });
      } finally {
        clearTimeout(hung);
        asked.asked -= 1;
        if (asked.asked === 0) {
          if (running === asked) asked.idle = setTimeout(() => end(asked), idleMs).unref();
          else end(asked);
        }
      }
    },
    async stop() {
      stopped = true;
      await Promise.all([...children].map((child) => child.stop()));
    },
  };
}
