// Reads labelled texts with a model and counts how often it is right: the figures of `nunchi evaluate`.
import type { Reading } from '../labels.js';
import { LABELS, type Label, type Scores } from '../labels.js';
import { computeMetrics, type Metrics } from '../classification-metrics.js';

/** Texts given to the model at once. */
const CHUNK = 2_048;

export interface Evaluation extends Metrics {
  /** Texts read per second of reading, loading not counted. */
  itemsPerSecond: number;
}

export interface EvaluateOptions {
  onProgress?: (done: number, total: number) => void;
}

/**
 * Every row counts, whether the model abstains or not; labels that the rows do not hold are not compared (all three are
 * where they hold only one).
 */
export async function evaluateTexts(
  classify: (texts: readonly string[]) => Promise<readonly Reading[]>,
  rows: readonly { text: string; label: Label }[],
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const pairs: { actual: Label; scores: Scores }[] = [];
  const start = performance.now();
  for (let at = 0; at < rows.length; at += CHUNK) {
    const chunk = rows.slice(at, at + CHUNK);
    const readings = await classify(chunk.map(({ text }) => text));
    chunk.forEach(({ label }, index) => {
      const reading = readings[index];
      if (reading) pairs.push({ actual: label, scores: reading.scores });
    });
    options.onProgress?.(pairs.length, rows.length);
  }
  const seconds = (performance.now() - start) / 1000;
  const held = LABELS.filter((label) => rows.some((row) => row.label === label));
  return {
    ...computeMetrics(pairs, held),
    itemsPerSecond: seconds > 0 ? Math.round((rows.length / seconds) * 10) / 10 : 0,
  };
}
