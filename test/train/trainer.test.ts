// A whole run in its own process: learns, resumes, is cancelled, is killed, and says no to what cannot work.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openModelDirectory, updateManifest } from '../../src/bert/model-directory.js';
import { LABELS, type Label } from '../../src/labels.js';
import { openLogitsSession } from '../../src/onnx/logits-session.js';
import { startTrainer } from '../../src/train/client.js';
import {
  FINETUNE_DEFAULTS,
  type FinetuneJob,
  type LabelledText,
  type TrainerMessage,
} from '../../src/train/job.js';
import { runFinetune } from '../../src/train/trainer.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { LOGIT_TOLERANCE, RESUME_TOLERANCE } from '../fixtures/tolerances.js';

const EXAMPLES: LabelledText[] = [
  { text: '이 영화 정말 재미있어요', label: 'positive' },
  { text: '너무 지루하고 재미없다', label: 'negative' },
  { text: '오늘 회의는 세 시에 시작합니다', label: 'neutral' },
  { text: 'i love this great movie', label: 'positive' },
  { text: 'what a terrible day', label: 'negative' },
  { text: 'the meeting starts at three', label: 'neutral' },
];

let folder: string;
let base: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-trainer-'));
  base = await makeTinyModel(path.join(folder, 'base'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function job(name: string, change: Partial<FinetuneJob> = {}): FinetuneJob {
  return {
    ...FINETUNE_DEFAULTS,
    baseDirectory: base,
    outDirectory: path.join(folder, name),
    examples: EXAMPLES,
    data: { examples: 'none' },
    epochs: 50,
    learningRate: 3e-3,
    batchSize: 2,
    threads: 1,
    engine: 'onnxruntime',
    ...change,
  };
}

const never = new AbortController().signal;
const quiet = () => undefined;
const isMissing = (file: string) =>
  stat(file).then(
    () => false,
    () => true,
  );

describe('a run', () => {
  it('learns its examples and writes a directory that opens, verified, and serves what was trained', async () => {
    const messages: TrainerMessage[] = [];
    const trainer = startTrainer(job('learned'), (message) => messages.push(message));
    const result = await trainer.result;
    expect(result.steps).toBe(150);

    const model = await openModelDirectory(result.directory);
    expect(model.version).toBe(result.version);
    expect(model.manifest.parent).toBe((await openModelDirectory(base)).version);
    expect(model.manifest.recipe).toMatchObject({ epochs: 50, learningRate: 3e-3, examples: 6, steps: 150 });
    expect(JSON.stringify(model.manifest)).not.toContain('지루하고');

    const session = await openLogitsSession(model, { threads: 1 });
    for (const [i, example] of EXAMPLES.entries()) {
      const logits = [...(await session.run([model.tokenizer.encode(example.text, 128).ids]))];
      expect(model.config.labels[logits.indexOf(Math.max(...logits))], `example ${i}`).toBe(example.label);
    }
    await session.dispose();

    const progress = messages.flatMap((m) => (m.type === 'progress' ? [m.progress] : []));
    expect(messages[0]).toMatchObject({ type: 'engine', name: 'onnxruntime-cpu' });
    expect(progress.at(-1)).toMatchObject({ step: 150, totalSteps: 150, epoch: 50, secondsLeft: 0 });
    expect(progress.at(-1)?.examplesPerSecond).toBeGreaterThan(0);
  });

  it('written in half precision is half the size and reads the same', async () => {
    const full = await runFinetune(job('full', { epochs: 2 }), { onMessage: quiet, signal: never });
    const half = await runFinetune(job('half', { epochs: 2, precision: 'float16' }), {
      onMessage: quiet,
      signal: never,
    });
    const size = async (directory: string) => (await stat(path.join(directory, 'model.safetensors'))).size;
    expect((await size(half.directory)) / (await size(full.directory))).toBeLessThan(0.6);
    const row = [2, 10, 11, 12, 3];
    const logits: Float32Array[] = [];
    for (const { directory } of [full, half]) {
      const session = await openLogitsSession(await openModelDirectory(directory), { threads: 1 });
      logits.push(await session.run([row]));
      await session.dispose();
    }
    // Half precision keeps 11 bits of each weight.
    logits[0]?.forEach((value, i) =>
      expect(Math.abs(value - (logits[1]?.[i] as number))).toBeLessThan(20 * LOGIT_TOLERANCE),
    );
  });

  it('cut off after a checkpoint and started again equals an unbroken one', async () => {
    const settings = { epochs: 4, checkpointEverySteps: 5, tokenDropout: 0.1 };
    const unbroken = await runFinetune(job('unbroken', settings), { onMessage: quiet, signal: never });

    const checkpointDirectory = path.join(folder, 'checkpoints');
    const cut = new AbortController();
    const original = job('resumed', { ...settings, checkpointDirectory });
    const firstHalf = runFinetune(original, {
      onMessage: (message) => message.type === 'checkpoint' && cut.abort(),
      signal: cut.signal,
    });
    await expect(firstHalf).rejects.toMatchObject({
      code: 'training-cancelled',
      message: expect.stringContaining('step 5 of 12') as string,
    });

    const messages: TrainerMessage[] = [];
    const resumed = await runFinetune(original, { onMessage: (m) => messages.push(m), signal: never });
    expect(messages.filter((m) => m.type === 'checkpoint')).toEqual([{ type: 'checkpoint', step: 10 }]);
    const [a, b] = await Promise.all(
      [unbroken, resumed].map(async ({ directory }) => (await openModelDirectory(directory)).loadWeights()),
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
});

describe('the temperature of a calibrated base', () => {
  const temperatureOf = async (name: string, labels: Label[]) => {
    const calibrated = await makeTinyModel(path.join(folder, `base-${name}`), { labels });
    await updateManifest(calibrated, { metrics: { temperature: 1.3 } });
    const change = { baseDirectory: calibrated, epochs: 1 };
    const { directory } = await runFinetune(job(name, change), { onMessage: quiet, signal: never });
    return (await openModelDirectory(directory)).manifest.metrics['temperature'];
  };

  it('goes to a model that goes on from its head', async () => {
    expect(await temperatureOf('with-head', [...LABELS])).toBe(1.3);
  });

  it('goes to no model with a fresh head', async () => {
    expect(await temperatureOf('without-head', [])).toBeUndefined();
  });
});

describe('a run that ends early', () => {
  const long = { epochs: 100_000 };

  it('is cancelled: the process is gone, nothing is written', async () => {
    let onProgress = () => {};
    const begun = new Promise<void>((resolve) => (onProgress = resolve));
    const trainer = startTrainer(job('cancelled', long), (m) => m.type === 'progress' && onProgress());
    await begun;
    await trainer.cancel();
    await expect(trainer.result).rejects.toMatchObject({ code: 'training-cancelled' });
    expect(() => process.kill(trainer.pid, 0)).toThrow('ESRCH');
    expect(await isMissing(path.join(folder, 'cancelled'))).toBe(true);
  });

  it('is killed: the result says how it ended', async () => {
    let onProgress = () => {};
    const begun = new Promise<void>((resolve) => (onProgress = resolve));
    const trainer = startTrainer(job('killed', long), (m) => m.type === 'progress' && onProgress());
    await begun;
    process.kill(trainer.pid, 'SIGKILL');
    await expect(trainer.result).rejects.toMatchObject({
      code: 'training-failed',
      message: expect.stringContaining('SIGKILL') as string,
    });
    expect(await isMissing(path.join(folder, 'killed'))).toBe(true);
  });

  it('diverges: a coded error, nothing written', async () => {
    const run = runFinetune(job('diverged', { learningRate: 1e30, epochs: 50 }), {
      onMessage: quiet,
      signal: never,
    });
    await expect(run).rejects.toMatchObject({ code: 'training-failed' });
    expect(await isMissing(path.join(folder, 'diverged'))).toBe(true);
  });
});

describe('a run that cannot work is refused before it begins', () => {
  it.each([
    ['no examples', { examples: [] }, 'not-enough-data'],
    ['a target that exists', { outDirectory: tmpdir() }, 'usage'],
    ['a base that is not there', { baseDirectory: '/nonexistent' }, 'model-missing-file'],
    ['an engine that is not installed', { engine: 'tfjs' as const }, 'engine-unavailable'],
  ])('%s', async (_name, change, code) => {
    await expect(
      runFinetune(job('refused', change), { onMessage: quiet, signal: never }),
    ).rejects.toMatchObject({ code });
  });
});

describe('the memory of a run', () => {
  it('is bounded before it begins, and while it goes on', async () => {
    const before = runFinetune(job('too-little', { memoryLimit: 1e6 }), { onMessage: quiet, signal: never });
    await expect(before).rejects.toMatchObject({
      code: 'not-enough-memory',
      message: expect.stringMatching(/^training needs \d+ MB of memory, 1 MB are allowed$/) as string,
      hint: expect.stringContaining('NUNCHI_TRAINING_MEMORY_MB') as string,
    });
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(0);
    const onMessage = (message: TrainerMessage) => {
      if (message.type === 'engine') rss.mockReturnValue(2e12);
    };
    const within = runFinetune(job('too-much', { memoryLimit: 1e12 }), { onMessage, signal: never });
    await expect(within).rejects.toThrow('training takes 2000000 MB of memory, 1000000 MB are allowed');
    rss.mockRestore();
  });
});
