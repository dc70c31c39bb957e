// The tensors of a BERT checkpoint, found under the names that checkpoints in the wild give them.
import { NunchiError } from '../errors.js';
import { tensorShapes, type BertConfig } from './config.js';
import { readSafetensors, readSafetensorsHeader } from './safetensors.js';
import type { Weights } from './weights.js';

export interface LoadOptions {
  /**
   * Takes a base that was never trained to classify: a pooler or classifier that it lacks, or a classifier for labels
   * that are not Nunchi's, is then not in the weights.
   */
  allowMissingHead?: boolean;
}

const HEAD = /^(classifier|bert\.pooler)\./;

/** Our name for a tensor of a file; encoders saved on their own lack `bert.`, old ones call norms gamma and beta. */
function canonicalName(name: string): string {
  const renamed = name
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
  return /^(embeddings|encoder|pooler)\./.test(renamed) ? `bert.${renamed}` : renamed;
}

/**
 * @returns name in the file to our name, for every tensor that the model needs; others are left aside.
 * @throws NunchiError `model-weights-invalid`, `model-shape-mismatch`
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
  for (const [name, shape] of tensorShapes(config)) {
    const entry = entries.get(name);
    if (missingHead && HEAD.test(name) && (entry === undefined || shape[0] === 0)) continue;
    const expected = `[${shape.join(', ')}]`;
    if (entry === undefined) {
      throw new NunchiError('model-shape-mismatch', `${file} has no tensor ${name} of shape ${expected}`, {
        hint: HEAD.test(name)
          ? 'The model has no classification head yet; fine-tune it first.'
          : 'config.json and the weights are of different models.',
      });
    }
    if (entry.shape.join() !== shape.join()) {
      throw new NunchiError(
        'model-shape-mismatch',
        `${file}: ${name} has shape [${entry.shape.join(', ')}], config.json asks for ${expected}`,
        { hint: 'config.json and the weights are of different models.' },
      );
    }
    found.set(entry.name, name);
  }
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
