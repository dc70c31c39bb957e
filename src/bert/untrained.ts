// Random weights to start from, as Hugging Face initialises BERT.
import { tensorShapes, type BertConfig } from './config.js';
import { createRandom } from './random.js';
import type { Weights } from './weights.js';

/**
 * Kernels and embeddings from normal(0, initializerRange) cut at two deviations (Devlin et al. 2019), biases 0, norms 1.
 * @param names only these tensors, such as the head that a base lacks; all of them by default. A tensor's numbers
 *   depend on its name and the seed alone.
 * @param shapes of the model: a classifier's by default
 */
export function createUntrainedWeights(
  config: BertConfig,
  seed: number,
  names?: Iterable<string>,
  shapes: ReadonlyMap<string, readonly number[]> = tensorShapes(config),
): Weights {
  const wanted = names === undefined ? undefined : new Set(names);
  const weights: Weights = new Map();
  let index = 0;
  for (const [name, shape] of shapes) {
    index += 1;
    if (wanted !== undefined && !wanted.has(name)) continue;
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (name.endsWith('LayerNorm.weight')) data.fill(1);
    else if (!name.endsWith('.bias')) {
      const random = createRandom(seed, index);
      for (let i = 0; i < data.length; i += 1) {
        let value = random.normal();
        while (Math.abs(value) > 2) value = random.normal();
        data[i] = value * config.initializerRange;
      }
      // Hugging Face keeps the padding row of the table at zero.
      if (name === 'bert.embeddings.word_embeddings.weight') {
        data.fill(0, config.padTokenId * config.hiddenSize, (config.padTokenId + 1) * config.hiddenSize);
      }
    }
    weights.set(name, { shape: [...shape], data });
  }
  return weights;
}
