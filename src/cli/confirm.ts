// Asks before something is changed for everybody: on a terminal a question, elsewhere the option --yes.
import { createInterface } from 'node:readline/promises';
import { NunchiError } from '../errors.js';
import type { CliContext } from './context.js';

/**
 * @param yes given on the command line
 * @throws NunchiError `usage` where nobody can be asked
 */
export async function confirmed(
  { stdin, stderr, isTerminal }: CliContext,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes) return true;
  if (!isTerminal || stdin?.isTTY !== true) {
    throw new NunchiError('usage', 'This changes the model for everybody and wants to be confirmed', {
      hint: 'Add --yes.',
    });
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
