// The bot of a soak of nights as a process group of its own, so that it can be killed as a machine that fails kills it.
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWebClient, type WebClient } from '../../app/web-client.js';
import { until } from '../../fixtures/bot-process.js';

const ENTRY = fileURLToPath(new URL('../children/nights-bot.mjs', import.meta.url));

type Heard =
  { type: 'ready'; address: string } | { type: 'phase'; phase: string } | { type: 'done'; request: number };
type Request = { type: 'clock'; ms: number } | { type: 'delete'; messageId: string };

export interface NightsBot {
  readonly pid: number;
  readonly web: WebClient;
  /** Of the training, as it was last heard of. */
  readonly phase: string;
  /** Resolves when it is done. @throws Error where the bot ends before */
  ask(request: Request): Promise<void>;
  /** The whole group at once; resolves when nothing of it is left. */
  kill(): Promise<void>;
  /** As a person stops it. @throws Error where it ends in any other way than it should, or leaves a process */
  stop(): Promise<void>;
}

/** @param aheadMs of its clock, over the machine's @param log file that its log is added to */
export async function startNightsBot(
  env: Record<string, string>,
  aheadMs: number,
  log: string,
): Promise<NightsBot> {
  const descriptor = openSync(log, 'a');
  const child: ChildProcess = fork(ENTRY, [String(aheadMs)], {
    cwd: path.dirname(log),
    env: { PATH: process.env['PATH'] ?? '', ...env },
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', descriptor, 'ipc'],
  });
  closeSync(descriptor);
  const pid = child.pid ?? 0;
  const done = new Set<number>();
  let [requests, phase, address, ended] = [0, 'idle', '', null as string | null];
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = signal ?? `exit code ${String(code)}`;
      resolve();
    });
  });
  child.on('error', () => undefined);
  child.on('message', (heard: Heard) => {
    if (heard.type === 'ready') address = heard.address;
    else if (heard.type === 'phase') phase = heard.phase;
    else done.add(heard.request);
  });
  const alive = () => {
    if (ended !== null) throw new Error(`the bot has ended with ${ended}; its log: ${log}`);
  };
  const gone = () => until(() => groupOf(pid).length === 0, `the end of every process of group ${pid}`);

  async function ask(request: Request): Promise<void> {
    alive();
    const number = (requests += 1);
    child.send({ ...request, request: number });
    await until(() => (alive(), done.has(number)), `"${request.type}"`);
  }

  async function kill(): Promise<void> {
    if (ended === null) process.kill(-pid, 'SIGKILL');
    await exited;
    await gone();
  }

  try {
    await until(() => (alive(), address !== ''), 'a bot that is ready');
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    pid,
    web: createWebClient(address),
    get phase() {
      return phase;
    },
    ask,
    kill,
    async stop() {
      alive();
      child.send({ type: 'stop' });
      await exited;
      if (ended !== 'exit code 0') throw new Error(`the bot was stopped and ended with ${ended}`);
      await gone();
    },
  };
}

/** Running processes of a process group, from /proc (Linux). */
function groupOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [state, , of] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(of) === group && state !== 'Z' && state !== 'X';
      } catch {
        return false; // it ended while we looked
      }
    });
}
