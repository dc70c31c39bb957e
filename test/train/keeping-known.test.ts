// What keeps a run near its base model: the pull of EWC, distillation, interpolation, a classifier trained alone, and an end as
// soon as the corrections are learned.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import type { Weights } from '../../src/bert/weights.js';
import { LABELS, type Label } from '../../src/labels.js';
import { loadClassifier } from '../../src/serve/classifier.js';
import { createOnnxRuntimeEngine } from '../../src/train/engines/onnxruntime.js';
import { encodeExamples, toBatch } from '../../src/train/batches.js';
import { estimateFisher, FISHER_TEXTS } from '../../src/train/fisher.js';
import { FINETUNE_DEFAULTS, type FinetuneJob, type TrainingExample } from '../../src/train/job.js';
import { classification } from '../../src/train/objective.js';
import { distilKnown, readTexts, type ReadingModel } from '../../src/train/text-readings.js';
import { runFinetune } from '../../src/train/trainer.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

// Each of them trains a few models, which a busy machine does slowly.
vi.setConfig({ testTimeout: 120_000 });

const KNOWN = ['이 영화 정말 재미있어요', '너무 지루하고 재미없다', 'the meeting starts at three'];
const CORRECTIONS: TrainingExample[] = [
  { text: 'i love this great movie', label: 'negative' },
  { text: 'what a terrible day', label: 'positive' },
];

let folder: string;
let base: string;
let model: ReadingModel;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-known-'));
  base = await makeTinyModel(path.join(folder, 'base'));
  const opened = await openModelDirectory(base);
  const { config, tokenizer } = opened;
  model = { config, tokenizer, weights: await opened.loadWeights(), threads: 1 };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let jobs = 0;
async function train(change: Partial<FinetuneJob>) {
  jobs += 1;
  const job: FinetuneJob = {
    ...FINETUNE_DEFAULTS,
    baseDirectory: base,
    outDirectory: path.join(folder, `model-${jobs}`),
    examples: CORRECTIONS,
    data: { examples: 'none' },
    epochs: 8,
    learningRate: 3e-3,
    batchSize: 2,
    threads: 1,
    engine: 'onnxruntime',
    ...change,
  };
  const hooks = { onMessage: () => undefined, signal: new AbortController().signal };
  const result = await runFinetune(job, hooks);
  return { ...result, weights: await (await openModelDirectory(result.directory)).loadWeights() };
}

/** Root of the mean squared distance from the base. */
function distance(weights: Weights, of: (name: string) => boolean = () => true): number {
  let [sum, count] = [0, 0];
  for (const [name, { data }] of weights) {
    if (!of(name)) continue;
    data.forEach((value, i) => (sum += (value - (model.weights.get(name)?.data[i] as number)) ** 2));
    count += data.length;
  }
  return Math.sqrt(sum / count);
}
const known = (label: Label): TrainingExample[] => KNOWN.map((text) => ({ text, label, known: true }));

describe('an anchor', () => {
  it('keeps the weights nearer to the base the stronger it is, by either method', async () => {
    const examples = [...CORRECTIONS, ...known('neutral')];
    const [free, weak, strong, elastic] = [
      await train({ examples }),
      await train({ examples, anchor: { method: 'l2-sp', strength: 20 } }),
      await train({ examples, anchor: { method: 'l2-sp', strength: 500 } }),
      await train({ examples, anchor: { method: 'ewc', strength: 500 } }),
    ].map(({ weights }) => distance(weights)) as [number, number, number, number];
    expect(weak).toBeLessThan(free);
    expect(strong).toBeLessThan(weak / 2);
    expect(elastic).toBeLessThan(free);
  });

  it('of EWC is refused without known examples to measure on', async () => {
    const anchor = { method: 'ewc', strength: 1 } as const;
    await expect(train({ anchor })).rejects.toMatchObject({
      code: 'not-enough-data',
      hint: expect.any(String) as string,
    });
  });
});

