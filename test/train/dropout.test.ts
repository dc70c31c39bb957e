// Dropout masks: right rate, unbiased, a pure function of seed, step and place.
import { describe, expect, it } from 'vitest';
import { dropoutSites, fillMask } from '../../src/train/dropout.js';
import { TINY_CONFIG } from '../fixtures/random-model.js';

describe('fillMask', () => {
  it.each([0.1, 0.3, 0.5])('drops a part of %f and keeps the mean at 1', (rate) => {
    const mask = new Float32Array(200_001);
    fillMask(mask, rate, 1, 2, 3);
    const dropped = mask.filter((v) => v === 0).length / mask.length;
    const mean = mask.reduce((sum, v) => sum + v, 0) / mask.length;
    // The rate is rounded to a 256th; 200,000 draws stray by far less than 0.005.
    expect(Math.abs(dropped - rate)).toBeLessThan(0.007);
    expect(Math.abs(mean - 1)).toBeLessThan(0.01);
    expect(new Set(mask).size).toBe(2);
  });

  it('repeats for the same seed, step and place, and differs where one of them does', () => {
    const draw = (seed: number, step: number, site: number) => {
      const mask = new Float32Array(64);
      fillMask(mask, 0.5, seed, step, site);
      return [...mask].join();
    };
    expect(draw(1, 2, 3)).toBe(draw(1, 2, 3));
    expect(new Set([draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]).size).toBe(4);
  });
});

describe('dropoutSites', () => {
  it('leaves out places of rate 0', () => {
    const none = { ...TINY_CONFIG, hiddenDropout: 0, attentionDropout: 0, classifierDropout: 0 };
    expect(dropoutSites(none, 2, 8, 'all')).toEqual([]);
    expect(dropoutSites({ ...none, attentionDropout: 0.1 }, 2, 8, 'all').map((site) => site.shape)).toEqual([
      [2, 4, 8, 8],
      [2, 4, 8, 8],
    ]);
  });
});
