// Where the tensors of a published checkpoint lie: one safetensors file, or shards with an index that is not trusted.
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { readSafetensorsHeader, safetensorsSource, type SafetensorsEntry } from './safetensors.js';
import { canonicalName } from './weight-file.js';
import type { TensorSource } from './weights.js';

export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';
/** Formats that are not read: the first runs code when it is opened, the others need their own libraries. */
export const FOREIGN_WEIGHTS = [
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'tf_model.h5',
  'flax_model.msgpack',
  'bert_model.ckpt.index',
];
/** Larger than any index of a BERT model. */
const MAX_INDEX_BYTES = 4 * 1024 * 1024;

/** A file beside the index: no folder, nothing hidden, so that it cannot lead elsewhere. */
const ShardName = z
  .string()
  .regex(/^[\w-][\w.-]*\.safetensors$/, 'is not the name of a .safetensors file beside the index');
const Index = z.object({ weight_map: z.record(z.string(), ShardName) });

/** A line that keeps every tensor under its name, heads too; for PyTorch in the checkpoint's own folder, beside its tokenizer. */
function conversion(foreign: string): string {
  if (foreign.startsWith('pytorch_model')) {
    return (
      'in its folder, python -c "import torch; from safetensors.torch import save_file; ' +
      "save_file({name: tensor.clone() for name, tensor in torch.load('pytorch_model.bin', weights_only=True).items()}, " +
      "'model.safetensors')\""
    );
  }
  return 'load it with transformers in Python (from_tf=True or from_flax=True) and save_pretrained(…, safe_serialization=True)';
}

/** @param foreign the file that is there instead */
export function noSafetensors(where: string, foreign: string | undefined): NunchiError {
  if (foreign === undefined) {
    return new NunchiError('model-missing-file', `${where} has no ${WEIGHTS_FILE}`, {
      hint: 'Name a folder or a repository with a Hugging Face BERT checkpoint.',
    });
  }
  return new NunchiError('model-missing-file', `${where} has ${foreign} and no ${WEIGHTS_FILE}`, {
    hint:
      `Opening such a file can run code, so Nunchi does not. Convert it where you trust it: ${conversion(foreign)}; ` +
      'for a repository try --revision refs/pr/1, where the hub offers many conversions.',
  });
}

function invalidIndex(file: string, problem: string, cause?: unknown): NunchiError {
  return new NunchiError('model-weights-invalid', `${file}: ${problem}`, {
    hint: 'Fetch the checkpoint again.',
    cause,
  });
}

/**
 * @param json content of a `model.safetensors.index.json`
 * @returns tensor to shard
 * @throws NunchiError `model-weights-invalid`
 */
export function parseShardIndex(json: string, file: string): Map<string, string> {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (error) {
    throw invalidIndex(file, 'it is not JSON', error);
  }
  const parsed = Index.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidIndex(file, `"${issue?.path.join('.') ?? ''}" ${issue?.message ?? ''}`);
  }
  return new Map(Object.entries(parsed.data.weight_map));
}

async function readIndex(file: string): Promise<Map<string, string>> {
  const { size } = await stat(file);
  if (size > MAX_INDEX_BYTES)
    throw invalidIndex(file, `it has ${size} bytes, at most ${MAX_INDEX_BYTES} are read`);
  return parseShardIndex(await readFile(file, 'utf8'), file);
}

/** Every shard's tensors, each of them where the index says, none missing and none beside. */
async function readShards(directory: string, indexFile: string): Promise<[string, SafetensorsEntry][]> {
  const index = await readIndex(indexFile);
  const found: [string, SafetensorsEntry][] = [];
  const seen = new Map<string, string>();
  for (const shard of new Set(index.values())) {
    const file = path.join(directory, shard);
    for (const entry of await readSafetensorsHeader(file)) {
      const other = seen.get(entry.name);
      if (other !== undefined) throw invalidIndex(indexFile, `${entry.name} is in ${other} and in ${shard}`);
      if (index.get(entry.name) !== shard) {
        const said = index.get(entry.name) ?? 'nowhere';
        throw invalidIndex(indexFile, `${entry.name} is in ${shard}, the index says ${said}`);
      }
      seen.set(entry.name, shard);
      found.push([file, entry]);
    }
  }
  for (const [name, shard] of index) {
    if (!seen.has(name)) throw invalidIndex(indexFile, `${name} is not in ${shard}`);
  }
  return found;
}

/**
 * The tensors of a checkpoint by our names, read when they are asked for.
 * @throws NunchiError `model-missing-file`, `model-weights-invalid`
 */
export async function openCheckpointTensors(
  directory: string,
): Promise<Map<string, TensorSource & { dtype: string }>> {
  const single = path.join(directory, WEIGHTS_FILE);
  const index = path.join(directory, INDEX_FILE);
  let entries: [string, SafetensorsEntry][];
  if (existsSync(single)) {
    entries = (await readSafetensorsHeader(single)).map((entry) => [single, entry]);
  } else if (existsSync(index)) entries = await readShards(directory, index);
  else {
    const foreign = FOREIGN_WEIGHTS.find((name) => existsSync(path.join(directory, name)));
    throw noSafetensors(directory, foreign);
  }
  const tensors = new Map<string, TensorSource & { dtype: string }>();
  const names = new Map<string, string>();
  for (const [file, entry] of entries) {
    const name = canonicalName(entry.name);
    const other = names.get(name);
    if (other !== undefined) {
      throw new NunchiError(
        'model-weights-invalid',
        `${directory}: ${other} and ${entry.name} are the same tensor`,
        {
          hint: 'Which of them counts cannot be told; fetch the checkpoint again.',
        },
      );
    }
    names.set(name, entry.name);
    tensors.set(name, { ...safetensorsSource(file, entry), dtype: entry.dtype });
  }
  return tensors;
}
