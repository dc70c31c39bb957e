// The bot of a soak: started, killed and started again on one home, with a note of the memory that it and the process that
// reads for it take.
import { readFileSync } from 'node:fs';
import { type BotProcess, childrenOf, isRunning, spawnNunchi, until } from '../fixtures/bot-process.js';

export interface Memory {
  bot: number;
  /** Of its children together. */
  serving: number;
}

export interface Life {
  /**
   * Resident mebibytes at the end of each round, after a warm-up: its first round, and its first flood, of whose size V8
   * keeps its heap.
   */
  samples: Memory[];
}

export interface SoakBot {
  readonly up: boolean;
  readonly lives: readonly Life[];
  /** What was written to the standard error output so far, by lives that have ended. */
  readonly log: string;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** As a person stops it. @throws Error where it ends in any other way than it should */
  stop(): Promise<void>;
  /** At the end of a round. @param flooded whether there was a flood in it */
  sample(flooded: boolean): void;
}

const READY_MS = 60_000;

export function createSoakBot(env: Record<string, string>, folder: string): SoakBot {
  const lives: (Life & { settled: number; flooded: boolean })[] = [];
  let running: BotProcess | undefined;
  let ready = false;
  let log = '';

  async function ended(one: BotProcess) {
    const finished = await one.exited;
    log += finished.stderr;
    ready = false;
    running = undefined;
    return finished;
  }

  return {
    get up() {
      return ready;
    },
    get log() {
      return log;
    },
    lives,
    async start() {
      const started = (running = spawnNunchi(['start'], env, folder));
      lives.push({ samples: [], settled: 0, flooded: false });
      await until(() => started.address, 'a bot that is ready', READY_MS);
      ready = true;
    },
    async kill() {
      if (running === undefined) return;
      const children = childrenOf(running.pid);
      running.process.kill('SIGKILL');
      await ended(running);
      await until(() => children.every((pid) => !isRunning(pid)), 'the end of every child');
    },
    async stop() {
      if (running === undefined) return;
      running.process.kill('SIGTERM');
      const { code, stderr } = await ended(running);
      if (code !== 0) throw new Error(`the bot ended with ${String(code)}: ${stderr.slice(-2_000)}`);
    },
    sample(flooded) {
      const life = lives.at(-1);
      if (running === undefined || life === undefined) return;
      life.settled += 1;
      if (flooded && !life.flooded) {
        life.flooded = true;
        life.samples = [];
        return;
      }
      if (life.settled === 1) return;
      const children = childrenOf(running.pid).map(residentOf);
      life.samples.push({
        bot: residentOf(running.pid),
        serving: children.reduce((sum, one) => sum + one, 0),
      });
    },
  };
}

/** Resident mebibytes, from /proc (Linux). */
function residentOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes ?? 0) / 1024;
}
