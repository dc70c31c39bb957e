// Fetches the files of a published checkpoint from a Hugging Face hub into a folder: only those an import reads, each
// held against the size and hash that the hub states.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { downloadFile, HubApiError, listFiles, modelInfo, type ListFileEntry } from '@huggingface/hub';
import {
  FOREIGN_WEIGHTS,
  INDEX_FILE,
  noSafetensors,
  parseShardIndex,
  WEIGHTS_FILE,
} from '../bert/checkpoint-import-files.js';
import { hashFile } from '../bert/model-files.js';
import { NunchiError } from '../errors.js';

const SMALL_FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'vocab.txt'];
/** Over any BERT's: a small file is read into memory later. */
const MAX_SMALL_BYTES = 64 * 1024 * 1024;

export interface HubCheckpoint {
  /** Such as `klue/bert-base`. */
  name: string;
  /** Branch, tag or commit; the hub's main branch where left out. */
  revision?: string;
  /** Access token (`hf_…`) of an account that may read a private model. */
  token?: string;
  hubUrl: string;
  /** Existing folder that the files are written to. */
  directory: string;
  onProgress?: (progress: DownloadProgress) => void;
}

export interface DownloadProgress {
  file: string;
  bytesDone: number;
  bytesTotal: number;
}

/** A hub's answer, or the lack of one, as a person can use it. */
function translate(error: unknown, { name, revision, token, hubUrl }: HubCheckpoint): unknown {
  if (error instanceof NunchiError) return error;
  const where = revision === undefined ? name : `${name} at ${revision}`;
  if (error instanceof HubApiError) {
    if (error.statusCode === 404) {
      return new NunchiError('not-found', `${hubUrl} has no model ${where}`, {
        hint: 'Check the spelling of the name and of --revision.',
        cause: error,
      });
    }
    // The hub does not tell a private model from one that does not exist.
    if (error.statusCode === 401 || error.statusCode === 403) {
      return new NunchiError(
        'forbidden',
        `${hubUrl} does not give ${where}: it is private, or there is none`,
        {
          hint:
            token === undefined
              ? 'Check the spelling; for a private or gated model set HF_TOKEN to a token that may read it.'
              : 'Check the spelling, and that the account of HF_TOKEN may read the model.',
          cause: error,
        },
      );
    }
    return new NunchiError('hub-unreachable', `${hubUrl} answered with status ${error.statusCode}`, {
      hint: 'Try again later.',
      cause: error,
    });
  }
  // The library breaks a stream off with a text.
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new NunchiError('disk-full', `no space left to fetch ${where}`, {
      hint: 'Free some space and try again.',
      cause: error,
    });
  }
  return new NunchiError('hub-unreachable', `${hubUrl} cannot be reached, or the connection broke`, {
    hint: 'Without internet, fetch the model on another machine and give its folder: nunchi model import FOLDER.',
    cause: error,
  });
}

/** @returns what an import reads: configuration, tokenizer, one file of weights or the index of several */
function choose(entries: ReadonlyMap<string, ListFileEntry>, name: string): ListFileEntry[] {
  const present = (file: string) => entries.get(file);
  const weights = present(WEIGHTS_FILE) ?? present(INDEX_FILE);
  if (weights === undefined) throw noSafetensors(name, FOREIGN_WEIGHTS.find(present));
  return [...SMALL_FILES.flatMap((file) => present(file) ?? []), weights];
}

/**
 * @returns the commit that was fetched
 * @throws NunchiError `hub-unreachable`, `not-found`, `forbidden`, `model-missing-file`, `model-hash-mismatch`,
 *   `model-weights-invalid`, `disk-full`
 */
export async function fetchCheckpoint(options: HubCheckpoint): Promise<{ commit: string }> {
  try {
    return await fetchFiles(options);
  } catch (error) {
    throw translate(error, options);
  }
}

async function fetchFiles(options: HubCheckpoint): Promise<{ commit: string }> {
  const { name, hubUrl, directory } = options;
  const access = { hubUrl, ...(options.token === undefined ? {} : { accessToken: options.token }) };
  const revision = options.revision ?? 'main';
  const { sha } = await modelInfo({ name, revision, additionalFields: ['sha'], ...access });
  // One commit for every file, whatever is pushed meanwhile.
  const from = { repo: { type: 'model' as const, name }, revision: sha, ...access };
  const entries = new Map<string, ListFileEntry>();
  for await (const entry of listFiles(from)) if (entry.type === 'file') entries.set(entry.path, entry);
  const files = choose(entries, name);
  let bytesDone = 0;
  for (const [at, file] of files.entries()) {
    if (file.path !== WEIGHTS_FILE && file.size > MAX_SMALL_BYTES && !file.path.endsWith('.safetensors')) {
      throw new NunchiError('model-config-invalid', `${name}: ${file.path} has ${file.size} bytes`, {
        hint: 'No BERT checkpoint has one of that size.',
      });
    }
    const target = path.join(directory, file.path);
    // As a plain file: one way for every store of the hub, with the hash of the listing to hold it against.
    const blob = await downloadFile({ ...from, path: file.path, xet: false });
    if (blob === null) throw new NunchiError('model-missing-file', `${name} has no ${file.path} any more`);
    const bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
    const progress = async function* (pieces: AsyncIterable<Uint8Array>) {
      let received = 0;
      for await (const piece of pieces) {
        received += piece.length;
        // Else a hub could fill the disk with one file.
        if (received > file.size) throw damaged(name, file, received);
        bytesDone += piece.length;
        options.onProgress?.({ file: file.path, bytesDone, bytesTotal });
        yield piece;
      }
    };
    await pipeline(Readable.fromWeb(blob.stream() as never), progress, createWriteStream(target));
    await verify(target, file, name);
    if (file.path === INDEX_FILE && at === files.length - 1) {
      for (const shard of new Set(parseShardIndex(await readFile(target, 'utf8'), target).values())) {
        const entry = entries.get(shard);
        if (entry === undefined) {
          throw new NunchiError('model-missing-file', `${name} has no ${shard}, which its index names`);
        }
        files.push(entry);
      }
    }
  }
  return { commit: sha };
}

/** @returns Git's name of a file's content, which a hub gives of every file that is not stored as a large one */
async function hashBlob(file: string, size: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** @throws NunchiError `model-hash-mismatch` where a file is not what the hub says that it is */
async function verify(target: string, file: ListFileEntry, model: string): Promise<void> {
  const { lfs, oid } = file;
  const got = (await stat(target)).size;
  const same = async () => {
    if (lfs !== undefined) return (await hashFile(target)) === lfs.oid;
    return oid === undefined || (await hashBlob(target, got)) === oid;
  };
  if (got !== file.size || !(await same())) throw damaged(model, file, got);
}

function damaged(model: string, { path: name, size }: ListFileEntry, got: number): NunchiError {
  return new NunchiError('model-hash-mismatch', `${model}: ${name} came damaged (${got} of ${size} bytes)`, {
    hint: 'Try again.',
  });
}
