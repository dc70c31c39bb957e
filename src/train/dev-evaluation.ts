// How good the weights of a run are on its dev sets, which were best, and when nothing better is to be expected.
import type { BertConfig } from '../bert/config.js';
import type { BertTokenizer } from '../bert/tokenizer.js';
import type { Weights } from '../bert/weights.js';
import { computeMetrics } from '../classification-metrics.js';
import { NunchiError } from '../errors.js';
import { LABELS } from '../labels.js';
import { openLogitsWeights, type LogitsSession } from '../onnx/logits-session.js';
import { encodeText, toScores } from '../serve/text-scores.js';
import type { DevEvaluation, DevSet, FinetuneJob } from './job.js';

/** Texts between two looks at whether the run is cancelled. */
const CHUNK = 512;

export type EvaluateDev = (weights: Weights, step: number) => Promise<DevEvaluation>;

/**
 * Tokenizes the sets once. The figures are those of `nunchi evaluate` for the same weights in float32.
 * @returns what evaluates weights; throws NunchiError `training-cancelled` where `signal` is aborted meanwhile
 */
export function createDevEvaluator(
  { dev, threads }: Pick<FinetuneJob, 'dev' | 'threads'>,
  config: BertConfig,
  tokenizer: BertTokenizer,
  signal: AbortSignal,
): EvaluateDev {
  const ids = dev.map(({ rows }) => rows.map(({ text }) => encodeText(tokenizer, config, text).ids));
  const rules = { labels: config.labels, temperature: 1 };

  const measure = async (session: LogitsSession, { rows }: DevSet, encoded: readonly number[][]) => {
    const pairs: Parameters<typeof computeMetrics>[0][number][] = [];
    for (let start = 0; start < rows.length; start += CHUNK) {
      if (signal.aborted)
        throw new NunchiError('training-cancelled', 'the run was cancelled on its dev sets');
      const logits = await session.run(encoded.slice(start, start + CHUNK));
      const width = config.labels.length;
      rows.slice(start, start + CHUNK).forEach(({ label }, i) => {
        pairs.push({ actual: label, scores: toScores(logits.subarray(i * width, (i + 1) * width), rules) });
      });
    }
    const held = LABELS.filter((label) => rows.some((row) => row.label === label));
    const { accuracy, macroF1 } = computeMetrics(pairs, held);
    return { accuracy, macroF1 };
  };

  return async (weights, step) => {
    const session = await openLogitsWeights(config, weights, { threads, spin: false, precision: 'float32' });
    try {
      const sets: DevEvaluation['sets'] = {};
      for (const [i, set] of dev.entries()) sets[set.name] = await measure(session, set, ids[i] ?? []);
      const sum = Object.values(sets).reduce((total, { macroF1 }) => total + macroF1, 0);
      return { step, sets, macroF1: sum / dev.length };
    } finally {
      await session.dispose();
    }
  };
}

/** The one with the highest mean macro-F1, of equal ones the first. */
export function bestEvaluation(evaluations: readonly DevEvaluation[]): DevEvaluation | undefined {
  return evaluations.reduce<DevEvaluation | undefined>(
    (best, one) => (best === undefined || one.macroF1 > best.macroF1 ? one : best),
    undefined,
  );
}

/** Whether the last `patience` evaluations found nothing better than one before them. */
export function isOutOfPatience(
  evaluations: readonly DevEvaluation[],
  patience: number | undefined,
): boolean {
  const best = bestEvaluation(evaluations);
  if (patience === undefined || best === undefined) return false;
  return evaluations.length - 1 - evaluations.indexOf(best) >= patience;
}
