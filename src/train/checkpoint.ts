// Checkpoints of a run: weights, moments, step and the best weights so far in one file, replaced atomically; a run finds only
// its own.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors, streamSafetensors } from '../bert/safetensors.js';
import type { Weights } from '../bert/weights.js';
import type { OptimizerState } from './engine.js';
import { exists } from './resources.js';
import type { DevEvaluation, FinetuneJob, TrainingExample } from './job.js';

const STATE_FILE = 'state.safetensors';
const RUN_FILE = 'run.json';

/** Where a run is. */
export interface Checkpoint {
  state: OptimizerState;
  /** All of them up to the state's step. */
  evaluations: DevEvaluation[];
  /** Of the best evaluation, null before the first one. */
  best: Weights | null;
}

/** Hash of everything that decides what a run computes. */
export function runFingerprint(job: FinetuneJob, baseVersion: string): string {
  const {
    baseDirectory: _b,
    outDirectory: _o,
    checkpointDirectory: _c,
    checkpointEverySteps: _e,
    threads: _t,
    memoryLimit: _m,
    examples,
    dev,
    ...settings
  } = job;
  const hash = createHash('sha256').update(baseVersion).update(JSON.stringify(settings));
  const add = (rows: readonly TrainingExample[]) => {
    for (const { text, label, weight, known } of rows) {
      hash.update(`\n${JSON.stringify([label, weight, text, known])}`);
    }
  };
  add(examples);
  for (const { name, rows } of dev) {
    hash.update(`\n${name}`);
    add(rows);
  }
  return hash.digest('hex');
}

/** Writes where the run is; a crash leaves the checkpoint before. */
export async function writeCheckpoint(
  directory: string,
  fingerprint: string,
  { state, evaluations, best }: Checkpoint,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const all: Weights = new Map();
  const parts = { weights: state.weights, m: state.m, v: state.v, best: best ?? (new Map() as Weights) };
  for (const [part, weights] of Object.entries(parts)) {
    for (const [name, tensor] of weights) all.set(`${part}:${name}`, tensor);
  }
  // The step is in the tensor file itself, so that state and step can never be of two different moments.
  all.set('step', { shape: [1], data: Float32Array.of(state.step) });
  // The state of another run must not be taken for one of this run after a crash between the two files.
  if ((await readRunFile(directory))?.fingerprint !== fingerprint) await removeCheckpoint(directory);
  // Evaluations go first: those after the step of an older state are left out when it is read.
  await replaceFile(
    path.join(directory, RUN_FILE),
    JSON.stringify({ fingerprint, evaluations } satisfies RunFile),
  );
  await replaceFile(path.join(directory, STATE_FILE), streamSafetensors(all, 'float32'));
}

interface RunFile {
  fingerprint: string;
  evaluations: DevEvaluation[];
}

/** null where there is none, or none that can be read. */
async function readRunFile(directory: string): Promise<RunFile | null> {
  try {
    return JSON.parse(await readFile(path.join(directory, RUN_FILE), 'utf8')) as RunFile;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** @returns the last checkpoint of this very run, or null. */
export async function readCheckpoint(directory: string, fingerprint: string): Promise<Checkpoint | null> {
  const run = await readRunFile(directory);
  if (run?.fingerprint !== fingerprint) return null;
  const file = path.join(directory, STATE_FILE);
  // A crash in the first checkpoint leaves none.
  if (!(await exists(file))) return null;
  const all = await readSafetensors(file);
  const parts: Record<string, Weights> = {};
  for (const [name, tensor] of all) {
    const separator = name.indexOf(':');
    if (separator < 0) continue;
    const part = (parts[name.slice(0, separator)] ??= new Map());
    part.set(name.slice(separator + 1), tensor);
  }
  const none = (): Weights => new Map();
  const { weights = none(), m = none(), v = none(), best = null } = parts;
  const step = all.get('step')?.data[0] ?? 0;
  return {
    state: { weights, m, v, step },
    evaluations: run.evaluations.filter((evaluation) => evaluation.step <= step),
    best,
  };
}

export async function removeCheckpoint(directory: string): Promise<void> {
  await rm(path.join(directory, STATE_FILE), { force: true });
  await rm(path.join(directory, RUN_FILE), { force: true });
}

async function replaceFile(file: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await writeFile(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
