// What int8 costs a model: its float and its int8 form read the same labelled texts.
import { judgeQuantization } from '../bert/judge-quantization.js';
import type { QuantizationRecord } from '../bert/model-directory.js';
import type { Label } from '../labels.js';
import { openLogitsSession } from '../onnx/logits-session.js';
import { loadClassifier } from '../serve/classifier.js';
import { evaluateTexts, type EvaluateOptions } from './evaluate.js';

export interface LabelledSet {
  /** Named in the record. */
  data: string;
  rows: readonly { text: string; label: Label }[];
}

interface MeasureOptions extends EvaluateOptions {
  threads: number;
  /** Reads the weights of `model.safetensors`, even where the directory has an ONNX file of its own. */
  fromWeights?: boolean;
}

/**
 * @param directory model directory
 * @returns what belongs into its manifest
 * @throws NunchiError what `loadClassifier` throws
 */
export async function measureQuantization(
  directory: string,
  sets: readonly LabelledSet[],
  options: MeasureOptions,
): Promise<QuantizationRecord> {
  const accuracies = async (precision: 'float32' | 'int8') => {
    const classifier = await loadClassifier(directory, {
      threads: options.threads,
      threshold: 0,
      openSession: (model, session) =>
        openLogitsSession(options.fromWeights === true ? { ...model, onnxFile: undefined } : model, {
          ...session,
          precision,
        }),
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
  return judgeQuantization(evaluations);
}
