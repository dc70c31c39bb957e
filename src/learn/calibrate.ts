// What temperature makes a model's confidence honest, measured in the form that serves (int8 where the manifest says so).
import { NunchiError } from '../errors.js';
import { LABELS, type Label } from '../labels.js';
import { loadClassifier, type Classifier } from '../serve/classifier.js';
import { toScores } from '../serve/text-scores.js';
import type { EvaluateOptions } from './evaluate.js';
import type { LabelledSet } from './measure-quantization.js';
import { comparedLabels, computeMetrics } from '../classification-metrics.js';
import { fitTemperature, negativeLogLikelihood, type LogitRow } from './temperature.js';

/** Texts given to the model at once. */
const CHUNK = 2_048;

export interface CalibrationFigures {
  /** Mean negative log-likelihood in nats. */
  nll: number;
  /** Expected calibration error, 15 bins. */
  ece: number;
}

export interface Calibration {
  model: string;
  /** Which form of the model was read. */
  engine: string;
  temperature: { before: number; after: number };
  sets: { data: string; n: number; before: CalibrationFigures; after: CalibrationFigures }[];
}

interface LogitSet {
  labels: readonly Label[];
  rows: LogitRow[];
}

/** Only labels that the data holds compete, as in `computeMetrics`, and only those that the model knows. */
function competingLabels(classifier: Classifier, { data, rows }: LabelledSet): readonly Label[] {
  const held = LABELS.filter((label) => rows.some((row) => row.label === label));
  const { labels } = classifier.rules;
  const unknown = held.find((label) => !labels.includes(label));
  if (unknown !== undefined) {
    throw new NunchiError('data-format', `${data} holds "${unknown}", a label that the model does not have`, {
      hint: 'Leave its rows out, or use a model that knows it.',
    });
  }
  return comparedLabels(held).filter((label) => labels.includes(label));
}

async function readLogits(
  classifier: Classifier,
  set: LabelledSet,
  { onProgress }: EvaluateOptions,
): Promise<LogitSet> {
  const labels = competingLabels(classifier, set);
  const width = classifier.rules.labels.length;
  const places = labels.map((label) => classifier.rules.labels.indexOf(label));
  const rows: LogitRow[] = [];
  for (let at = 0; at < set.rows.length; at += CHUNK) {
    const chunk = set.rows.slice(at, at + CHUNK);
    const logits = await classifier.logits(chunk.map(({ text }) => text));
    chunk.forEach(({ label }, row) => {
      const own = places.map((place) => logits[row * width + place] ?? NaN);
      rows.push({ logits: own, actual: labels.indexOf(label) });
    });
    onProgress?.(rows.length, set.rows.length);
  }
  return { labels, rows };
}

function figures({ labels, rows }: LogitSet, temperature: number): CalibrationFigures {
  const pairs = rows.map(({ logits, actual }) => ({
    actual: labels[actual] as Label,
    scores: toScores(logits, { labels, temperature }),
  }));
  return { nll: negativeLogLikelihood(rows, temperature), ece: computeMetrics(pairs, labels).ece };
}

/**
 * @param directory model directory; "before" is the temperature of its manifest
 * @param sets each with at least one row
 * @throws NunchiError `data-format` for a label that the model lacks, `not-enough-data`, what `loadClassifier` throws
 */
export async function calibrate(
  directory: string,
  sets: readonly LabelledSet[],
  options: EvaluateOptions & { threads: number },
): Promise<Calibration> {
  const classifier = await loadClassifier(directory, { threads: options.threads, threshold: 0 });
  try {
    const read: LogitSet[] = [];
    for (const set of sets) read.push(await readLogits(classifier, set, options));
    const before = classifier.rules.temperature;
    const after = fitTemperature(read.map(({ rows }) => rows));
    return {
      model: classifier.version,
      engine: classifier.engine,
      temperature: { before, after },
      sets: read.map((set, index) => ({
        data: sets[index]?.data ?? '',
        n: set.rows.length,
        before: figures(set, before),
        after: figures(set, after),
      })),
    };
  } finally {
    await classifier.dispose();
  }
}
