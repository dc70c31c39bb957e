// How far reading texts has come: one line that is written over, on a terminal only.
import type { CliContext } from './context.js';

export function textProgress({ isTerminal, stderr }: CliContext): {
  onProgress?: (done: number, total: number) => void;
} {
  if (!isTerminal) return {};
  return {
    onProgress: (done, total) => {
      stderr.write(`\r${done} of ${total} texts${done === total ? '\n' : ''}`);
    },
  };
}
