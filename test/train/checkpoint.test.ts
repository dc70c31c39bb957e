// Checkpoints on the disk: read back whole by their own run, by no other, and after a crash between two files.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Weights } from '../../src/bert/weights.js';
import {
  readCheckpoint,
  runFingerprint,
  writeCheckpoint,
  type Checkpoint,
} from '../../src/train/checkpoint.js';
import { FINETUNE_DEFAULTS, type FinetuneJob } from '../../src/train/job.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const weights = (value: number): Weights =>
  new Map([['classifier.bias', { shape: [3], data: new Float32Array(3).fill(value) }]]);

function checkpoint(step: number, best: Weights | null, evaluated: number[]): Checkpoint {
  const state = { weights: weights(1), m: weights(2), v: weights(3), step };
  // A third has no exact binary form: a figure that is rounded on the way would show.
  const evaluations = evaluated.map((at) => ({
    step: at,
    sets: { a: { accuracy: 1, macroF1: 1 / 3 } },
    macroF1: 1 / 3,
  }));
  return { state, evaluations, best };
}

describe('a checkpoint', () => {
  it.each([
    ['without evaluations', checkpoint(7, null, [])],
    ['with the best weights and every evaluation', checkpoint(7, weights(9), [3, 7])],
  ])('%s is read back as it was written', async (name, written) => {
    const directory = path.join(folder, name);
    await writeCheckpoint(directory, 'mine', written);
    expect(await readCheckpoint(directory, 'mine')).toEqual(written);
    expect(await readCheckpoint(directory, 'other')).toBeNull();
  });

  it('of an older state does not know the evaluations after it', async () => {
    const directory = path.join(folder, 'older');
    const old = checkpoint(7, weights(9), [3, 7]);
    await writeCheckpoint(directory, 'mine', old);
    const state = path.join(directory, 'state.safetensors');
    await copyFile(state, path.join(folder, 'kept'));
    await writeCheckpoint(directory, 'mine', checkpoint(12, weights(10), [3, 7, 10]));
    await copyFile(path.join(folder, 'kept'), state);
    expect(await readCheckpoint(directory, 'mine')).toEqual(old);
  });
});

describe('a checkpoint that was not finished', () => {
  /** Ends the writing of the state as a crash would. */
  const broken: Weights = new Map([
    [
      'classifier.bias',
      {
        shape: [3],
        get data(): Float32Array {
          throw new Error('the power is gone');
        },
      },
    ],
  ]);
  const crash = checkpoint(9, broken, [3, 7, 9]);

  it('leaves the one before', async () => {
    const directory = path.join(folder, 'same');
    await writeCheckpoint(directory, 'mine', checkpoint(7, weights(9), [3, 7]));
    await expect(writeCheckpoint(directory, 'mine', crash)).rejects.toThrow('power');
    expect(await readCheckpoint(directory, 'mine')).toEqual(checkpoint(7, weights(9), [3, 7]));
  });

  it('does not make the state of another run its own', async () => {
    const directory = path.join(folder, 'another');
    await writeCheckpoint(directory, 'other', checkpoint(7, weights(9), [3, 7]));
    await expect(writeCheckpoint(directory, 'mine', crash)).rejects.toThrow('power');
    expect(await readCheckpoint(directory, 'mine')).toBeNull();
  });
});

describe('the fingerprint of a run', () => {
  const job: FinetuneJob = {
    ...FINETUNE_DEFAULTS,
    baseDirectory: 'base',
    outDirectory: 'out',
    examples: [{ text: 'a', label: 'positive' }],
    data: {},
    dev: [{ name: 'dev', sha256: '', rows: [{ text: 'b', label: 'negative' }] }],
    threads: 1,
  };

  it.each<[string, Partial<FinetuneJob>]>([
    ['a text', { examples: [{ text: 'c', label: 'positive' }] }],
    ['a label', { examples: [{ text: 'a', label: { negative: 0.5, neutral: 0.5, positive: 0 } }] }],
    ['a weight', { examples: [{ text: 'a', label: 'positive', weight: 2 }] }],
    ['a dev label', { dev: [{ name: 'dev', sha256: '', rows: [{ text: 'b', label: 'neutral' }] }] }],
    ['class weights', { classWeights: { negative: 2, neutral: 1, positive: 1 } }],
    ['the layer decay', { layerDecay: 0.9 }],
    ['the patience', { patience: 3 }],
    ['the steps between evaluations', { evaluateEverySteps: 3 }],
  ])('changes with %s', (_name, change) => {
    expect(runFingerprint({ ...job, ...change }, 'v')).not.toBe(runFingerprint(job, 'v'));
  });

  it('does not change with where and how fast it runs', () => {
    const elsewhere = { outDirectory: 'x', checkpointDirectory: 'y', checkpointEverySteps: 1, threads: 8 };
    expect(runFingerprint({ ...job, ...elsewhere }, 'v')).toBe(runFingerprint(job, 'v'));
  });
});
