// Are a candidate's files what a run from the base model writes? Looked at before anything of them is loaded to serve.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BertConfig } from '../../bert/config.js';
import { openModelDirectory, type ModelDirectory } from '../../bert/model-directory.js';
import { NunchiError } from '../../errors.js';

/**
 * `damaged`: a file is missing, is not the one that was written, or does not fit the others. `unsound`: found out when it
 * was loaded.
 */
export type FileProblemKind = 'damaged' | 'not-finite' | 'labels' | 'shape' | 'other-base' | 'unsound';

export interface FileProblem {
  kind: FileProblemKind;
  /** In English, for the log and the record; without a path. */
  detail: string;
}

export interface CandidateFiles {
  problem: FileProblem | null;
  /** Of the directory, all files. */
  bytes: number;
  /** Of the directory of the base model. */
  baseBytes: number;
  /** Whether the base model serves in its int8 form. */
  int8: boolean;
}

/** All but the labels and what only training goes by. */
const SHAPE_KEYS = [
  'vocabularySize',
  'hiddenSize',
  'layers',
  'heads',
  'intermediateSize',
  'maxPositions',
  'segmentTypes',
  'layerNormEpsilon',
  'padTokenId',
] as const satisfies readonly (keyof BertConfig)[];

async function directoryBytes(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

async function findProblem(
  directory: string,
  base: { version: string },
  original: ModelDirectory,
): Promise<FileProblem | null> {
  if (!existsSync(path.join(directory, 'manifest.json'))) {
    return { kind: 'damaged', detail: 'manifest.json is missing' };
  }
  const candidate = await openModelDirectory(directory);
  const { parent } = candidate.manifest;
  if (parent !== base.version) {
    return {
      kind: 'other-base',
      detail: `it was trained from ${parent ?? 'nothing'}, not from ${base.version}`,
    };
  }
  if (candidate.config.labels.join() !== original.config.labels.join()) {
    const [has, expected] = [candidate.config.labels.join(', '), original.config.labels.join(', ')];
    return { kind: 'labels', detail: `its labels are ${has}; those of the base are ${expected}` };
  }
  const key = SHAPE_KEYS.find((name) => candidate.config[name] !== original.config[name]);
  if (key !== undefined) {
    return {
      kind: 'shape',
      detail: `${key} is ${candidate.config[key]}; of the base it is ${original.config[key]}`,
    };
  }
  for (const [name, { data }] of await candidate.loadWeights()) {
    if (!data.every(Number.isFinite)) {
      return { kind: 'not-finite', detail: `${name} holds what is not a number` };
    }
  }
  return null;
}

/**
 * Every file against the manifest's sha256, tensor shapes against the configuration, that and the order of the labels
 * against the base, every weight a number, and the base the one that the candidate says it comes from.
 * @throws what is no fault of the candidate: an unreadable disk, a damaged base
 */
export async function verifyCandidate(
  directory: string,
  base: { version: string; directory: string },
): Promise<CandidateFiles> {
  const original = await openModelDirectory(base.directory);
  const facts = {
    bytes: existsSync(directory) ? await directoryBytes(directory) : 0,
    baseBytes: await directoryBytes(base.directory),
    int8: original.manifest.quantization?.used === true,
  };
  try {
    return { problem: await findProblem(directory, base, original), ...facts };
  } catch (error) {
    if (!(error instanceof NunchiError) || !error.code.startsWith('model-')) throw error;
    const detail = error.message
      .replaceAll(`${path.resolve(directory)}${path.sep}`, '')
      .replaceAll(directory, 'the directory');
    return { problem: { kind: 'damaged', detail }, ...facts };
  }
}
