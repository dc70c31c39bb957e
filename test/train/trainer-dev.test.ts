// A run with dev sets keeps the weights that were best on them, stops when they get no better, and does so when resumed;
// and what a run learns from distributions, class weights and layers of their own rate.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { evaluateTexts } from '../../src/learn/evaluate.js';
import { LABELS, type Label, type Scores } from '../../src/labels.js';
import { loadClassifier } from '../../src/serve/classifier.js';
import {
  FINETUNE_DEFAULTS,
  type DevEvaluation,
  type DevSet,
  type FinetuneJob,
  type LabelledText,
  type TrainerMessage,
} from '../../src/train/job.js';
import { runFinetune } from '../../src/train/trainer.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { RESUME_TOLERANCE } from '../fixtures/tolerances.js';

const EXAMPLES: LabelledText[] = [
  { text: '이 영화 정말 재미있어요', label: 'positive' },
  { text: '너무 지루하고 재미없다', label: 'negative' },
  { text: '오늘 회의는 세 시에 시작합니다', label: 'neutral' },
  { text: 'i love this great movie', label: 'positive' },
  { text: 'what a terrible day', label: 'negative' },
  { text: 'the meeting starts at three', label: 'neutral' },
];
const opposite: Record<Label, Label> = { positive: 'negative', negative: 'positive', neutral: 'neutral' };
/** What is trained, so that evaluations get better. */
const AGREEING: DevSet = { name: 'data/dev.tsv#1-6', sha256: 'aa', rows: EXAMPLES };
/** What is not trained: the more is learned, the less it agrees. */
const OPPOSED: DevSet = {
  name: 'data/opposed.tsv',
  sha256: 'bb',
  rows: EXAMPLES.filter(({ label }) => label !== 'neutral').map(({ text, label }) => ({
    text,
    label: opposite[label],
  })),
};

