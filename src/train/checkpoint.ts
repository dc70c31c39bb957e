// Checkpoints of a run: weights, moments and step in one file, replaced atomically; a run finds only its own.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../bert/safetensors.js';
import type { Weights } from '../bert/weights.js';
import type { OptimizerState } from './engine.js';
import type { FinetuneJob } from './job.js';

const STATE_FILE = 'state.safetensors';
const RUN_FILE = 'run.json';

/** Hash of everything that decides what a run computes. */
export function runFingerprint(job: FinetuneJob, baseVersion: string): string {
  const {
    baseDirectory: _b,
    outDirectory: _o,
    checkpointDirectory: _c,
    checkpointEverySteps: _e,
    threads: _t,
    ...rest
  } = job;
  const hash = createHash('sha256').update(baseVersion);
  const { examples, ...settings } = rest;
  hash.update(JSON.stringify(settings));
  for (const example of examples) hash.update(`\n${example.label}\t${example.text}`);
  return hash.digest('hex');
}

/** Writes the state; a crash leaves the checkpoint before. */
export async function writeCheckpoint(
  directory: string,
  fingerprint: string,
  state: OptimizerState,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const all: Weights = new Map();
  for (const part of ['weights', 'm', 'v'] as const) {
    for (const [name, tensor] of state[part]) all.set(`${part}:${name}`, tensor);
  }
  // The step is in the tensor file itself, so that state and step can never be of two different moments.
  all.set('step', { shape: [1], data: Float32Array.of(state.step) });
  await replaceFile(path.join(directory, RUN_FILE), JSON.stringify({ fingerprint }));
  await replaceFile(path.join(directory, STATE_FILE), writeSafetensors(all, 'float32'));
}

/** @returns the state of the last checkpoint of this very run, or null. */
export async function readCheckpoint(directory: string, fingerprint: string): Promise<OptimizerState | null> {
  let run: { fingerprint?: unknown };
  try {
    run = JSON.parse(await readFile(path.join(directory, RUN_FILE), 'utf8')) as { fingerprint?: unknown };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  if (run.fingerprint !== fingerprint) return null;
  let all: Weights;
  try {
    all = await readSafetensors(path.join(directory, STATE_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const state: OptimizerState = {
    weights: new Map(),
    m: new Map(),
    v: new Map(),
    step: all.get('step')?.data[0] ?? 0,
  };
  for (const [name, tensor] of all) {
    const separator = name.indexOf(':');
    if (separator < 0) continue;
    state[name.slice(0, separator) as 'weights' | 'm' | 'v'].set(name.slice(separator + 1), tensor);
  }
  return state;
}

export async function removeCheckpoint(directory: string): Promise<void> {
  await rm(path.join(directory, STATE_FILE), { force: true });
  await rm(path.join(directory, RUN_FILE), { force: true });
}

async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
