// How good readings are, against what people said: accuracy, F1, confusion and calibration.
import { LABELS, type Label, type Scores } from './labels.js';

export interface LabelMetrics {
  precision: number;
  recall: number;
  f1: number;
  /** Rows that truly have this label. */
  support: number;
}

export interface Confusion {
  /** The compared labels, in the order of rows and columns. */
  labels: readonly Label[];
  /** Texts; a row for each true label, a column for each label read. */
  counts: number[][];
}

/** The readings whose confidence lies in one of the equal parts of 0 to 1. */
export interface CalibrationBin {
  n: number;
  /** Mean, 0 to 1; 0 where there are none. */
  confidence: number;
  /** Part of them that is right, 0 to 1; 0 where there are none. */
  accuracy: number;
}

export interface Metrics {
  n: number;
  accuracy: number;
  /** Mean of the F1 of the compared labels. */
  macroF1: number;
  perLabel: Partial<Record<Label, LabelMetrics>>;
  /** Expected calibration error (Guo et al. 2017), 15 bins of equal width. */
  ece: number;
  confusion: Confusion;
  /** From the least confidence to the most. */
  bins: CalibrationBin[];
}

const CALIBRATION_BINS = 15;

interface ComparedReading {
  actual: Label;
  label: Label;
  confidence: number;
}

/** The labels that are compared for data that holds `labels`: those, or all three where it is only one. */
export function comparedLabels(labels: readonly Label[]): readonly Label[] {
  return labels.length > 1 ? LABELS.filter((label) => labels.includes(label)) : LABELS;
}

/** The likeliest of the compared labels, and its probability among them. */
function predict(scores: Scores, compared: readonly Label[]): { label: Label; confidence: number } {
  const best = compared.reduce((a, b) => (scores[b] > scores[a] ? b : a));
  const total = compared.reduce((sum, label) => sum + scores[label], 0);
  return { label: best, confidence: total > 0 ? scores[best] / total : 1 / compared.length };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

function countConfusion(readings: readonly ComparedReading[], labels: readonly Label[]): Confusion {
  const counts = labels.map((actual) => {
    const own = readings.filter((reading) => reading.actual === actual);
    return labels.map((read) => own.filter(({ label }) => label === read).length);
  });
  return { labels, counts };
}

function toBins(readings: readonly ComparedReading[]): CalibrationBin[] {
  const sums = Array.from({ length: CALIBRATION_BINS }, () => ({ n: 0, confidence: 0, correct: 0 }));
  for (const { actual, label, confidence } of readings) {
    const bin = sums[Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS))];
    if (bin === undefined) continue;
    bin.n += 1;
    bin.confidence += confidence;
    bin.correct += label === actual ? 1 : 0;
  }
  return sums.map(({ n, confidence, correct }) => ({
    n,
    confidence: ratio(confidence, n),
    accuracy: ratio(correct, n),
  }));
}

function labelMetrics({ counts }: Confusion, index: number): LabelMetrics {
  const correct = counts[index]?.[index] ?? 0;
  const support = sum(counts[index] ?? []);
  const predicted = sum(counts.map((row) => row[index] ?? 0));
  return {
    precision: ratio(correct, predicted),
    recall: ratio(correct, support),
    f1: ratio(2 * correct, predicted + support),
    support,
  };
}

/** @param labels those that the data holds, each of `pairs` among them; every pair counts, sure or not. */
export function computeMetrics(
  pairs: readonly { actual: Label; scores: Scores }[],
  labels: readonly Label[],
): Metrics {
  const compared = comparedLabels(labels);
  const readings = pairs.map(({ actual, scores }) => ({ actual, ...predict(scores, compared) }));
  const confusion = countConfusion(readings, compared);
  const bins = toBins(readings);
  const perLabel = compared.map((label, index) => [label, labelMetrics(confusion, index)] as const);
  const n = readings.length;
  return {
    n,
    accuracy: ratio(readings.filter(({ actual, label }) => label === actual).length, n),
    macroF1: sum(perLabel.map(([, { f1 }]) => f1)) / compared.length,
    perLabel: Object.fromEntries(perLabel),
    ece: ratio(sum(bins.map((bin) => bin.n * Math.abs(bin.confidence - bin.accuracy))), n),
    confusion,
    bins,
  };
}
