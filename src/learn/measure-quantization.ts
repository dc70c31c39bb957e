// What int8 costs a model: its float and its int8 form read the same labelled texts.
import type { QuantizationRecord } from '../bert/model-directory.js';
import type { Label } from '../labels.js';
import { openLogitsSession } from '../onnx/logits-session.js';
import { loadClassifier } from '../serve/classifier.js';
import { evaluateTexts, type EvaluateOptions } from './evaluate.js';

/** Accuracy, 0 to 1, that the int8 form may lose on any of the sets and still be used. */
const TOLERATED_LOSS = 0.003;

export interface LabelledSet {
  /** Named in the record. */
  data: string;
  rows: readonly { text: string; label: Label }[];
}

/**
 * @param directory model directory
 * @returns what belongs into its manifest
 * @throws NunchiError what `loadClassifier` throws
 */
export async function measureQuantization(
  directory: string,
  sets: readonly LabelledSet[],
  options: EvaluateOptions & { threads: number },
): Promise<QuantizationRecord> {
  const accuracies = async (precision: 'float32' | 'int8') => {
    const classifier = await loadClassifier(directory, {
      threads: options.threads,
      threshold: 0,
      openSession: (model, session) => openLogitsSession(model, { ...session, precision }),
    });
    const measured: number[] = [];
    try {
      for (const { rows } of sets) {
        const evaluation = await evaluateTexts((texts) => classifier.classify(texts), rows, options);
        measured.push(evaluation.accuracy);
      }
    } finally {
      await classifier.dispose();
    }
    return measured;
  };
  const float = await accuracies('float32');
  const int8 = await accuracies('int8');
  const evaluations = sets.map(({ data, rows }, index) => ({
    data,
    n: rows.length,
    accuracyFloat: float[index] ?? 0,
    accuracyInt8: int8[index] ?? 0,
  }));
  return judge(evaluations);
}

function judge(evaluations: QuantizationRecord['evaluations']): QuantizationRecord {
  if (evaluations.every(({ n }) => n === 0))
    return { used: false, reason: 'nothing was evaluated', evaluations };
  const worst = evaluations.reduce((a, b) =>
    a.accuracyFloat - a.accuracyInt8 >= b.accuracyFloat - b.accuracyInt8 ? a : b,
  );
  const loss = worst.accuracyFloat - worst.accuracyInt8;
  if (loss <= TOLERATED_LOSS) return { used: true, evaluations };
  const points = `${(loss * 100).toFixed(2)} points`;
  return {
    used: false,
    reason: `int8 loses ${points} on ${worst.data}, more than ${TOLERATED_LOSS * 100}`,
    evaluations,
  };
}
