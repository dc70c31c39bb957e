// The command line: every command registered by name, errors on standard error, exit codes 0, 1 (failure), 2 (wrong use).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { configWarnings, loadConfig, type Config } from '../config.js';
import { NunchiError } from '../errors.js';
import { PACKAGE_ROOT } from '../paths.js';
import { describeStoreError } from '../store/describe-error.js';
import type { CliContext, RegisterCommand } from './context.js';

export interface CliStreams {
  /** @default the process's own */
  stdin?: NonNullable<CliContext['stdin']>;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

export const EXIT_FAILURE = 1;
export const EXIT_WRONG_USE = 2;

const DESCRIPTION = `Nunchi reads the mood of messages with a BERT core and learns from people's corrections.

Example:
  $ npm run -s nunchi -- classify "오늘 정말 좋았어" --json`;

function packageVersion(): string {
  const content = readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(content) as { version: string }).version;
}

function createContext(streams: CliStreams): CliContext {
  let config: Config | undefined;
  return {
    config() {
      if (config === undefined) {
        config = loadConfig();
        for (const warning of configWarnings()) streams.stderr.write(`warning: ${warning}\n`);
      }
      return config;
    },
    stdin: streams.stdin ?? process.stdin,
    stdout: streams.stdout,
    stderr: streams.stderr,
    isTerminal: streams.stderr.isTTY === true,
  };
}

/**
 * @param args without the interpreter and the script.
 * @returns the exit code; nothing is thrown.
 */
export async function runCli(
  args: readonly string[],
  commands: readonly RegisterCommand[],
  streams: CliStreams = process,
): Promise<number> {
  const program = new Command('nunchi')
    .description(DESCRIPTION)
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('hint: add --help to see how it is used')
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    });
  const context = createContext(streams);
  for (const register of commands) register(program, context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, streams.stderr);
  }
}

function report(error: unknown, stderr: NodeJS.WritableStream): number {
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_USE;
  if (error instanceof NunchiError) {
    stderr.write(`error: ${error.message}\n`);
    if (error.hint !== undefined) stderr.write(`hint: ${error.hint}\n`);
    return error.code === 'usage' ? EXIT_WRONG_USE : EXIT_FAILURE;
  }
  const known = describeStoreError(error);
  if (known !== null) {
    stderr.write(`error: ${known.message}\nhint: ${known.hint ?? ''}\n`);
    return EXIT_FAILURE;
  }
  stderr.write(
    `error: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  stderr.write(
    'hint: This is a fault in Nunchi; please report it with the lines above, without private text.\n',
  );
  return EXIT_FAILURE;
}
