// What lies between two model directories: settings, data, weights layer by layer, readings of the behaviour set. Loads both
// models, so it runs in a process of its own (compare-worker.ts).
import { openModelDirectory, type ModelDirectory } from '../bert/model-directory.js';
import type { Weights } from '../bert/weights.js';
import type { Label } from '../labels.js';
import { loadClassifier } from '../serve/classifier.js';
import { evaluateBehaviour, loadBehaviour, type BehaviourResult } from './behaviour.js';

/** The weights of a layer beside those of the other model. */
export interface LayerDistance {
  /** `embeddings`, `layer 0` and so on, `head`. */
  layer: string;
  /** Euclidean (L2) norm of the difference. */
  l2: number;
  /** The same, beside the norm of the first model's weights. */
  relative: number;
}

/** An item of the behaviour set that the two models read differently. */
export interface ChangedItem {
  capability: string;
  language: string;
  text: string;
  expected: Label[];
  before: Label;
  after: Label;
}

export interface DirectoryDifference {
  /** Settings and data hashes that differ, each before and after; undefined where a model has none. */
  settings: Record<string, { before: unknown; after: unknown }>;
  data: Record<string, { before: string | undefined; after: string | undefined }>;
  /** Corrections that each was trained on, by its manifest. */
  rows: { before: number; after: number };
  /** Empty where the models have different shapes. */
  layers: LayerDistance[];
  behaviour: { n: number; passedBefore: number; passedAfter: number; changed: ChangedItem[] };
}

export interface CompareOptions {
  /** Absolute paths. */
  before: string;
  after: string;
  threads: number;
  threshold: number;
}

/** @throws NunchiError what opening and loading a model throws */
export async function compareModels(options: CompareOptions): Promise<DirectoryDifference> {
  const before = await openModelDirectory(options.before);
  const after = await openModelDirectory(options.after);
  return {
    settings: differing(before.manifest.recipe, after.manifest.recipe),
    data: differing(before.manifest.data, after.manifest.data),
    rows: { before: before.manifest.rows?.length ?? 0, after: after.manifest.rows?.length ?? 0 },
    layers: layerDistances(await before.loadWeights(), await after.loadWeights()),
    behaviour: await compareBehaviour(before, after, options),
  };
}

function differing<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Record<string, { before: T | undefined; after: T | undefined }> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(
    names
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      .map((name) => [name, { before: before[name], after: after[name] }]),
  );
}

function layerOf(name: string): string {
  if (name.startsWith('bert.embeddings.')) return 'embeddings';
  const [, layer] = /^bert\.encoder\.layer\.(\d+)\./.exec(name) ?? [];
  return layer === undefined ? 'head' : `layer ${layer}`;
}

/** In the order of the tensors; none where the two do not have the same tensors. */
export function layerDistances(before: Weights, after: Weights): LayerDistance[] {
  const sums = new Map<string, { difference: number; norm: number }>();
  if (before.size !== after.size) return [];
  for (const [name, { data }] of before) {
    const other = after.get(name)?.data;
    if (other === undefined || other.length !== data.length) return [];
    const layer = layerOf(name);
    const sum = sums.get(layer) ?? { difference: 0, norm: 0 };
    for (let i = 0; i < data.length; i += 1) {
      const value = data[i] ?? 0;
      sum.difference += (value - (other[i] ?? 0)) ** 2;
      sum.norm += value ** 2;
    }
    sums.set(layer, sum);
  }
  return [...sums].map(([layer, { difference, norm }]) => ({
    layer,
    l2: Math.sqrt(difference),
    relative: norm === 0 ? 0 : Math.sqrt(difference / norm),
  }));
}

async function compareBehaviour(
  before: ModelDirectory,
  after: ModelDirectory,
  { threads, threshold }: CompareOptions,
): Promise<DirectoryDifference['behaviour']> {
  const items = await loadBehaviour();
  const read = async (model: ModelDirectory): Promise<BehaviourResult[]> => {
    const classifier = await loadClassifier(model.path, { threads, threshold });
    try {
      return (await evaluateBehaviour((texts) => classifier.classify(texts), items)).results;
    } finally {
      await classifier.dispose();
    }
  };
  const [then, now] = [await read(before), await read(after)];
  const passed = (results: BehaviourResult[]) => results.filter((result) => result.passed).length;
  const changed = then.flatMap((result, index): ChangedItem[] => {
    const read = now[index]?.read;
    if (read === undefined || read === result.read) return [];
    const { capability, language, text, expected } = result;
    return [{ capability, language, text, expected, before: result.read, after: read }];
  });
  return { n: items.length, passedBefore: passed(then), passedAfter: passed(now), changed };
}
