// Batches: every example once per epoch, in an order that seed and epoch decide, padded and masked as asked.
import { describe, expect, it } from 'vitest';
import type { BertTokenizer } from '../../src/bert/tokenizer.js';
import type { EncodedExamples } from '../../src/train/batches.js';
import { encodeExamples, epochBatches, toBatch, type BatchConfig } from '../../src/train/batches.js';

/** Example i has `3 + i % 20` tokens: 2, then its own number again and again, then 3. */
function examples(count: number): EncodedExamples {
  const rows = Array.from({ length: count }, (_, i) => [
    2,
    ...new Array<number>(1 + (i % 20)).fill(10 + i),
    3,
  ]);
  const offsets = new Int32Array(count + 1);
  rows.forEach((row, i) => (offsets[i + 1] = (offsets[i] as number) + row.length));
  const targets = Float32Array.from({ length: 3 * count }, (_, i) =>
    i % 3 === Math.floor(i / 3) % 3 ? 1 : 0,
  );
  return { ids: Int32Array.from(rows.flat()), offsets, targets, weights: new Float32Array(count).fill(1) };
}

const config: BatchConfig = {
  classWeights: [1, 1, 1],
  padTokenId: 0,
  maskTokenId: 4,
  labelSmoothing: 0,
  tokenDropout: 0,
  seed: 1,
};

describe('encodeExamples', () => {
  const tokenizer = {
    encode: (text: string, maxLength: number) => ({ ids: [2, ...text].slice(0, maxLength).map(Number) }),
  } as unknown as BertTokenizer;

  it('keeps ids, labels, distributions and weights', () => {
    const rows = [
      { text: '12345', label: 'positive' as const },
      { text: '6', label: { negative: 0.5, neutral: 0.25, positive: 0.25 }, weight: 3 },
    ];
    expect(encodeExamples(rows, tokenizer, 4)).toEqual({
      ids: Int32Array.of(2, 1, 2, 3, 2, 6),
      offsets: Int32Array.of(0, 4, 6),
      targets: Float32Array.of(0, 0, 1, 0.5, 0.25, 0.25),
      weights: Float32Array.of(1, 3),
    });
  });
});

describe('epochBatches', () => {
  const set = examples(1000);

  it('holds every example exactly once', () => {
    const batches = epochBatches(set, 32, 1, 0);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(batches.length).toBe(Math.ceil(1000 / 32));
  });

  it('repeats for the same seed and epoch and differs for others', () => {
    expect(epochBatches(set, 32, 1, 2)).toEqual(epochBatches(set, 32, 1, 2));
    expect(epochBatches(set, 32, 1, 3)).not.toEqual(epochBatches(set, 32, 1, 2));
    expect(epochBatches(set, 32, 9, 2)).not.toEqual(epochBatches(set, 32, 1, 2));
  });

  it('puts texts of like length together', () => {
    const width = (i: number) => (set.offsets[i + 1] as number) - (set.offsets[i] as number);
    const spread = epochBatches(set, 32, 1, 0).map(
      (rows) => Math.max(...rows.map(width)) - Math.min(...rows.map(width)),
    );
    expect(Math.max(...spread)).toBeLessThanOrEqual(2);
  });
});

describe('toBatch', () => {
  it('pads to a bucket length and marks the padding', () => {
    const batch = toBatch(examples(3), [0, 2], config, 0);
    expect([batch.batch, batch.length]).toEqual([2, 8]);
    expect([...batch.tokens.input_ids]).toEqual([2, 10, 3, 0, 0, 0, 0, 0, 2, 12, 12, 12, 3, 0, 0, 0]);
    expect([...batch.tokens.attention_mask]).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect([...(batch.inputs['targets'] as Float32Array)]).toEqual([1, 0, 0, 0, 0, 1]);
    expect([...(batch.inputs['example_weights'] as Float32Array)]).toEqual([0.5, 0.5]);
  });

  it('spreads label smoothing over all labels, each row summing to 1', () => {
    const targets = toBatch(examples(3), [1], { ...config, labelSmoothing: 0.3 }, 0).inputs[
      'targets'
    ] as Float32Array;
    expect([...targets].map((t) => Number(t.toFixed(6)))).toEqual([0.1, 0.8, 0.1]);
  });

  // Computed with torch.nn.CrossEntropyLoss(weight=W, label_smoothing=…) of PyTorch 1.13 in double precision; for the
  // distributions reduction='sum', divided by (targets * W).sum().
  const LOGITS = [
    [0.5, -1, 2],
    [1, 0.25, -0.5],
    [-2, 0, 0.125],
    [0.75, 0.5, -1.5],
  ];
  const W = [0.5, 4, 1.25];
  const HARD = [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0];
  const SOFT = [0.1, 0.2, 0.7, 0.6, 0.4, 0, 0, 1, 0, 0.25, 0.5, 0.25];
  it.each([
    ['class weights', HARD, 0, 0.7565217356330614],
    ['class weights and label smoothing', HARD, 0.2, 0.8449246475276593],
    ['class weights over distributions', SOFT, 0, 1.104909503003852],
  ])('with %s gives the loss of PyTorch', (_name, targets, labelSmoothing, expected) => {
    const set = { ...examples(4), targets: Float32Array.from(targets) };
    const { inputs } = toBatch(set, [0, 1, 2, 3], { ...config, classWeights: W, labelSmoothing }, 0);
    const loss = LOGITS.reduce((sum, row, r) => {
      const total = Math.log(row.reduce((all, logit) => all + Math.exp(logit), 0));
      const terms = row.map((logit, c) => (total - logit) * (inputs['targets']?.[3 * r + c] as number));
      return sum + (inputs['example_weights']?.[r] as number) * terms.reduce((a, b) => a + b);
    }, 0);
    expect(loss).toBeCloseTo(expected, 6);
  });

  it('weighs each example by its own weight, summing to 1', () => {
    const set = { ...examples(3), weights: Float32Array.of(1, 0.5, 2.5) };
    const weights = toBatch(set, [2, 0, 1], config, 0).inputs['example_weights'] as Float32Array;
    expect([...weights]).toEqual([2.5 / 4, 1 / 4, 0.5 / 4]);
  });

  it('masks about the asked part of the tokens, never [CLS], [SEP] or padding, the same in a repeated step', () => {
    const set = examples(600);
    const rows = Array.from({ length: 600 }, (_, i) => i);
    const masked = toBatch(set, rows, { ...config, tokenDropout: 0.2 }, 5).tokens;
    const plain = toBatch(set, rows, config, 5).tokens;
    const changed = [...masked.input_ids].flatMap((id, i) => (id === plain.input_ids[i] ? [] : [i]));
    expect(
      changed.every(
        (i) => masked.input_ids[i] === config.maskTokenId && (plain.input_ids[i] as number) >= 10,
      ),
    ).toBe(true);
    const inner = [...plain.input_ids].filter((id) => id >= 10).length;
    expect(changed.length / inner).toBeGreaterThan(0.17);
    expect(changed.length / inner).toBeLessThan(0.23);
    expect(toBatch(set, rows, { ...config, tokenDropout: 0.2 }, 5).tokens.input_ids).toEqual(
      masked.input_ids,
    );
    expect(toBatch(set, rows, { ...config, tokenDropout: 0.2 }, 6).tokens.input_ids).not.toEqual(
      masked.input_ids,
    );
  });
});
