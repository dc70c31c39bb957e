// Starts a training run in a child process of low priority and follows it.
import { constants } from 'node:os';
import { deserializeError, NunchiError } from '../errors.js';
import { childEntry } from '../paths.js';
import { describeExit, forkChild } from '../process/fork-child.js';
import type { FinetuneJob, StartTrainer, TrainerHandle, TrainerMessage, TrainingResult } from './job.js';
import type { TrainerCommand } from './worker.js';

/** How long a cancelled run may take to finish its step before it is killed. */
const CANCEL_DEADLINE_MS = 5_000;

export interface TrainerOptions {
  /** Niceness of the child; low by default, so that answers stay quick. */
  priority?: number;
}

/** `StartTrainer` with the child's priority chosen, for a command that has the machine for itself. */
export function startTrainerWith(
  options: TrainerOptions,
  job: FinetuneJob,
  onMessage: (message: TrainerMessage) => void,
): TrainerHandle {
  const child = forkChild(childEntry('src/train/worker.ts'), {
    priority: options.priority ?? constants.priority.PRIORITY_LOW,
  });
  let outcome: Extract<TrainerMessage, { type: 'done' | 'failed' }> | null = null;
  let cancelled = false;
  child.process.on('message', (message: TrainerMessage) => {
    if (message.type === 'done' || message.type === 'failed') outcome = message;
    onMessage(message);
  });
  const result = child.exited.then((exit): TrainingResult => {
    if (outcome?.type === 'done') return outcome.result;
    if (cancelled) throw new NunchiError('training-cancelled', 'the run was cancelled');
    if (outcome?.type === 'failed') throw deserializeError(outcome.error);
    throw new NunchiError('training-failed', `the trainer ended unexpectedly (${describeExit(exit)})`, {
      hint: 'The model in use is unchanged; start the training again.',
    });
  });
  // Whoever awaits `result` still gets its rejection; a run that nobody awaits must not end the process.
  result.catch(() => undefined);
  child.process.send({ type: 'start', job } satisfies TrainerCommand);
  return {
    pid: child.pid,
    result,
    async cancel() {
      cancelled = true;
      if (child.process.connected) child.process.send({ type: 'cancel' } satisfies TrainerCommand);
      const deadline = setTimeout(() => child.process.kill('SIGKILL'), CANCEL_DEADLINE_MS);
      await child.exited;
      clearTimeout(deadline);
    },
  };
}

export const startTrainer: StartTrainer = (job, onMessage) => startTrainerWith({}, job, onMessage);
