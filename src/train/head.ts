// The classification head that a run starts from: a base's own rows, each under its label, and fresh ones for the rest.
import { tensorShapes, type BertConfig } from '../bert/config.js';
import { createUntrainedWeights } from '../bert/untrained.js';
import type { Weights } from '../bert/weights.js';
import type { Label } from '../labels.js';

/**
 * A base may have no pooler or head, or a head for fewer labels or in another order: rows are taken by their label, never by
 * their place.
 * @param baseLabels labels of the rows of the base's classifier; empty for one that has none
 * @param config of the model to train, with its labels
 * @param seed of the fresh weights
 */
export function withHead(
  weights: Weights,
  baseLabels: readonly Label[],
  config: BertConfig,
  seed: number,
): Weights {
  const shapes = tensorShapes(config);
  const complete: Weights = new Map(weights);
  const isHead = (name: string) => name.startsWith('classifier.');
  const headFits = baseLabels.join() === config.labels.join();
  const missing = [...shapes.keys()].filter((name) => !weights.has(name) || (isHead(name) && !headFits));
  for (const [name, fresh] of createUntrainedWeights(config, seed, missing)) {
    const old = weights.get(name);
    if (isHead(name) && old !== undefined) {
      const width = fresh.data.length / config.labels.length;
      config.labels.forEach((label, row) => {
        const from = baseLabels.indexOf(label);
        if (from >= 0) fresh.data.set(old.data.subarray(from * width, (from + 1) * width), row * width);
      });
    }
    complete.set(name, fresh);
  }
  return complete;
}
