// Progress of a run, reported at most twice a second.
import type { TrainingProgress } from './job.js';

const INTERVAL_MS = 500;

export interface ProgressMeter {
  /** @param step the number of steps done; @param examples of this one */
  record(step: number, epoch: number, loss: number, learningRate: number, examples: number): void;
  /** Reports what is left to report. @returns the mean loss of the last report */
  finish(): number;
}

/** The loss reported is the mean since the report before. */
export function createProgressMeter(
  totalSteps: number,
  firstStep: number,
  onProgress: (progress: TrainingProgress) => void,
): ProgressMeter {
  const started = performance.now();
  let lastReport = started;
  let done = 0;
  let examplesSeen = 0;
  let losses: number[] = [];
  let lastLoss = Number.NaN;
  let report = () => {};
  return {
    record(step, epoch, loss, learningRate, examples) {
      done += 1;
      examplesSeen += examples;
      losses.push(loss);
      report = () => {
        const seconds = (performance.now() - started) / 1000;
        lastLoss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
        losses = [];
        const secondsLeft = (seconds / done) * (totalSteps - firstStep - done);
        const examplesPerSecond = examplesSeen / seconds;
        onProgress({ step, totalSteps, epoch, loss: lastLoss, learningRate, examplesPerSecond, secondsLeft });
      };
      if (performance.now() - lastReport < INTERVAL_MS) return;
      lastReport = performance.now();
      report();
    },
    finish() {
      if (losses.length > 0) report();
      return lastLoss;
    },
  };
}
