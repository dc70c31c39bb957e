// The head that a run starts from: rows of a base keep their meaning, whatever their order and number.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { createUntrainedWeights } from '../../src/bert/untrained.js';
import { LABELS, type Label } from '../../src/labels.js';
import { withHead } from '../../src/train/head.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

const HIDDEN = 16;
let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-head-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Every number of a row, and its bias, is the place of the label in `LABELS` plus 10. */
async function baseWith(labels: Label[]) {
  const directory = await makeTinyModel(path.join(folder, `base-${(count += 1)}`), { labels });
  const model = await openModelDirectory(directory);
  const weights = await model.loadWeights({ allowMissingHead: true });
  const mark = (row: number) => LABELS.indexOf(labels[row] as Label) + 10;
  weights.get('classifier.weight')?.data.forEach((_, i, data) => (data[i] = mark(Math.floor(i / HIDDEN))));
  weights.get('classifier.bias')?.data.forEach((_, i, data) => (data[i] = mark(i)));
  return { config: { ...model.config, labels: [...LABELS] }, weights, labels: model.config.labels };
}
type Base = Awaited<ReturnType<typeof baseWith>>;
const row = (weights: Base['weights'], label: number) =>
  weights.get('classifier.weight')?.data.subarray(label * HIDDEN, (label + 1) * HIDDEN);
const all = (value: number) => new Float32Array(HIDDEN).fill(value);

describe('the head that a run starts from', () => {
  it.each<Label[][]>([
    [['negative', 'neutral', 'positive']],
    [['positive', 'negative', 'neutral']],
    [['neutral', 'positive', 'negative']],
  ])('takes three rows by their labels: %j', async (labels) => {
    const base = await baseWith(labels);
    expect(base.labels).toEqual(labels);
    const weights = withHead(base.weights, base.labels, base.config, 5);
    for (const label of [0, 1, 2]) expect(row(weights, label)).toEqual(all(label + 10));
    expect([...(weights.get('classifier.bias')?.data ?? [])]).toEqual([10, 11, 12]);
    expect(weights.get('bert.pooler.dense.weight')).toBe(base.weights.get('bert.pooler.dense.weight'));
  });

  it.each<Label[][]>([[['negative', 'positive']], [['positive', 'negative']]])(
    'keeps two rows and makes the third: %j',
    async (labels) => {
      const base = await baseWith(labels);
      const weights = withHead(base.weights, base.labels, base.config, 5);
      expect(row(weights, 0)).toEqual(all(10));
      expect(row(weights, 2)).toEqual(all(12));
      expect(row(weights, 1)).toEqual(row(createUntrainedWeights(base.config, 5), 1));
      expect([...(weights.get('classifier.bias')?.data ?? [])]).toEqual([10, 0, 12]);
      expect(base.weights.get('classifier.weight')?.shape).toEqual([2, HIDDEN]);
    },
  );

  it('is fresh, with a pooler, where the base has none', async () => {
    const base = await baseWith(['negative', 'positive']);
    for (const name of [...base.weights.keys()].filter((key) => /^(classifier|bert\.pooler)\./.test(key)))
      base.weights.delete(name);
    const weights = withHead(base.weights, [], base.config, 5);
    const fresh = createUntrainedWeights(base.config, 5);
    for (const name of [
      'classifier.weight',
      'classifier.bias',
      'bert.pooler.dense.weight',
      'bert.pooler.dense.bias',
    ])
      expect(weights.get(name), name).toEqual(fresh.get(name));
    expect([...weights.keys()].sort()).toEqual([...fresh.keys()].sort());
  });
});
