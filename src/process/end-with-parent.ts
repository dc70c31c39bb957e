// The child's side of "no orphans": it ends when its channel to the parent closes, even while native code keeps it busy.
import { Worker } from 'node:worker_threads';

const CHECK_EVERY_MS = 250;

// A thread of its own sees the parent go (its process id changes) while the main thread is inside ONNX Runtime
// and takes no event. Where the id never changes (Windows) the closed channel alone ends the child.
const WATCH = `
  const parent = require('node:worker_threads').workerData;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, ${CHECK_EVERY_MS});
`;

/**
 * Call it first in a child's entry. The child then lives exactly as long as its channel: the signals that a terminal or a
 * service manager sends to the whole group are left to the parent, which drains before it closes the channel.
 */
export function endWithParent(): void {
  if (!process.connected) process.exit(0);
  process.once('disconnect', () => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // The id is taken here: the parent may be gone before the thread runs.
  new Worker(WATCH, {
    eval: true,
    workerData: process.ppid,
    resourceLimits: { maxOldGenerationSizeMb: 8 },
  }).unref();
}
