// How good readings are, against what people said: accuracy, F1 and calibration.
import { LABELS, type Label, type Scores } from '../labels.js';

export interface LabelMetrics {
  precision: number;
  recall: number;
  f1: number;
  /** Rows that truly have this label. */
  support: number;
}

export interface Metrics {
  n: number;
  accuracy: number;
  /** Mean of the F1 of the compared labels. */
  macroF1: number;
  perLabel: Partial<Record<Label, LabelMetrics>>;
  /** Expected calibration error (Guo et al. 2017), 15 bins of equal width. */
  ece: number;
}

const CALIBRATION_BINS = 15;

/** The labels that are compared for data that holds `labels`: those, or all three where it is only one. */
function comparedLabels(labels: readonly Label[]): readonly Label[] {
  return labels.length > 1 ? LABELS.filter((label) => labels.includes(label)) : LABELS;
}

/** The likeliest of the compared labels, and its probability among them. */
function predict(scores: Scores, compared: readonly Label[]): { label: Label; confidence: number } {
  const best = compared.reduce((a, b) => (scores[b] > scores[a] ? b : a));
  const total = compared.reduce((sum, label) => sum + scores[label], 0);
  return { label: best, confidence: total > 0 ? scores[best] / total : 1 / compared.length };
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** @param labels those that the data holds; every pair counts, sure or not. */
export function computeMetrics(
  pairs: readonly { actual: Label; scores: Scores }[],
  labels: readonly Label[],
): Metrics {
  const compared = comparedLabels(labels);
  const tally = new Map(LABELS.map((label) => [label, { correct: 0, predicted: 0, support: 0 }]));
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ confidence: 0, correct: 0 }));
  let correct = 0;
  for (const { actual, scores } of pairs) {
    const { label, confidence } = predict(scores, compared);
    const hit = label === actual ? 1 : 0;
    correct += hit;
    const [predicted, truth] = [tally.get(label), tally.get(actual)];
    if (predicted !== undefined) {
      predicted.predicted += 1;
      predicted.correct += hit;
    }
    if (truth !== undefined) truth.support += 1;
    const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS))];
    if (bin !== undefined) {
      bin.confidence += confidence;
      bin.correct += hit;
    }
  }
  const perLabel: Partial<Record<Label, LabelMetrics>> = {};
  let f1Sum = 0;
  for (const label of compared) {
    const counts = tally.get(label) ?? { correct: 0, predicted: 0, support: 0 };
    const f1 = ratio(2 * counts.correct, counts.predicted + counts.support);
    f1Sum += f1;
    perLabel[label] = {
      precision: ratio(counts.correct, counts.predicted),
      recall: ratio(counts.correct, counts.support),
      f1,
      support: counts.support,
    };
  }
  return {
    n: pairs.length,
    accuracy: ratio(correct, pairs.length),
    macroF1: f1Sum / compared.length,
    perLabel,
    ece: ratio(
      bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.correct), 0),
      pairs.length,
    ),
  };
}
