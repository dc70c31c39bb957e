// A model directory in the Hugging Face layout plus `manifest.json`: opened with every file checked, written atomically.
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { parseBertConfig, toHuggingFaceConfig, type BertConfig } from './config.js';
import {
  hashFile,
  isSafeRelativePath,
  replaceFileDurably,
  writeNewDirectory,
  type FileContent,
} from './model-files.js';
import { streamSafetensors } from './safetensors.js';
import { createTokenizer, type BertTokenizer } from './tokenizer.js';
import { findTensors, loadTensors, type LoadOptions } from './weight-file.js';
import type { Weights, WeightSources } from './weights.js';

/** What was measured of a model's int8 form, and whether it is used. */
export interface QuantizationRecord {
  /** Whether the int8 model may answer in place of the float one. */
  used: boolean;
  /** Why it is not used. */
  reason?: string;
  /** Paired: both forms read the same texts. */
  evaluations: {
    /** Name of the labelled data. */
    data: string;
    n: number;
    /** 0 to 1 */
    accuracyFloat: number;
    /** 0 to 1 */
    accuracyInt8: number;
  }[];
}

/** What `manifest.json` records about how a model came to be. */
export interface ModelManifest {
  formatVersion: 1;
  /** Unique name of these weights, such as `nunchi-1a2b3c4d` (8 hex digits of the weights' sha256). */
  version: string;
  /** Version of the model it was trained from, or null for one trained from random weights. */
  parent: string | null;
  createdAt: string;
  /** Hyperparameters and settings of the run, as given. */
  recipe: Record<string, unknown>;
  seed: number;
  engine: string;
  /** Name to sha256 of the data it was trained on. */
  data: Record<string, string>;
  metrics: Record<string, number>;
  /** Absent where no int8 form was measured. */
  quantization?: QuantizationRecord;
  /** Keyed hashes of the corrections among the data; absent where none were. */
  rows?: string[];
  /** Relative path to sha256 of every other file. */
  files: Record<string, string>;
}

export interface ModelDirectory {
  readonly path: string;
  readonly version: string;
  readonly config: BertConfig;
  readonly manifest: ModelManifest;
  readonly tokenizer: BertTokenizer;
  /** Absolute path of `onnx/model.onnx`, or undefined where the directory has none. */
  readonly onnxFile: string | undefined;
  /**
   * Reads `model.safetensors`, checked against the configuration.
   * @throws NunchiError `model-weights-invalid`, `model-shape-mismatch`
   */
  loadWeights(options?: LoadOptions): Promise<Weights>;
}

export interface NewModelDirectory {
  config: BertConfig;
  /** Written tensor by tensor; those beyond the classifier's (`cls.…`) are kept. */
  weights: WeightSources;
  /** A directory whose vocab.txt, tokenizer.json and tokenizer_config.json are taken over, or their contents by name. */
  tokenizerFrom: string | ReadonlyMap<string, string>;
  manifest: Omit<ModelManifest, 'formatVersion' | 'version' | 'files' | 'createdAt'>;
  /** Content of the model card. */
  card: string;
  /** Serialized `onnx/model.onnx`, if it is to be part of the directory. */
  onnx?: Uint8Array;
  precision: 'float32' | 'float16';
}

