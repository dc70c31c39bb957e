// Whether there is the memory and the room on the disk that a run will need: told before it, not after hours.
import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { tensorShapes, type BertConfig } from '../bert/config.js';
import { NunchiError } from '../errors.js';
import type { FinetuneJob } from './job.js';

/**
 * Float32 copies of the weights that a run holds at most: as loaded; in use with two moments and gradients; and the
 * weights and moments that a checkpoint copies.
 */
const STATE_COPIES = 8;
/** Those of a run with dev sets beside them: the best weights, and the graph that reads the dev sets. */
const DEV_COPIES = 4;
/** Activations and the runtime itself, measured with the default model; bytes. */
const WORKING_BYTES = 300e6;
/** Copies of the weights on the disk: the new model with its ONNX file. */
const MODEL_COPIES = 3;
/** And in a checkpoint, of which there are two while one replaces the other: weights and moments; and the best weights. */
const CHECKPOINT_COPIES = 3;
const BEST_COPIES = 1;

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;

/** @throws NunchiError `not-enough-memory`, `disk-full` before anything has begun */
export async function checkResources(config: BertConfig, job: FinetuneJob): Promise<void> {
  const parameters = [...tensorShapes(config).values()].reduce(
    (sum, shape) => sum + shape.reduce((p, d) => p * d, 1),
    0,
  );
  const hasDev = job.dev.length > 0;
  const memoryNeeded = parameters * 4 * (STATE_COPIES + (hasDev ? DEV_COPIES : 0)) + WORKING_BYTES;
  if (job.memoryLimit !== undefined && job.memoryLimit < memoryNeeded)
    throw overLimit('needs', memoryNeeded, job.memoryLimit);
  const memoryFree = process.availableMemory();
  if (memoryFree < memoryNeeded) {
    throw new NunchiError(
      'not-enough-memory',
      `training needs ${megabytes(memoryNeeded)} of memory, ${megabytes(memoryFree)} are free`,
      {
        hint: 'Stop other programs or give the machine or container more memory.',
      },
    );
  }
  const checkpoints =
    job.checkpointDirectory === undefined ? 0 : 2 * (CHECKPOINT_COPIES + (hasDev ? BEST_COPIES : 0));
  const diskNeeded = parameters * 4 * (MODEL_COPIES + checkpoints);
  const disk = await statfs(await existingParent(job.outDirectory));
  const diskFree = disk.bavail * disk.bsize;
  if (diskFree < diskNeeded) {
    throw new NunchiError(
      'disk-full',
      `training needs ${megabytes(diskNeeded)} of disk space, ${megabytes(diskFree)} are free`,
      {
        hint: `Free some space where ${path.dirname(job.outDirectory)} lies.`,
      },
    );
  }
}

/** @throws NunchiError `not-enough-memory` where this process takes more than the run may */
export function checkMemory({ memoryLimit }: Pick<FinetuneJob, 'memoryLimit'>): void {
  if (memoryLimit === undefined) return;
  const used = process.memoryUsage.rss();
  if (used > memoryLimit) throw overLimit('takes', used, memoryLimit);
}

const overLimit = (verb: string, bytes: number, limit: number) =>
  new NunchiError(
    'not-enough-memory',
    `training ${verb} ${megabytes(bytes)} of memory, ${megabytes(limit)} are allowed`,
    { hint: 'Raise NUNCHI_TRAINING_MEMORY_MB, or 0 for whatever is free.' },
  );

export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function existingParent(file: string): Promise<string> {
  let parent = path.dirname(path.resolve(file));
  while (!(await exists(parent))) parent = path.dirname(parent);
  return parent;
}
