// A trainer that the test drives: it sees each job and says how it ends.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NunchiError } from '../../src/errors.js';
import type { FinetuneJob, StartTrainer, TrainerMessage, TrainingResult } from '../../src/train/job.js';

export interface FakeTraining {
  job: FinetuneJob;
  cancelled: boolean;
  report(message: TrainerMessage): void;
  /** Writes a directory with nothing but a manifest and tells the version of what would be in it. */
  finish(version: string): void;
  fail(error: Error): void;
}

export interface FakeTrainer {
  start: StartTrainer;
  /** The next training that is started, also one already under way and not taken yet. */
  next(): Promise<FakeTraining>;
}

const manifestOf = (version: string) => ({
  formatVersion: 1,
  version,
  parent: null,
  createdAt: '2026-03-01T12:00:00.000Z',
  recipe: {},
  seed: 0,
  engine: 'fake',
  data: {},
  metrics: {},
  files: {},
});

export function createFakeTrainer(): FakeTrainer {
  const started: FakeTraining[] = [];
  const waiting: ((training: FakeTraining) => void)[] = [];
  const start: StartTrainer = (job, onMessage) => {
    let settle = { resolve: (_: TrainingResult) => {}, reject: (_: Error) => {} };
    const result = new Promise<TrainingResult>((resolve, reject) => (settle = { resolve, reject }));
    result.catch(() => undefined);
    const training: FakeTraining = {
      job,
      cancelled: false,
      report: onMessage,
      finish(version) {
        mkdirSync(job.outDirectory);
        const directory = job.outDirectory;
        writeFileSync(path.join(directory, 'manifest.json'), JSON.stringify(manifestOf(version)));
        settle.resolve({ directory, version, steps: 4, finalLoss: 0.5, engine: 'fake', seconds: 1 });
      },
      fail: (error) => settle.reject(error),
    };
    const taker = waiting.shift();
    if (taker) taker(training);
    else started.push(training);
    return {
      pid: 0,
      result,
      cancel() {
        training.cancelled = true;
        settle.reject(new NunchiError('training-cancelled', 'the run was cancelled'));
        return Promise.resolve();
      },
    };
  };
  return {
    start,
    next: () => {
      const training = started.shift();
      return training ? Promise.resolve(training) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}
