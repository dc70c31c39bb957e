// The affine map of a community: what it finds, and that it keeps to the shared reading where nothing speaks against it.
import { describe, expect, it } from 'vitest';
import { LABELS, type Label, type Scores } from '../../../src/labels.js';
import { applyHead, fitHead, labelOf, type LabelledScores } from '../../../src/learn/community/head.js';

/** Texts as a model reads them, the same ones every time. */
function readings(count: number): Scores[] {
  return Array.from({ length: count }, (_, i) => {
    const raw = LABELS.map((_label, j) => 0.05 + ((i * 37 + j * 61) % 101) / 101);
    const sum = raw.reduce((a, b) => a + b, 0);
    const [negative = 0, neutral = 0, positive = 0] = raw.map((value) => value / sum);
    return { negative, neutral, positive };
  });
}
const labelled = (scores: readonly Scores[], label: (scores: Scores) => Label): LabelledScores[] =>
  scores.map((one) => ({ scores: one, label: label(one) }));
const agreement = (rows: readonly LabelledScores[], read: (scores: Scores) => Label) =>
  rows.filter(({ scores, label }) => read(scores) === label).length / rows.length;

describe('the head of a community', () => {
  it('is the shared reading without labels', () => {
    const head = fitHead([]);
    for (const scores of readings(20)) {
      for (const label of LABELS) expect(applyHead(head, scores)[label]).toBeCloseTo(scores[label], 6);
    }
  });

  it('learns what the community means by a label, and reads other texts so', () => {
    const all = readings(400);
    const habit = (scores: Scores) => (labelOf(scores) === 'neutral' ? 'negative' : labelOf(scores));
    const head = fitHead(labelled(all.slice(0, 100), habit));
    const others = labelled(all.slice(100), habit);
    expect(agreement(others, labelOf)).toBeLessThan(0.75);
    expect(agreement(others, (scores) => labelOf(applyHead(head, scores)))).toBeGreaterThan(0.9);
  });

  it('is not turned by one label among many that agree with the model', () => {
    const all = readings(100);
    const rows = labelled(all, labelOf);
    const [first] = rows;
    if (first) rows[0] = { ...first, label: LABELS.find((label) => label !== first.label) ?? first.label };
    const head = fitHead(rows);
    expect(agreement(rows.slice(1), (scores) => labelOf(applyHead(head, scores)))).toBeGreaterThan(0.95);
  });

  it('gives probabilities, of readings without any doubt too', () => {
    const rows = labelled(readings(60), () => 'positive');
    const read = applyHead(fitHead(rows), { negative: 1, neutral: 0, positive: 0 });
    expect(LABELS.reduce((sum, label) => sum + read[label], 0)).toBeCloseTo(1, 12);
    for (const label of LABELS) expect(read[label]).toBeGreaterThanOrEqual(0);
  });
});
