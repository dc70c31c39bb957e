// Balanced class weights against scikit-learn's formula.
import { describe, expect, it } from 'vitest';
import type { Label } from '../../src/labels.js';
import { balancedWeights } from '../../src/train/class-weights.js';
import type { TrainingExample } from '../../src/train/job.js';

const rows = (label: TrainingExample['label'], count: number, weight?: number): TrainingExample[] =>
  Array.from({ length: count }, () => ({ text: '', label, ...(weight === undefined ? {} : { weight }) }));
const hard = (counts: Partial<Record<Label, number>>) =>
  Object.entries(counts).flatMap(([label, count]) => rows(label as Label, count));

describe('balancedWeights', () => {
  it('is n / (labels · count)', () => {
    const weights = balancedWeights(hard({ negative: 6, neutral: 1, positive: 3 }));
    expect(weights.negative).toBeCloseTo(10 / (3 * 6), 12);
    expect(weights.neutral).toBeCloseTo(10 / 3, 12);
    expect(weights.positive).toBeCloseTo(10 / (3 * 3), 12);
  });

  it('counts only labels that occur, and gives the others 1', () => {
    expect(balancedWeights(hard({ negative: 3, positive: 1 }))).toEqual({
      negative: 4 / (2 * 3),
      neutral: 1,
      positive: 2,
    });
  });

  it('counts distributions by their probabilities and examples by their weights', () => {
    const soft = rows({ negative: 0.5, neutral: 0, positive: 0.5 }, 4);
    expect(balancedWeights([...soft, ...rows('positive', 1, 2)])).toEqual({
      negative: 6 / (2 * 2),
      neutral: 1,
      positive: 6 / (2 * 4),
    });
  });
});
