// What a command gets: settings and streams, so that tests can run it without a process.
import type { Command } from 'commander';
import type { Config } from '../config.js';

export interface CliContext {
  /** Reads and validates the environment on first use. */
  config(): Config;
  /** Where a person answers questions, if anybody can. */
  stdin?: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Results only. */
  stdout: NodeJS.WritableStream;
  /** Progress, notes and errors. */
  stderr: NodeJS.WritableStream;
  /** Whether `stderr` is a terminal (progress bars). */
  isTerminal: boolean;
}

/** Each file in `commands/` exports one of these. Actions throw NunchiError; `main.ts` prints it and sets the exit code. */
export type RegisterCommand = (program: Command, context: CliContext) => void;
