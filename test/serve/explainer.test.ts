// Why a text is read as it is: the weights add up to what the model says, and the process comes and goes with the questions.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { LABELS, type Label } from '../../src/labels.js';
import { openLogitsSession } from '../../src/onnx/logits-session.js';
import { loadAttributor, type Attributor } from '../../src/serve/attributor.js';
import { createExplainer, type Explainer } from '../../src/serve/explainer.js';
import { makeServedModel } from './served-model.js';

/** Of the trapezoidal rule over the way from the baseline to the text, in logits. */
const COMPLETENESS_TOLERANCE = 0.02;

let folder: string;
let first: string;
let second: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-explainer-'));
  first = await makeServedModel(path.join(folder, 'first'), 1);
  second = await makeServedModel(path.join(folder, 'second'), 2);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the attribution of words', () => {
  let attributor: Attributor;
  beforeAll(async () => {
    attributor = await loadAttributor(first, { threads: 1 });
  });

  it('adds up to how far the text is from one that says nothing, for every pair of labels', async () => {
    const model = await openModelDirectory(first);
    const session = await openLogitsSession(model, { threads: 1, precision: 'float32' });
    const { tokenizer } = model;
    for (const text of ['이 영화 정말 재미있어요', 'i hate this terrible movie', '너무 지루하다 ㅠㅠ']) {
      const { ids } = tokenizer.encode(text, 128);
      const masked = ids.map((id, i) => (i === 0 || i === ids.length - 1 ? id : tokenizer.maskId));
      const [at, from] = [await session.run([ids]), await session.run([masked])];
      for (const [index, label] of LABELS.entries()) {
        const { rival, words } = await attributor.explain(text, label);
        const other = LABELS.indexOf(rival);
        const others = [0, 1, 2].filter((one) => one !== index);
        expect(at[other]).toBe(Math.max(...others.map((one) => at[one] ?? NaN)));
        const margin = (logits: Float32Array) => (logits[index] ?? NaN) - (logits[other] ?? NaN);
        const sum = words.reduce((total, { weight }) => total + weight, 0);
        expect(Math.abs(sum - (margin(at) - margin(from)))).toBeLessThan(COMPLETENESS_TOLERANCE);
        expect(Math.abs(sum)).toBeGreaterThan(0);
      }
    }
    await session.dispose();
  });

  it('gives the words of the text in their order, pieces joined', async () => {
    const { words, model } = await attributor.explain('정말 재미없다, ㅋㅋ!', 'negative');
    expect(words.map(({ word }) => word)).toEqual(['정말', '재미없다', ',', 'ㅋㅋ', '!']);
    expect(model).toBe((await openModelDirectory(first)).version);
    expect((await attributor.explain('', 'negative')).words).toEqual([]);
  });
});

describe('the process that explains', () => {
  const explainers: Explainer[] = [];
  const create = (options: Partial<Parameters<typeof createExplainer>[0]> = {}) => {
    const explainer = createExplainer({ threads: 1, ...options });
    explainers.push(explainer);
    return explainer;
  };
  afterEach(() => Promise.all(explainers.splice(0).map((explainer) => explainer.stop())));

  it('answers several questions at once in one process, and leaves when it is not asked any more', async () => {
    const explainer = create({ idleMs: 50 });
    expect(explainer.pid).toBeNull();
    const asking = [explainer.explain(first, 'i love this', 'positive')];
    const { pid } = explainer;
    asking.push(explainer.explain(first, 'what a day', 'negative'));
    expect(explainer.pid).toBe(pid);
    const [love, day] = await Promise.all(asking);
    expect(love?.words.map(({ word }) => word)).toEqual(['i', 'love', 'this']);
    expect(day?.label).toBe('negative');
    await vi.waitUntil(() => explainer.pid === null, { timeout: 10_000 });
  });

  it('goes with the model: another directory is asked in another process', async () => {
    const explainer = create();
    const before = await explainer.explain(first, 'i love this', 'positive');
    const { pid } = explainer;
    const after = await explainer.explain(second, 'i love this', 'positive');
    expect(explainer.pid).not.toBe(pid);
    expect(after.model).not.toBe(before.model);
    expect(after.words).not.toEqual(before.words);
  });

  it('says so where the process dies, and answers the next question', async () => {
    const explainer = create();
    const asked = explainer.explain(first, 'i love this', 'positive');
    process.kill(explainer.pid ?? NaN, 'SIGKILL');
    await expect(asked).rejects.toMatchObject({ code: 'serving-failed' });
    expect((await explainer.explain(first, 'i love this', 'positive')).words).toHaveLength(3);
  });

  it('passes on why a model cannot be loaded', async () => {
    const explainer = create();
    const missing = path.join(folder, 'missing');
    await expect(explainer.explain(missing, 'hello', 'neutral')).rejects.toMatchObject({
      code: 'model-missing-file',
    });
  });

  it('a question that cannot be answered takes no other one down', async () => {
    const explainer = create();
    const good = explainer.explain(first, 'i love this', 'positive');
    const { pid } = explainer;
    const bad = explainer.explain(first, 'i love this', 'happy' as Label);
    await expect(bad).rejects.toMatchObject({ code: 'invalid-input' });
    expect((await good).words).toHaveLength(3);
    await explainer.explain(first, 'what a day', 'negative');
    expect(explainer.pid).toBe(pid);
  });

  it('takes no question once it is stopped', async () => {
    const explainer = create();
    await explainer.stop();
    await expect(explainer.explain(first, 'hello', 'neutral')).rejects.toMatchObject({
      code: 'serving-stopped',
    });
  });
});
