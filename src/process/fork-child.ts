// Starts a child process with a channel, keeps the end of what it says on standard error, and ends it for sure.
import { fork, type ChildProcess } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { NunchiError } from '../errors.js';

/** Characters of standard error kept for an error report. */
const STDERR_TAIL = 4_000;

export interface ForkOptions {
  execArgv?: string[];
  /** Niceness, -20 to 19; a training child takes a high one so that answers stay quick. */
  priority?: number;
  /** The child's whole environment; the parent's own where it is left out. */
  env?: Record<string, string>;
}

export interface ChildHandle {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves, never rejects, when the process is gone. */
  readonly exited: Promise<ChildExit>;
  /**
   * Closes the channel, which ends a child that called `endWithParent()`; kills it (SIGKILL) after the deadline.
   * Resolves when the process is gone; calling it again is harmless.
   */
  stop(deadlineMs?: number): Promise<void>;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of its standard error. Children print no message text. */
  stderrTail: string;
}

/** One line for an error message: how the process ended. */
export function describeExit(exit: ChildExit): string {
  const how = exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `signal ${exit.signal}`;
  const said = exit.stderrTail.trim().split('\n').slice(-5).join('\n');
  return said === '' ? how : `${how}: ${said}`;
}

/**
 * Runs the built file `entry` (see `childEntry`) as a child with a structured-clone channel.
 * @throws NunchiError `process-ended` where the system starts no process.
 */
export function forkChild(entry: URL, options: ForkOptions = {}): ChildHandle {
  const child = fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    execArgv: options.execArgv ?? [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-STDERR_TAIL);
  });
  // Node emits no 'close' for a child whose channel the parent closed itself; a failed spawn emits 'error' alone.
  const stderrEnd = new Promise((resolve) => child.stderr?.once('close', resolve));
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      void stderrEnd.then(() => resolve({ code, signal, stderrTail: tail }));
    });
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, stderrTail: error.message });
    });
  });
  const { pid } = child;
  if (pid === undefined) {
    throw new NunchiError('process-ended', 'The system started no child process', {
      hint: 'Check the limits on processes and memory of this system.',
    });
  }
  if (options.priority !== undefined) lowerPriority(pid, options.priority);

  return {
    pid,
    process: child,
    exited,
    async stop(deadlineMs = 2_000) {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function lowerPriority(pid: number, priority: number): void {
  try {
    os.setPriority(pid, priority);
  } catch (error) {
    // ESRCH: it has already ended, which its owner learns from `exited`. EACCES, EPERM: it runs at normal priority.
    const { code } = (error as { info?: { code?: string } }).info ?? {};
    if (!['ESRCH', 'EACCES', 'EPERM'].includes(code ?? '')) throw error;
  }
}
