// The tensors of a BERT checkpoint, found under the names that checkpoints in the wild give them.
import { NunchiError } from '../errors.js';
import { pretrainingShapes, tensorShapes, type BertConfig } from './config.js';
import { readSafetensors, readSafetensorsHeader } from './safetensors.js';
import type { Weights } from './weights.js';

export interface LoadOptions {
  /**
   * Takes a base that was never trained to classify: a pooler or classifier that it lacks, or a classifier for labels
   * that are not Nunchi's, is then not in the weights.
   */
  allowMissingHead?: boolean;
  /** Reads the heads of pre-training in place of a classifier. */
  forPretraining?: boolean;
}

const HEAD = /^(classifier|bert\.pooler|cls)\./;

/** Our name for a tensor of a file; encoders saved on their own lack `bert.`, old ones call norms gamma and beta. */
export function canonicalName(name: string): string {
  const renamed = name
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
  return /^(embeddings|encoder|pooler)\./.test(renamed) ? `bert.${renamed}` : renamed;
}

export interface TensorProblem {
  name: string;
  /** One sentence, with the shape expected and the one found. */
  text: string;
  /** Whether the file has no such tensor at all. */
  missing?: boolean;
}

/** @returns what is wrong with one tensor, or undefined */
export function checkTensor(
  name: string,
  expected: readonly number[],
  found: { shape: number[] } | undefined,
): TensorProblem | undefined {
  const list = (shape: readonly number[]) => `[${shape.join(', ')}]`;
  if (found === undefined)
    return { name, text: `no tensor ${name} of shape ${list(expected)}`, missing: true };
  if (found.shape.join() === expected.join()) return undefined;
  return { name, text: `${name} has shape ${list(found.shape)}, config.json asks for ${list(expected)}` };
}

/** One error for every problem of a checkpoint: the first of many would hide what they have in common. */
export function shapeMismatch(source: string, problems: readonly TensorProblem[]): NunchiError {
  const [first] = problems;
  const message =
    problems.length === 1
      ? `${source}: ${first?.text ?? ''}`
      : `${source}: ${problems.length} tensors do not fit:\n${problems.map(({ text }) => `  ${text}`).join('\n')}`;
  return new NunchiError('model-shape-mismatch', message, {
    hint: problems.every(({ name, missing }) => missing === true && HEAD.test(name))
      ? 'The model has no classification head yet; fine-tune it first.'
      : 'config.json and the weights are of different models.',
  });
}

/**
 * @returns name in the file to our name, for every tensor that the model needs; others are left aside.
 * @throws NunchiError `model-weights-invalid`, `model-shape-mismatch` naming every tensor that does not fit
 */
export async function findTensors(
  file: string,
  config: BertConfig,
  options: LoadOptions = {},
): Promise<Map<string, string>> {
  const missingHead = options.allowMissingHead === true;
  const found = new Map<string, string>();
  const entries = new Map(
    (await readSafetensorsHeader(file)).map((entry) => [canonicalName(entry.name), entry]),
  );
  const problems: TensorProblem[] = [];
  const shapes = options.forPretraining === true ? pretrainingShapes(config) : tensorShapes(config);
  for (const [name, shape] of shapes) {
    const entry = entries.get(name);
    if (missingHead && HEAD.test(name) && (entry === undefined || shape[0] === 0)) continue;
    const problem = checkTensor(name, shape, entry);
    if (problem !== undefined) problems.push(problem);
    else if (entry !== undefined) found.set(entry.name, name);
  }
  if (problems.length > 0) throw shapeMismatch(file, problems);
  return found;
}

/**
 * Reads the tensors that the model needs, by our names.
 * @throws NunchiError `model-weights-invalid`, `model-shape-mismatch`
 */
export async function loadTensors(file: string, config: BertConfig, options: LoadOptions): Promise<Weights> {
  const names = await findTensors(file, config, options);
  const read = await readSafetensors(file, (name) => names.has(name));
  return new Map([...read].map(([name, tensor]) => [names.get(name) ?? name, tensor]));
}
