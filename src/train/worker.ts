// Child process of a training run: gets one job over its channel, reports over it, and ends with it.
import { serializeError } from '../errors.js';
import { endWithParent } from '../process/end-with-parent.js';
import type { FinetuneJob, TrainerMessage } from './job.js';
import { runFinetune } from './trainer.js';

export type TrainerCommand = { type: 'start'; job: FinetuneJob } | { type: 'cancel' };

endWithParent();
const cancellation = new AbortController();

process.on('message', (command: TrainerCommand) => {
  if (command.type === 'cancel') cancellation.abort();
  else void start(command.job);
});

async function start(job: FinetuneJob): Promise<void> {
  const onMessage = (message: TrainerMessage) => process.send?.(message);
  try {
    const result = await runFinetune(job, { onMessage, signal: cancellation.signal });
    finish({ type: 'done', result });
  } catch (error) {
    finish({ type: 'failed', error: serializeError(error) });
  }
}

/** Ends the process once the message has left. */
function finish(message: TrainerMessage): void {
  process.send?.(message, undefined, {}, () => process.disconnect());
}
