// Metrics against figures worked out by hand.
import { describe, expect, it } from 'vitest';
import { computeMetrics } from '../src/classification-metrics.js';
import type { Label, Scores } from '../src/labels.js';

const pair = (
  actual: Label,
  negative: number,
  neutral: number,
  positive: number,
): { actual: Label; scores: Scores } => ({
  actual,
  scores: { negative, neutral, positive },
});

describe('computeMetrics', () => {
  it('compares only the labels that the data holds', () => {
    const metrics = computeMetrics(
      [
        pair('negative', 0.3, 0.6, 0.1),
        pair('positive', 0.1, 0.8, 0.1001),
        pair('positive', 0.5, 0.1, 0.4),
        pair('negative', 0.9, 0.05, 0.05),
      ],
      ['negative', 'positive'],
    );
    expect(metrics).toMatchObject({ n: 4, accuracy: 0.75 });
    expect(metrics.perLabel).toEqual({
      negative: { precision: 2 / 3, recall: 1, f1: 0.8, support: 2 },
      positive: { precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
    });
    expect(metrics.macroF1).toBeCloseTo((0.8 + 2 / 3) / 2, 12);
  });

  it('compares all three where the data holds only one', () => {
    const metrics = computeMetrics(
      [pair('positive', 0.1, 0.7, 0.2), pair('positive', 0.1, 0.2, 0.7)],
      ['positive'],
    );
    expect(metrics.accuracy).toBe(0.5);
    expect(metrics.perLabel.neutral).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
    expect(metrics.perLabel.positive).toEqual({ precision: 1, recall: 0.5, f1: 2 / 3, support: 2 });
    expect(metrics.macroF1).toBeCloseTo(2 / 9, 12);
  });

  it('measures calibration over the compared labels', () => {
    const three: Label[] = ['negative', 'neutral', 'positive'];
    // Bin of 0.9: sure of 0.9, right half of the time; bin of 0.5: sure of 0.5, never right.
    const rows = [
      pair('negative', 0.9, 0.1, 0),
      pair('positive', 0.9, 0.1, 0),
      pair('neutral', 0.5, 0.3, 0.2),
    ];
    expect(computeMetrics(rows, three).ece).toBeCloseTo((2 * 0.4 + 0.5) / 3, 12);
    expect(computeMetrics([pair('negative', 1, 0, 0)], three).ece).toBe(0);
    // 0.3 against 0.1 is 0.75 once the neutral score is left out.
    expect(computeMetrics([pair('negative', 0.3, 0.6, 0.1)], ['negative', 'positive']).ece).toBeCloseTo(
      0.25,
      12,
    );
  });

  it('counts what was read as what, and the readings of each confidence', () => {
    const { confusion, bins } = computeMetrics(
      [
        pair('negative', 0.9, 0.06, 0.04),
        pair('negative', 0.2, 0.3, 0.5),
        pair('neutral', 0.88, 0.1, 0.02),
        pair('positive', 0, 0, 1),
      ],
      ['negative', 'neutral', 'positive'],
    );
    expect(confusion).toEqual({
      labels: ['negative', 'neutral', 'positive'],
      counts: [
        [1, 0, 1],
        [1, 0, 0],
        [0, 0, 1],
      ],
    });
    expect(bins.map(({ n }) => n)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 1]);
    expect(bins[13]?.confidence).toBeCloseTo(0.89, 12);
    expect(bins[13]?.accuracy).toBe(0.5);
    expect(bins[7]).toEqual({ n: 1, confidence: 0.5, accuracy: 0 });
    expect(bins[0]).toEqual({ n: 0, confidence: 0, accuracy: 0 });
  });

  it('says zero, not NaN, of no rows', () => {
    expect(computeMetrics([], [])).toMatchObject({ n: 0, accuracy: 0, macroF1: 0, ece: 0 });
  });
});
