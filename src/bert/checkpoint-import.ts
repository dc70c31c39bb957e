// A published Hugging Face BERT checkpoint made into a Nunchi model directory: names, labels and tokenizer files in one
// form, every tensor checked, weights streamed from file to file.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import type { Label } from '../labels.js';
import { openCheckpointTensors } from './checkpoint-import-files.js';
import { givenLabels, headNames, recogniseLabels, type LabelRows } from './checkpoint-import-labels.js';
import { parseBertConfig, pretrainingHeadShapes, tensorShapes, type BertConfig } from './config.js';
import { writeModelDirectory, type ModelManifest } from './model-directory.js';
import { importTokenizer } from './tokenizer-import.js';
import { checkTensor, shapeMismatch, type TensorProblem } from './weight-file.js';
import type { TensorSource } from './weights.js';

export interface CheckpointImport {
  /** Folder with the files as published. */
  directory: string;
  /** Where the model directory is written; must not exist. */
  out: string;
  /** Where the checkpoint comes from, for the manifest and the model card. */
  source: string;
  /** Label of each row of the classification head, separated by commas, where its names do not tell. */
  labels?: string;
  /** As in the checkpoint where left out: float16 for one that is float16 throughout, else float32. */
  precision?: 'float32' | 'float16';
}

export interface ImportedCheckpoint {
  manifest: ModelManifest;
  config: BertConfig;
  /** Heads that were kept. */
  heads: ('pooler' | 'classifier' | 'masked-language' | 'next-sentence')[];
  /** What was left out or put right, one sentence each. */
  warnings: string[];
}

type Tensors = Map<string, TensorSource & { dtype: string }>;

const RawConfig = z.looseObject({
  id2label: z.record(z.string(), z.string()).optional(),
  problem_type: z.string().nullish(),
  tie_word_embeddings: z.boolean().optional(),
});
type RawConfig = z.infer<typeof RawConfig>;

