// How far a training is: one line that rewrites itself on a terminal; elsewhere a line at most every ten seconds.
import type { TrainingProgress } from '../train/job.js';
import type { CliContext } from './context.js';

export interface ProgressBar {
  show(progress: TrainingProgress): void;
  /** A line of its own, between two states of the bar. */
  line(text: string): void;
  end(): void;
}

const WIDTH = 24;
const LINE_EVERY_MS = 10_000;

function format(p: TrainingProgress): string {
  const filled = Math.round((p.step / p.totalSteps) * WIDTH);
  const minutes = Math.floor(p.secondsLeft / 60);
  const seconds = String(Math.floor(p.secondsLeft % 60)).padStart(2, '0');
  return (
    `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} step ${p.step}/${p.totalSteps} epoch ${p.epoch} ` +
    `loss ${p.loss.toFixed(4)} ${p.examplesPerSecond.toFixed(0)} texts/s ${minutes}:${seconds} left`
  );
}

export function createProgressBar(context: Pick<CliContext, 'stderr' | 'isTerminal'>): ProgressBar {
  let lastLine = -Infinity;
  let open = false;
  const end = () => {
    if (open) context.stderr.write('\n');
    open = false;
  };
  return {
    show(progress) {
      if (context.isTerminal) {
        context.stderr.write(`\r\u001b[2K${format(progress)}`);
        open = true;
      } else if (performance.now() - lastLine > LINE_EVERY_MS || progress.step === progress.totalSteps) {
        lastLine = performance.now();
        context.stderr.write(`${format(progress)}\n`);
      }
    },
    line(text) {
      end();
      context.stderr.write(`${text}\n`);
    },
    end,
  };
}
