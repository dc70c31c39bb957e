// The seeded generator and the weights made with it.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/bert/random.js';
import { tensorShapes, parseBertConfig } from '../../src/bert/config.js';
import { createUntrainedWeights } from '../../src/bert/untrained.js';

const draw = (...seeds: [number, ...number[]]) => {
  const random = createRandom(...seeds);
  return Array.from({ length: 5 }, () => random.next());
};

describe('createRandom', () => {
  it('repeats itself for the same seed only', () => {
    expect(draw(1)).toEqual(draw(1));
    const seeds: [number, ...number[]][] = [[1], [2], [0], [-1], [2 ** 32 + 1], [1, 1], [1, 2], [2, 1]];
    expect(new Set(seeds.map((seed) => draw(...seed).join())).size).toBe(seeds.length);
  });

  it('is uniform in next and standard in normal', () => {
    const random = createRandom(3);
    const uniform = Array.from({ length: 20_000 }, () => random.next());
    expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(uniform.reduce((a, b) => a + b) / uniform.length).toBeCloseTo(0.5, 1.5);
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    expect(Math.abs(normal.reduce((a, b) => a + b) / normal.length)).toBeLessThan(0.03);
    expect(Math.abs(normal.reduce((a, b) => a + b * b, 0) / normal.length - 1)).toBeLessThan(0.05);
  });

  it('shuffles without losing anything', () => {
    const array = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = createRandom(4).shuffle([...array]);
    expect(shuffled).not.toEqual(array);
    expect(shuffled.sort((a, b) => a - b)).toEqual(array);
  });
});

describe('createUntrainedWeights', () => {
  const config = parseBertConfig(
    {
      model_type: 'bert',
      vocab_size: 50,
      hidden_size: 32,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 64,
      id2label: { '0': 'negative', '1': 'neutral', '2': 'positive' },
    },
    'config.json',
  );

  it('has every tensor in its shape, norms 1, biases 0, kernels of the initial range', () => {
    const weights = createUntrainedWeights(config, 1);
    expect(new Map([...weights].map(([name, { shape }]) => [name, shape]))).toEqual(tensorShapes(config));
    const data = (name: string) => [...(weights.get(name)?.data ?? [])];
    expect(new Set(data('bert.embeddings.LayerNorm.weight'))).toEqual(new Set([1]));
    expect(new Set(data('classifier.bias'))).toEqual(new Set([0]));
    const kernel = data('bert.encoder.layer.0.intermediate.dense.weight');
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(0.04 + 1e-6);
    expect(Math.sqrt(kernel.reduce((a, b) => a + b * b, 0) / kernel.length)).toBeCloseTo(0.0176, 3);
    expect(new Set(data('bert.embeddings.word_embeddings.weight').slice(0, 32))).toEqual(new Set([0]));
  });

  it('makes single tensors with the same numbers', () => {
    const whole = createUntrainedWeights(config, 5);
    const head = createUntrainedWeights(config, 5, ['classifier.weight']);
    expect([...head]).toEqual([['classifier.weight', whole.get('classifier.weight')]]);
  });
});
