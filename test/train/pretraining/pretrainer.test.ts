// Whole pre-training runs of a tiny model: they learn, resume, stop and write a base that fine-tuning takes.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../../src/bert/model-directory.js';
import { FINETUNE_DEFAULTS } from '../../../src/train/job.js';
import {
  PRETRAINING_DEFAULTS,
  type PretrainingJob,
  type PretrainingMessage,
} from '../../../src/train/pretraining/job.js';
import { runPretraining } from '../../../src/train/pretraining/pretrainer.js';
import { runFinetune } from '../../../src/train/trainer.js';
import { makeTinyModel } from '../../fixtures/tiny-model.js';
import { RESUME_TOLERANCE } from '../../fixtures/tolerances.js';

// Each sentence has one continuation, so that both tasks can be learned.
const TEXTS = [
  '이 영화 정말 재미있어요. 최고예요 감사합니다',
  '너무 지루하고 재미없다. 시간이 아깝다',
  'this movie is great. and i love it',
  'what a terrible day. i hate this',
  '오늘 회의는 세 시에. 시작합니다',
  'the meeting starts. at three today',
];

let folder: string;
let base: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-pretraining-'));
  base = await makeTinyModel(path.join(folder, 'base'), { hidden: 32 });
  file = path.join(folder, 'texts.txt');
  await writeFile(file, Array.from({ length: 30 }, () => TEXTS.join('\n')).join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function job(name: string, change: Partial<PretrainingJob> = {}): PretrainingJob {
  return {
    ...PRETRAINING_DEFAULTS,
    baseDirectory: base,
    outDirectory: path.join(folder, name),
    files: [file],
    epochs: 2,
    learningRate: 3e-3,
    tokensPerBatch: 512,
    heldOut: 18,
    engine: 'onnxruntime',
    threads: 1,
    ...change,
  };
}

const never = new AbortController().signal;

describe('a pre-training run', () => {
  it('learns both tasks, measured on texts held out, and writes a base that fine-tuning takes', async () => {
    const messages: PretrainingMessage[] = [];
    const result = await runPretraining(
      job('learned', { epochs: 40, learningRate: 5e-3, dropout: 0, evaluateEverySteps: 10 }),
      {
        onMessage: (message) => messages.push(message),
        signal: never,
      },
    );
    const evaluations = messages.flatMap((m) => (m.type === 'evaluation' ? [m.metrics] : []));
    const [first, last] = [evaluations[0], evaluations.at(-1)];
    expect(last?.maskedLoss).toBeLessThan((first?.maskedLoss ?? 0) * 0.6);
    expect(last?.maskedAccuracy).toBeGreaterThan(0.5);
    expect(last?.nextSentenceAccuracy).toBeGreaterThan(0.8);
    expect(result.metrics).toEqual(last);
    expect(messages.find((m) => m.type === 'corpus')).toMatchObject({ texts: 162, heldOut: 18 });

    const model = await openModelDirectory(result.directory);
    expect(model.config.labels).toEqual([]);
    expect(model.manifest.metrics).toMatchObject({ maskedAccuracy: last?.maskedAccuracy });
    expect(model.manifest.recipe).toMatchObject({ objective: 'pretraining', steps: result.steps });
    const heads = await model.loadWeights({ allowMissingHead: true, forPretraining: true });
    expect([...heads.keys()]).toContain('cls.predictions.transform.dense.weight');

    const tuned = await runFinetune(
      {
        ...FINETUNE_DEFAULTS,
        baseDirectory: result.directory,
        outDirectory: path.join(folder, 'tuned'),
        examples: [
          { text: '정말 재미있어요', label: 'positive' },
          { text: '재미없다', label: 'negative' },
        ],
        data: {},
        threads: 1,
        engine: 'onnxruntime',
      },
      { onMessage: () => undefined, signal: never },
    );
    expect((await openModelDirectory(tuned.directory)).manifest.parent).toBe(model.version);
  });

  it('goes on from its own heads when a base has them', async () => {
    const first = await runPretraining(job('once', { epochs: 5 }), {
      onMessage: () => undefined,
      signal: never,
    });
    const again = await runPretraining(
      job('again', { baseDirectory: first.directory, epochs: 0.1, learningRate: 1e-9 }),
      { onMessage: () => undefined, signal: never },
    );
    expect(again.metrics.maskedLoss).toBeCloseTo(first.metrics.maskedLoss, 3);
  });

  it('leaves out the texts of other files, or of some of their rows, and records which files', async () => {
    const kept = path.join(folder, 'kept.tsv');
    await writeFile(
      kept,
      `text\tlabel\n${TEXTS[0]}\tpositive\nWHAT A  terrible day. i hate this\tnegative\n`,
    );
    const messages: PretrainingMessage[] = [];
    const exclude = [{ file: kept, range: { from: 2 }, name: 'own/kept.tsv#2-' }];
    const { directory } = await runPretraining(job('excluding', { epochs: 0.1, exclude }), {
      onMessage: (message) => messages.push(message),
      signal: never,
    });
    expect(messages.find((m) => m.type === 'corpus')).toMatchObject({ leftOut: 30, texts: 135, heldOut: 15 });
    const { recipe } = (await openModelDirectory(directory)).manifest;
    expect(recipe).toMatchObject({
      excluded: { 'own/kept.tsv#2-': expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
    expect(JSON.stringify(recipe)).not.toContain(folder);
  });

  it('stopped and started again equals an unbroken one', async () => {
    const quiet = { onMessage: () => undefined, signal: never };
    const unbroken = await runPretraining(job('unbroken'), quiet);
    const checkpointDirectory = path.join(folder, 'checkpoints');
    const original = job('resumed', { checkpointDirectory, checkpointEverySteps: 1000 });
    const cut = new AbortController();
    let steps = 0;
    const stopped = runPretraining(original, {
      signal: cut.signal,
      onMessage(message) {
        if (message.type === 'corpus') steps = message.totalSteps;
        // The engine is named before the first step: the run ends at once and leaves a checkpoint.
        if (message.type === 'engine') cut.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({
      code: 'training-cancelled',
      hint: 'The same command takes it up again.',
    });
    expect(await readdir(checkpointDirectory)).toContain('state.safetensors');

    let checkpoints = 0;
    const half = new AbortController();
    const second = runPretraining(
      { ...original, checkpointEverySteps: 2 },
      {
        signal: half.signal,
        onMessage(message) {
          if (message.type !== 'checkpoint') return;
          checkpoints += 1;
          if (checkpoints === 1) half.abort();
        },
      },
    );
    await expect(second).rejects.toMatchObject({ code: 'training-cancelled' });

    let firstStep = 0;
    const resumed = await runPretraining(original, {
      signal: never,
      onMessage: (message) => message.type === 'corpus' && (firstStep = message.firstStep),
    });
    expect(firstStep).toBe(2);
    expect(resumed.steps).toBe(steps);
    const [a, b] = await Promise.all(
      [unbroken, resumed].map(async ({ directory }) =>
        (await openModelDirectory(directory)).loadWeights({ allowMissingHead: true, forPretraining: true }),
      ),
    );
    for (const [name, tensor] of a ?? []) {
      const other = b?.get(name)?.data as Float32Array;
      const worst = tensor.data.reduce(
        (w, value, i) => Math.max(w, Math.abs(value - (other[i] as number))),
        0,
      );
      expect(worst, name).toBeLessThan(RESUME_TOLERANCE);
    }
    expect(await readdir(checkpointDirectory)).toEqual([]);
  });

  it('without next sentences measures masked tokens alone', async () => {
    const { metrics } = await runPretraining(job('masked-only', { nextSentence: false, wholeWords: true }), {
      onMessage: () => undefined,
      signal: never,
    });
    expect(Object.keys(metrics).sort()).toEqual(['maskedAccuracy', 'maskedLoss']);
  });

  it.each([
    ['a target that exists', { outDirectory: tmpdir() }, 'usage'],
    ['a file that is not there', { files: ['/nonexistent.txt'] }, 'data-unreadable'],
    ['a base that is not there', { baseDirectory: '/nonexistent' }, 'model-missing-file'],
  ])('is refused before it begins: %s', async (_name, change, code) => {
    const run = runPretraining(job('refused', change), { onMessage: () => undefined, signal: never });
    await expect(run).rejects.toMatchObject({ code });
  });

  it('is refused where there is nothing to learn', async () => {
    const empty = path.join(folder, 'empty.txt');
    await writeFile(empty, '\n한\n');
    const run = runPretraining(job('nothing', { files: [empty] }), {
      onMessage: () => undefined,
      signal: never,
    });
    await expect(run).rejects.toMatchObject({ code: 'not-enough-data' });
  });
});