async function readConfig(directory: string): Promise<{ raw: RawConfig; config: BertConfig }> {
  const file = path.join(directory, 'config.json');
  if (!existsSync(file)) {
    throw new NunchiError('model-missing-file', `${file} is missing`, {
      hint: existsSync(path.join(directory, 'bert_config.json'))
        ? 'This is a TensorFlow checkpoint; convert it to a Hugging Face one first.'
        : 'Name the folder of a Hugging Face BERT checkpoint.',
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new NunchiError('model-config-invalid', `${file} is not JSON`, { cause: error });
  }
  // Checkpoints of 2019 do not say what they are; their tensors then do.
  const config = parseBertConfig(
    typeof json === 'object' && json !== null && !Array.isArray(json)
      ? { model_type: 'bert', ...json }
      : json,
    file,
  );
  const raw = RawConfig.safeParse(json);
  if (!raw.success) {
    const issue = raw.error.issues[0];
    throw new NunchiError(
      'model-config-invalid',
      `${file}: "${issue?.path.join('.') ?? ''}" ${issue?.message ?? ''}`,
    );
  }
  return { raw: raw.data, config };
}

/** The classifier's rows as Nunchi's labels, or undefined, with the reason, where it is left out. */
function chooseLabels(
  tensors: Tensors,
  raw: RawConfig,
  given: string | undefined,
  warnings: string[],
): LabelRows | undefined {
  const rows = tensors.get('classifier.weight')?.shape[0];
  if (rows === undefined) {
    if (given === undefined) return undefined;
    throw new NunchiError('usage', 'the checkpoint has no classification head that --labels could name', {
      hint: 'Leave --labels out; `nunchi finetune` gives the model a head.',
    });
  }
  const leaveOut = (reason: string) => {
    warnings.push(`the classification head is left out: ${reason}`);
    return undefined;
  };
  if (rows > 3 || rows < 2) {
    if (given !== undefined) {
      throw new NunchiError('usage', `--labels cannot name a head of ${rows} rows`, {
        hint: 'Only heads of two or three labels can be kept.',
      });
    }
    return leaveOut(`it has ${rows} rows, not 2 or 3`);
  }
  const names = headNames(raw.id2label, rows);
  if (given !== undefined) return givenLabels(given, names);
  if (raw.problem_type != null && raw.problem_type !== 'single_label_classification') {
    return leaveOut(`it is trained for ${raw.problem_type}`);
  }
  return (
    recogniseLabels(names) ??
    leaveOut(
      `its labels (${names.join(', ')}) are not known; name them with --labels, such as --labels ${rows === 2 ? 'negative,positive' : 'negative,neutral,positive'}`,
    )
  );
}

/** Tensors that are known and of no use: fixed counters, and copies of tied weights. */
const IGNORED =
  /^(bert\.embeddings\.(position_ids|token_type_ids)|cls\.predictions\.decoder\.(weight|bias))$/;

interface Chosen {
  weights: Tensors;
  heads: ImportedCheckpoint['heads'];
}

/** @throws NunchiError `model-shape-mismatch` naming every tensor that is missing or of another shape or type */
function chooseTensors(
  source: string,
  tensors: Tensors,
  config: BertConfig,
  rows: LabelRows | undefined,
  raw: RawConfig,
  warnings: string[],
): Chosen {
  const decoderBias = tensors.get('cls.predictions.decoder.bias');
  if (decoderBias !== undefined && !tensors.has('cls.predictions.bias')) {
    tensors.set('cls.predictions.bias', decoderBias);
  }
  const has = (prefix: string) => [...tensors.keys()].some((name) => name.startsWith(prefix));
  const [pooler, nextSentence] = [has('bert.pooler.'), has('cls.seq_relationship.')];
  let masked = has('cls.predictions.');
  if (masked && raw.tie_word_embeddings === false) {
    masked = false;
    warnings.push('the masked-language head is left out: its decoder is not tied to the word embeddings');
  }
  const needed = new Map(
    [
      ...tensorShapes({ ...config, labels: [...(rows?.labels ?? [])] }),
      ...pretrainingHeadShapes(config),
    ].filter(([name]) => {
      if (name.startsWith('bert.pooler.')) return pooler;
      if (name.startsWith('classifier.')) return rows !== undefined;
      if (name.startsWith('cls.predictions.')) return masked;
      return name.startsWith('cls.seq_relationship.') ? nextSentence : true;
    }),
  );
  const problems: TensorProblem[] = [];
  const weights: Tensors = new Map();
  const bias = tensors.get('classifier.bias');
  if (bias !== undefined && !tensors.has('classifier.weight')) {
    const shape = `[${bias.shape.join(', ')}, ${config.hiddenSize}]`;
    problems.push({
      name: 'classifier.weight',
      text: `no tensor classifier.weight of shape ${shape} beside classifier.bias`,
    });
  }
  for (const [name, shape] of needed) {
    const tensor = tensors.get(name);
    const problem = checkTensor(name, shape, tensor);
    if (problem !== undefined) problems.push(problem);
    else if (tensor !== undefined && !['F32', 'F16', 'BF16'].includes(tensor.dtype)) {
      problems.push({ name, text: `${name} is of type ${tensor.dtype}, not F32, F16 or BF16` });
    } else if (tensor !== undefined) weights.set(name, tensor);
  }
  if (problems.length > 0) throw shapeMismatch(source, problems);
  const unknown = [...tensors.keys()].filter(
    (name) => !needed.has(name) && !IGNORED.test(name) && !/^(classifier|cls)\./.test(name),
  );
  if (unknown.length > 0) {
    // A tenth layer that config.json does not count would otherwise be lost in silence.
    if (unknown.some((name) => name.startsWith('bert.'))) {
      throw new NunchiError(
        'model-shape-mismatch',
        `${source}: config.json does not ask for ${unknown.map((name) => `${name} [${tensors.get(name)?.shape.join(', ') ?? ''}]`).join('; ')}`,
        { hint: 'config.json and the weights are of different models, or the model is more than a BERT.' },
      );
    }
    warnings.push(`left out, not a part of BERT: ${unknown.join(', ')}`);
  }
  const heads: ImportedCheckpoint['heads'] = [
    ...(pooler ? ['pooler' as const] : []),
    ...(rows === undefined ? [] : ['classifier' as const]),
    ...(masked ? ['masked-language' as const] : []),
    ...(nextSentence ? ['next-sentence' as const] : []),
  ];
  return { weights, heads };
}

/** @param order for each row its row in `data` */
function reordered(data: Float32Array, order: readonly number[]): Float32Array {
  const width = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => result.set(data.subarray(from * width, (from + 1) * width), to * width));
  return result;
}

/** Reads the same tensor, refuses numbers that are none, and puts the classifier's rows in the order of the labels. */
function checked(
  name: string,
  tensor: TensorSource,
  rows: LabelRows | undefined,
  limit: number,
): TensorSource {
  return {
    shape: tensor.shape,
    async read() {
      const data = await tensor.read();
      for (let i = 0; i < data.length; i += 1) {
        // Written so that NaN fails too.
        if (!(Math.abs(data[i] as number) <= limit)) {
          throw new NunchiError('model-weights-invalid', `${name} holds ${data[i]} at ${i}`, {
            hint:
              limit === Infinity || !Number.isFinite(data[i])
                ? 'The checkpoint is damaged, or its training failed.'
                : 'It does not fit in float16; import it with --precision float32.',
          });
        }
      }
      return rows !== undefined && name.startsWith('classifier.') ? reordered(data, rows.rows) : data;
    },
  };
}

const LARGEST_FLOAT16 = 65_504;
const LARGEST_FLOAT32 = 3.4028234663852886e38;

function card(source: string, labels: readonly Label[], heads: readonly string[]): string {
  return `# Imported from ${source}

A BERT checkpoint in the layout that Nunchi writes; its licence and its limits are those of its origin.

- labels: ${labels.join(', ') || 'none, a base for training'}
- heads: ${heads.join(', ') || 'none'}
`;
}

/**
 * @throws NunchiError `model-missing-file`, `model-config-invalid`, `model-weights-invalid`, `model-shape-mismatch`,
 *   `usage`, `disk-full`, `home-not-writable`
 */
export async function importCheckpoint(options: CheckpointImport): Promise<ImportedCheckpoint> {
  const { directory, source } = options;
  const warnings: string[] = [];
  const { raw, config: published } = await readConfig(directory);
  const tokenizer = await importTokenizer(directory, published.maxPositions);
  warnings.push(...tokenizer.warnings);
  if (tokenizer.size > published.vocabularySize) {
    throw new NunchiError(
      'model-config-invalid',
      `${source}: the tokenizer has ${tokenizer.size} pieces, config.json says vocab_size ${published.vocabularySize}`,
      { hint: 'Tokenizer and weights are of different models.' },
    );
  }
  const tensors = await openCheckpointTensors(directory);
  const rows = chooseLabels(tensors, raw, options.labels, warnings);
  const { weights, heads } = chooseTensors(source, tensors, published, rows, raw, warnings);
  const config: BertConfig = { ...published, labels: rows?.labels ?? [], padTokenId: tokenizer.padId };
  const half = [...weights.values()].every(({ dtype }) => dtype === 'F16');
  const precision = options.precision ?? (half ? 'float16' : 'float32');
  const limit = precision === 'float16' ? LARGEST_FLOAT16 : LARGEST_FLOAT32;
  const manifest = await writeModelDirectory(options.out, {
    config,
    weights: new Map(
      [...weights].map(([name, tensor]) => [name, checked(name, tensor, rows, limit)] as const),
    ),
    tokenizerFrom: tokenizer.files,
    manifest: {
      parent: null,
      recipe: { importedFrom: source, heads, precision },
      seed: 0,
      engine: 'none',
      data: {},
      metrics: {},
    },
    card: card(source, config.labels, heads),
    precision,
  });
  return { manifest, config, heads, warnings };
}
