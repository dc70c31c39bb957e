// Dev sets: the figures of serving, the best of several evaluations, and when to stop.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { evaluateTexts } from '../../src/learn/evaluate.js';
import { loadClassifier } from '../../src/serve/classifier.js';
import { bestEvaluation, createDevEvaluator, isOutOfPatience } from '../../src/train/dev-evaluation.js';
import type { DevEvaluation, DevSet, LabelledText } from '../../src/train/job.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

let folder: string;
let directory: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-dev-'));
  directory = await makeTinyModel(path.join(folder, 'model'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Texts of many lengths, one of them longer than a model reads. */
const rows = (labels: LabelledText['label'][], count: number): LabelledText[] =>
  Array.from({ length: count }, (_, i) => ({
    text: i === 0 ? '좋아 '.repeat(400) : `${'영화 ㅋㅋ '.repeat(i % 7)}${i}`,
    label: labels[(i * i) % labels.length] as LabelledText['label'],
  }));
const SETS: DevSet[] = [
  { name: 'two', sha256: '', rows: rows(['negative', 'positive'], 600) },
  { name: 'three', sha256: '', rows: rows(['negative', 'neutral', 'positive'], 40) },
];

describe('createDevEvaluator', () => {
  it('gives the figures of `evaluate`, and their mean', async () => {
    const model = await openModelDirectory(directory);
    const job = { dev: SETS, threads: 1 };
    const evaluate = createDevEvaluator(job, model.config, model.tokenizer, new AbortController().signal);
    const evaluation = await evaluate(await model.loadWeights(), 12);

    const classifier = await loadClassifier(directory, { threads: 1, threshold: 0.6 });
    const expected: [string, { accuracy: number; macroF1: number }][] = [];
    for (const set of SETS) {
      const { accuracy, macroF1 } = await evaluateTexts((texts) => classifier.classify(texts), set.rows);
      expected.push([set.name, { accuracy, macroF1 }]);
    }
    await classifier.dispose();
    expect(evaluation.step).toBe(12);
    expect(evaluation.sets).toEqual(Object.fromEntries(expected));
    const mean = expected.reduce((sum, [, { macroF1 }]) => sum + macroF1, 0) / 2;
    expect(evaluation.macroF1).toBeCloseTo(mean, 12);
    expect(mean).toBeGreaterThan(0);
  });

  it('stops where the run is cancelled', async () => {
    const model = await openModelDirectory(directory);
    const evaluate = createDevEvaluator(
      { dev: SETS, threads: 1 },
      model.config,
      model.tokenizer,
      AbortSignal.abort(),
    );
    await expect(evaluate(await model.loadWeights(), 1)).rejects.toMatchObject({
      code: 'training-cancelled',
    });
  });
});

describe('the best evaluation and patience', () => {
  const evaluations = (...scores: number[]): DevEvaluation[] =>
    scores.map((macroF1, i) => ({ step: i + 1, sets: {}, macroF1 }));

  it('takes the first of equal ones', () => {
    expect(bestEvaluation(evaluations(0.2, 0.5, 0.4, 0.5))?.step).toBe(2);
    expect(bestEvaluation([])).toBeUndefined();
  });

  it.each([
    [[], 1, false],
    [[0.5], 1, false],
    [[0.5, 0.5], 1, true],
    [[0.5, 0.4, 0.6], 2, false],
    [[0.5, 0.6, 0.5], 2, false],
    [[0.5, 0.6, 0.5, 0.6], 2, true],
    [[0.9, 0.1, 0.1, 0.1], undefined, false],
  ])('after %j with a patience of %s stops: %s', (scores, patience, stops) => {
    expect(isOutOfPatience(evaluations(...scores), patience)).toBe(stops);
  });
});