let folder: string;
let base: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-trainer-'));
  base = await makeTinyModel(path.join(folder, 'base'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function job(name: string, change: Partial<FinetuneJob>): FinetuneJob {
  return {
    ...FINETUNE_DEFAULTS,
    baseDirectory: base,
    outDirectory: path.join(folder, name),
    examples: EXAMPLES,
    data: { examples: 'none' },
    epochs: 4,
    learningRate: 3e-3,
    batchSize: 2,
    threads: 1,
    engine: 'onnxruntime',
    ...change,
  };
}

async function run(given: FinetuneJob, signal = new AbortController().signal) {
  const messages: TrainerMessage[] = [];
  const result = await runFinetune(given, { onMessage: (message) => messages.push(message), signal });
  return { result, ...evaluationsOf(messages) };
}

function evaluationsOf(messages: readonly TrainerMessage[]) {
  const found = messages.filter((message) => message.type === 'evaluation');
  const improved = found.filter((message) => message.improved).map(({ evaluation }) => evaluation.step);
  return { evaluations: found.map(({ evaluation }) => evaluation), improved };
}

const weightsOf = async (directory: string) => (await openModelDirectory(directory)).loadWeights();

describe('a run with dev sets', () => {
  it('evaluates after every epoch and every so many steps, and writes the best weights with their figures', async () => {
    const dev = [AGREEING, OPPOSED];
    const { result, evaluations, improved } = await run(
      job('best', { dev, epochs: 3, evaluateEverySteps: 2 }),
    );
    expect(evaluations.map(({ step }) => step)).toEqual([2, 3, 4, 6, 8, 9]);
    const best = evaluations.find(({ step }) => step === improved.at(-1)) as DevEvaluation;
    expect(best.macroF1).toBe(Math.max(...evaluations.map(({ macroF1 }) => macroF1)));
    expect(result).toMatchObject({ steps: 9, best });

    // The weights written are those that were measured: they read the sets with the very figures of the manifest.
    const { manifest } = await openModelDirectory(result.directory);
    const classifier = await loadClassifier(result.directory, { threads: 1, threshold: 0 });
    for (const { name, rows } of dev) {
      const { accuracy, macroF1 } = await evaluateTexts((texts) => classifier.classify(texts), rows);
      expect(manifest.metrics[`dev/${name}/accuracy`]).toBe(accuracy);
      expect(manifest.metrics[`dev/${name}/macroF1`]).toBe(macroF1);
      expect(best.sets[name]).toEqual({ accuracy, macroF1 });
    }
    await classifier.dispose();
    expect(manifest.recipe).toMatchObject({
      steps: 9,
      bestStep: best.step,
      dev: { 'data/dev.tsv#1-6': 'aa', 'data/opposed.tsv': 'bb' },
    });
    const card = await readFile(path.join(result.directory, 'README.md'), 'utf8');
    expect(card).toMatch(/## On the dev sets\n\n- data\/dev.tsv#1-6: accuracy \d/);
    expect(card + JSON.stringify(manifest)).not.toContain('지루하고');
  });

  it('stops after so many evaluations without improvement, and keeps the weights before them', async () => {
    const patient = job('patient', { dev: [OPPOSED], epochs: 100, patience: 3 });
    const { result, evaluations, improved } = await run(patient);
    const best = improved.at(-1) as number;
    expect(result.steps).toBe(best + 3 * 3);
    expect(evaluations.at(-1)?.step).toBe(result.steps);
    const { manifest } = await openModelDirectory(result.directory);
    expect(manifest.recipe).toMatchObject({ epochs: 100, patience: 3, steps: result.steps, bestStep: best });
    expect(manifest.metrics['dev/data/opposed.tsv/macroF1']).toBeGreaterThan(
      evaluations.at(-1)?.macroF1 ?? 1,
    );
  });

  it('cut off and started again equals an unbroken one, also where the best weights were before the cut', async () => {
    const settings = {
      dev: [OPPOSED],
      epochs: 100,
      evaluateEverySteps: 2,
      patience: 6,
      checkpointEverySteps: 5,
    };
    const unbroken = await run(job('unbroken', settings));

    const cut = new AbortController();
    const original = job('resumed', { ...settings, checkpointDirectory: path.join(folder, 'checkpoints') });
    const before: TrainerMessage[] = [];
    const first = runFinetune(original, {
      onMessage: (message) => {
        before.push(message);
        if (message.type === 'checkpoint') cut.abort();
      },
      signal: cut.signal,
    });
    await expect(first).rejects.toMatchObject({ code: 'training-cancelled' });
    const resumed = await run(original);

    const cutOff = evaluationsOf(before);
    expect(unbroken.improved.at(-1)).toBeLessThanOrEqual(5);
    expect([...cutOff.improved, ...resumed.improved]).toEqual(unbroken.improved);
    expect([...cutOff.evaluations, ...resumed.evaluations]).toEqual(unbroken.evaluations);
    expect(resumed.result.steps).toBe(unbroken.result.steps);
    expect(resumed.result.best).toEqual(unbroken.result.best);
    const [a, b] = [await weightsOf(unbroken.result.directory), await weightsOf(resumed.result.directory)];
    for (const [name, tensor] of a) {
      const other = b.get(name)?.data as Float32Array;
      const worst = tensor.data.reduce(
        (w, value, i) => Math.max(w, Math.abs(value - (other[i] as number))),
        0,
      );
      expect(worst, name).toBeLessThan(RESUME_TOLERANCE);
    }
  });
});

describe('a run', () => {
  const probabilities = async (directory: string, text: string): Promise<Scores> => {
    const classifier = await loadClassifier(directory, { threads: 1, threshold: 0 });
    const [reading] = await classifier.classify([text]);
    await classifier.dispose();
    return reading?.scores as Scores;
  };
  const text = 'the meeting starts at three';

  it('learns a distribution', async () => {
    const label: Scores = { negative: 0.2, neutral: 0.7, positive: 0.1 };
    const { result } = await run(job('soft', { examples: [{ text, label }], epochs: 80, batchSize: 1 }));
    const scores = await probabilities(result.directory, text);
    for (const one of LABELS) expect(Math.abs(scores[one] - label[one]), one).toBeLessThan(0.05);
  });

  it('gives a label as much as its weight, and an example too', async () => {
    // The same text with three labels: what is learned is the share of each in the loss.
    const examples = LABELS.map((label) => ({ text, label, ...(label === 'negative' ? { weight: 2 } : {}) }));
    const settings = {
      examples,
      epochs: 150,
      batchSize: 3,
      classWeights: { negative: 1, neutral: 5, positive: 1 },
    };
    const { result } = await run(job('weighted', settings));
    const scores = await probabilities(result.directory, text);
    for (const [label, share] of [
      ['negative', 2],
      ['neutral', 5],
      ['positive', 1],
    ] as const) {
      expect(Math.abs(scores[label] - share / 8), label).toBeLessThan(0.05);
    }
    expect((await openModelDirectory(result.directory)).manifest.recipe).toMatchObject({
      classWeights: { negative: 1, neutral: 5, positive: 1 },
    });
  });

  it('moves lower layers less', async () => {
    const { result } = await run(job('layers', { layerDecay: 0.1, epochs: 2 }));
    const [before, after] = [await weightsOf(base), await weightsOf(result.directory)];
    const moved = (name: string) => {
      const start = before.get(name)?.data as Float32Array;
      return (
        after
          .get(name)
          ?.data.reduce((w, value, i) => Math.max(w, Math.abs(value - (start[i] as number))), 0) ?? 0
      );
    };
    const layer = (i: number) => moved(`bert.encoder.layer.${i}.output.dense.weight`);
    expect(layer(1)).toBeLessThan(moved('bert.pooler.dense.weight') / 3);
    expect(layer(0)).toBeLessThan(layer(1) / 3);
    expect(moved('bert.embeddings.LayerNorm.weight')).toBeLessThan(layer(0) / 3);
    expect(moved('bert.embeddings.LayerNorm.weight')).toBeGreaterThan(0);
  });
});
