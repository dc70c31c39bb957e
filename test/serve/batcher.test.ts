import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/labels.js';
import { createBatcher } from '../../src/serve/batcher.js';

const reading = (confidence: number): Reading => ({
  label: 'neutral',
  confidence,
  scores: { negative: 0, neutral: 1, positive: 0 },
  abstained: false,
});

/** A model whose runs last until they are let go, one after another. */
function heldModel() {
  const runs: { texts: readonly string[]; finish(): void; fail(error: Error): void }[] = [];
  const arrivals: (() => void)[] = [];
  const classify = (texts: readonly string[]) =>
    new Promise<Reading[]>((resolve, reject) => {
      runs.push({ texts, finish: () => resolve(texts.map((t) => reading(Number(t)))), fail: reject });
      arrivals.shift()?.();
    });
  const nextRun = async () => {
    if (runs.length === 0) await new Promise<void>((resolve) => arrivals.push(resolve));
    const run = runs.shift();
    if (!run) throw new Error('no run');
    return run;
  };
  return { classify: createBatcher(classify), nextRun };
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => String(from + i));

describe('the batcher', () => {
  it('reads what queued up during a run in one next run', async () => {
    const { classify, nextRun } = heldModel();
    const answers = [classify(['0'])];
    const first = await nextRun();
    answers.push(classify(['1']), classify(['2', '3']));
    first.finish();
    const second = await nextRun();
    expect(second.texts).toEqual(['1', '2', '3']);
    second.finish();
    const readings = (await Promise.all(answers)).map((answer) => answer.map((r) => r.confidence));
    expect(readings).toEqual([[0], [1], [2, 3]]);
  });

  it('does not let a big request hold up a small one', async () => {
    const { classify, nextRun } = heldModel();
    const big = classify(numbers(0, 500));
    const first = await nextRun();
    const small = classify(['900']);
    first.finish();
    (await nextRun()).finish();
    expect(await small).toEqual([reading(900)]);
    let done = false;
    void big.then(() => (done = true));
    while (!done) {
      (await nextRun()).finish();
      await new Promise(setImmediate);
    }
    expect((await big).map((r) => r.confidence)).toEqual(numbers(0, 500).map(Number));
  });

  it('fails the requests of a failed run and goes on', async () => {
    const { classify, nextRun } = heldModel();
    const failing = classify(['0']);
    (await nextRun()).fail(new Error('out of memory'));
    await expect(failing).rejects.toThrow('out of memory');
    const next = classify(['1']);
    (await nextRun()).finish();
    expect(await next).toEqual([reading(1)]);
    expect(await classify([])).toEqual([]);
  });
});