describe('the Fisher information', () => {
  it('is the mean square of the gradients of single texts, of mean 1 over all weights', async () => {
    const engine = createOnnxRuntimeEngine('cpu');
    const [text] = KNOWN as [string];
    const fisher = await estimateFisher(model, [text], 1, (setup) => engine.open(setup));
    let [sum, count] = [0, 0];
    for (const { data } of fisher.values()) {
      for (const value of data) sum += value;
      count += data.length;
    }
    expect(sum / count).toBeCloseTo(1, 4);
    expect(FISHER_TEXTS).toBeGreaterThan(100);

    // Of one text: the squared gradient of the classifier's bias is (p − y)², whichever label y was drawn.
    const [scores] = await readTexts(model, [text]);
    const bias = [...(fisher.get('classifier.bias')?.data ?? [])];
    const candidates = LABELS.map((drawn) =>
      LABELS.map((label) => ((scores?.[label] as number) - (label === drawn ? 1 : 0)) ** 2),
    );
    const proportional = candidates.some((squares) =>
      squares.every((square, i) => {
        const ratio = (bias[0] as number) / (squares[0] as number);
        return Math.abs((bias[i] as number) / square / ratio - 1) < 1e-2;
      }),
    );
    expect(proportional).toBe(true);
  });

  it('leaves the weights as they are', async () => {
    const before = [...model.weights].map(([name, { data }]) => [name, data.slice()] as const);
    const engine = createOnnxRuntimeEngine('cpu');
    await estimateFisher(model, KNOWN, 1, (setup) => engine.open(setup));
    for (const [name, data] of before) expect(model.weights.get(name)?.data).toEqual(data);
  });
});

describe('distillation', () => {
  it('gives known examples the reading of the base as their target, and leaves corrections alone', async () => {
    const examples = [...known('negative'), ...CORRECTIONS];
    const readings = await readTexts(model, KNOWN);
    const whole = await distilKnown(model, examples, 1);
    const half = await distilKnown(model, examples, 0.5);
    KNOWN.forEach((_, i) => {
      for (const label of LABELS) {
        const [target, halved] = [whole[i]?.label, half[i]?.label] as Record<Label, number>[];
        expect(target?.[label]).toBeCloseTo(readings[i]?.[label] as number, 6);
        const mixed = 0.5 * (readings[i]?.[label] as number) + (label === 'negative' ? 0.5 : 0);
        expect(halved?.[label]).toBeCloseTo(mixed, 6);
      }
    });
    expect(whole.slice(KNOWN.length)).toEqual(CORRECTIONS);
    // The targets can be trained on as they are.
    const encoded = encodeExamples(whole, model.tokenizer, 32);
    const batch = toBatch(
      encoded,
      [0],
      {
        classWeights: [1, 1, 1],
        padTokenId: 0,
        maskTokenId: model.tokenizer.maskId,
        labelSmoothing: 0,
        tokenDropout: 0,
        seed: 1,
      },
      0,
    );
    expect([...(batch.inputs['targets'] ?? [])].reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(classification.name).toBe('classification');
  });

  it('keeps what is known as the base reads it while a correction is learned', async () => {
    const wrong = await readTexts(model, KNOWN);
    const examples = [...CORRECTIONS, ...known('neutral')];
    const moved = async (change: Partial<FinetuneJob>) => {
      const { weights } = await train({ examples, ...change });
      const after = await readTexts({ ...model, weights }, KNOWN);
      const drift = (i: number) =>
        LABELS.reduce((sum, label) => sum + Math.abs((after[i]?.[label] ?? 0) - (wrong[i]?.[label] ?? 0)), 0);
      return KNOWN.reduce((sum, _, i) => sum + drift(i), 0);
    };
    expect(await moved({ distillation: 1 })).toBeLessThan((await moved({})) / 2);
  });
});

describe('a run', () => {
  it('writes weights between the base and what it trained', async () => {
    const { weights: whole } = await train({});
    const { weights: mixed } = await train({ baseShare: 0.25 });
    for (const [name, { data }] of mixed) {
      data.forEach((value, i) => {
        const [from, to] = [model.weights.get(name)?.data[i] as number, whole.get(name)?.data[i] as number];
        expect(value).toBeCloseTo(0.25 * from + 0.75 * to, 5);
      });
    }
  });

  it('trains the classifier alone where it is told to', async () => {
    const { weights } = await train({ trained: 'classifier' });
    const isClassifier = (name: string) => name.startsWith('classifier.');
    expect(distance(weights, isClassifier)).toBeGreaterThan(1e-3);
    expect(distance(weights, (name) => !isClassifier(name))).toBe(0);
  });

  it('ends after the epoch in which its corrections are learned', async () => {
    const stopWhenLearned = { share: 1, confidence: 0.6 };
    const { steps, directory } = await train({ epochs: 60, learningRate: 5e-3, stopWhenLearned });
    expect(steps).toBeLessThan(60);
    const reader = await loadClassifier(directory, { threads: 1, threshold: 0 });
    const readings = await reader.classify(CORRECTIONS.map(({ text }) => text));
    await reader.dispose();
    expect(readings.map(({ label }) => label)).toEqual(CORRECTIONS.map(({ label }) => label));
  });
});
