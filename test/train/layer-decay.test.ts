// Learning rates by layer, at the figures that the convention gives.
import { describe, expect, it } from 'vitest';
import { tensorShapes } from '../../src/bert/config.js';
import { layerFactor } from '../../src/train/layer-decay.js';
import { TINY_CONFIG } from '../fixtures/random-model.js';

describe('layerFactor', () => {
  it.each([
    ['classifier.weight', 1],
    ['bert.pooler.dense.bias', 1],
    ['cls.predictions.bias', 1],
    ['bert.encoder.layer.11.output.dense.weight', 0.5],
    ['bert.encoder.layer.10.attention.self.query.bias', 0.25],
    ['bert.encoder.layer.0.output.LayerNorm.weight', 0.5 ** 12],
    ['bert.embeddings.word_embeddings.weight', 0.5 ** 13],
  ])('of %s is %d, at 12 layers and a decay of 0.5', (name, factor) => {
    expect(layerFactor(name, 12, 0.5)).toBe(factor);
  });

  it('knows every weight of a model, and is 1 for all of them at a decay of 1', () => {
    const names = [...tensorShapes(TINY_CONFIG).keys()];
    const { layers } = TINY_CONFIG;
    expect(new Set(names.map((name) => layerFactor(name, layers, 0.5)))).toEqual(
      new Set([1, 0.5, 0.25, 0.125]),
    );
    expect(new Set(names.map((name) => layerFactor(name, layers, 1)))).toEqual(new Set([1]));
  });
});