const CONFIG_FILE = 'config.json';
const WEIGHTS_FILE = 'model.safetensors';
const ONNX_FILE = 'onnx/model.onnx';
const MANIFEST_FILE = 'manifest.json';
const REQUIRED_FILES = [CONFIG_FILE, WEIGHTS_FILE, 'tokenizer.json'];
const TOKENIZER_FILES = ['vocab.txt', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

const Quantization = z.object({
  used: z.boolean(),
  reason: z.string().optional(),
  evaluations: z.array(
    z.object({ data: z.string(), n: z.number(), accuracyFloat: z.number(), accuracyInt8: z.number() }),
  ),
}) satisfies z.ZodType<QuantizationRecord>;

const Manifest = z.object({
  formatVersion: z.literal(1),
  version: z.string().regex(/^[\w.-]{1,100}$/),
  parent: z.string().nullable(),
  createdAt: z.string(),
  recipe: z.record(z.string(), z.unknown()),
  seed: z.number(),
  engine: z.string(),
  data: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.number()),
  quantization: Quantization.optional(),
  rows: z.array(z.string().regex(/^[0-9a-f]{64}$/)).optional(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

const versionOf = (weightsHash: string) => `nunchi-${weightsHash.slice(0, 8)}`;

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new NunchiError('model-missing-file', `${file} is missing or cannot be read`, {
      hint: 'Name a model directory with config.json, model.safetensors and tokenizer.json.',
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NunchiError('model-config-invalid', `${file} is not JSON`, { cause: error });
  }
}

function parseManifest(content: unknown, file: string): ModelManifest {
  const parsed = Manifest.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const problem = `"${issue?.path.join('.') ?? ''}" ${issue?.message ?? ''}`;
  throw new NunchiError('model-config-invalid', `${file}: ${problem}`);
}

/** Reads `manifest.json` and holds every file it names against its hash. */
async function readManifest(directory: string): Promise<ModelManifest> {
  const file = path.join(directory, MANIFEST_FILE);
  const manifest = parseManifest(await readJson(file), file);
  for (const name of REQUIRED_FILES) {
    if (!Object.hasOwn(manifest.files, name)) {
      throw new NunchiError('model-missing-file', `${file} does not list ${name}`);
    }
  }
  for (const [name, expected] of Object.entries(manifest.files)) {
    if (!isSafeRelativePath(name)) {
      throw new NunchiError('model-config-invalid', `${file} names a file outside its folder: ${name}`, {
        hint: 'Do not use a model directory from a source that you do not trust.',
      });
    }
    if ((await hashFile(path.join(directory, name))) !== expected) {
      throw new NunchiError(
        'model-hash-mismatch',
        `${path.join(directory, name)} is not the file that was written`,
        {
          hint: 'It was changed or damaged; copy or train the model again.',
        },
      );
    }
  }
  return manifest;
}

/** What can be said of a plain Hugging Face directory. */
async function describeForeign(directory: string): Promise<ModelManifest> {
  const has = (name: string) => existsSync(path.join(directory, name));
  if (!has('tokenizer.json') && has('vocab.txt')) {
    throw new NunchiError('model-missing-file', `${directory} has vocab.txt and no tokenizer.json`, {
      hint: 'Import it first: nunchi model import FOLDER --out DIR.',
    });
  }
  const files: Record<string, string> = {};
  for (const name of [...REQUIRED_FILES, ...TOKENIZER_FILES, ONNX_FILE]) {
    const file = path.join(directory, name);
    if (REQUIRED_FILES.includes(name) || has(name)) files[name] = await hashFile(file);
  }
  const created = await stat(path.join(directory, WEIGHTS_FILE));
  return {
    formatVersion: 1,
    version: versionOf(files[WEIGHTS_FILE] ?? ''),
    parent: null,
    createdAt: created.mtime.toISOString(),
    recipe: {},
    seed: 0,
    engine: 'unknown',
    data: {},
    metrics: {},
    files,
  };
}

/**
 * Opens a model directory: every file of its manifest is there with the right hash, and configuration, tokenizer and
 * tensor shapes agree. A plain Hugging Face directory without `manifest.json` may be opened too.
 * @throws NunchiError `model-missing-file`, `model-hash-mismatch`, `model-shape-mismatch`, `model-config-invalid`,
 *   `model-weights-invalid`
 */
export async function openModelDirectory(directory: string): Promise<ModelDirectory> {
  const root = path.resolve(directory);
  if (!existsSync(root)) {
    throw new NunchiError('model-missing-file', `there is no model directory ${root}`, {
      hint: 'Check the path.',
    });
  }
  const hasManifest = existsSync(path.join(root, MANIFEST_FILE));
  const manifest = hasManifest ? await readManifest(root) : await describeForeign(root);
  const config = parseBertConfig(await readJson(path.join(root, CONFIG_FILE)), path.join(root, CONFIG_FILE));
  const tokenizerConfig = path.join(root, 'tokenizer_config.json');
  const tokenizer = createTokenizer(
    await readJson(path.join(root, 'tokenizer.json')),
    existsSync(tokenizerConfig) ? await readJson(tokenizerConfig) : {},
  );
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new NunchiError(
      'model-config-invalid',
      `${root}: the tokenizer has ${tokenizer.vocabularySize} pieces, config.json says vocab_size ${config.vocabularySize}`,
      { hint: 'Tokenizer and weights are of different models.' },
    );
  }
  const weightsFile = path.join(root, WEIGHTS_FILE);
  // Shapes are checked at once; whether a head must be there is for the one who loads the weights.
  await findTensors(weightsFile, config, { allowMissingHead: true });
  return {
    path: root,
    version: manifest.version,
    config,
    manifest,
    tokenizer,
    // A graph that the manifest does not vouch for is not used.
    onnxFile: Object.hasOwn(manifest.files, ONNX_FILE) ? path.join(root, ONNX_FILE) : undefined,
    loadWeights: (options = {}) => loadTensors(weightsFile, config, options),
  };
}

async function tokenizerFiles(from: string | ReadonlyMap<string, string>): Promise<Map<string, FileContent>> {
  if (typeof from !== 'string') return new Map(from);
  const files = new Map<string, FileContent>();
  for (const name of TOKENIZER_FILES) {
    const source = path.join(from, name);
    if (existsSync(source)) files.set(name, await readFile(source));
    else if (name === 'tokenizer.json') {
      throw new NunchiError('model-missing-file', `${source} is missing`, {
        hint: 'Name a folder with tokenizer.json, as `nunchi vocab` writes it.',
      });
    }
  }
  return files;
}

/** Every file but the manifest. */
async function contentOf(model: NewModelDirectory): Promise<Map<string, FileContent>> {
  const config = toHuggingFaceConfig(model.config, [...model.weights.keys()]);
  return new Map<string, FileContent>([
    [CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`],
    [WEIGHTS_FILE, streamSafetensors(model.weights, model.precision)],
    ['README.md', model.card],
    ...(await tokenizerFiles(model.tokenizerFrom)),
    ...(model.onnx === undefined ? [] : ([[ONNX_FILE, model.onnx]] as const)),
  ]);
}

/**
 * Writes a model directory so that it is there whole or not at all, even after a power cut.
 * @throws NunchiError `usage` where the path exists, `model-missing-file`, `disk-full`, `home-not-writable`, and what a
 *   tensor's source throws
 */
export async function writeModelDirectory(
  directory: string,
  model: NewModelDirectory,
): Promise<ModelManifest> {
  let manifest: ModelManifest | undefined;
  await writeNewDirectory(path.resolve(directory), await contentOf(model), (files) => {
    manifest = {
      formatVersion: 1,
      version: versionOf(files[WEIGHTS_FILE] ?? ''),
      createdAt: new Date().toISOString(),
      ...model.manifest,
      files,
    };
    return [MANIFEST_FILE, `${JSON.stringify(manifest, null, 2)}\n`];
  });
  return manifest as ModelManifest;
}

/** What is found out about a model after it was written. */
export interface ManifestFindings {
  /** Join those that are there; one of the same name is replaced. */
  metrics?: Record<string, number>;
  quantization?: QuantizationRecord;
  rows?: string[];
}

/**
 * The path of a directory's manifest: asked for before a long measurement whose result is to be recorded.
 * @throws NunchiError `model-missing-file` where there is none
 */
export function requireManifest(directory: string): string {
  const file = path.join(directory, MANIFEST_FILE);
  if (existsSync(file)) return file;
  throw new NunchiError('model-missing-file', `${file} is missing: there is nothing to record results in`, {
    hint: 'Check the path; a model of another program is imported first: nunchi model import FOLDER --out DIR.',
  });
}

/**
 * Records findings in `manifest.json`; everything else in it stays as it is, the version and the hashes too.
 * @throws NunchiError `model-missing-file`, `model-config-invalid`, `disk-full`, `home-not-writable`
 */
export async function updateManifest(directory: string, findings: ManifestFindings): Promise<void> {
  const file = requireManifest(directory);
  const content = await readJson(file);
  const { metrics } = parseManifest(content, file);
  // The file's own content, not what was understood of it: fields of a later version are kept.
  const { files, ...rest } = content as Record<string, unknown>;
  const updated = { ...rest, ...findings, metrics: { ...metrics, ...findings.metrics }, files };
  await replaceFileDurably(file, `${JSON.stringify(updated, null, 2)}\n`);
}
