// Readings out of what the service answers and what the store keeps.
import type { Reading } from '../labels.js';
import type { ClassifyResult } from '../serve/service.js';
import type { StoredPrediction } from '../store/store.js';

function reading(
  from: Pick<Reading, 'label' | 'confidence' | 'scores' | 'abstained'>,
  abstainReason: Reading['abstainReason'] | null,
): Reading {
  const { label, confidence, scores, abstained } = from;
  return { label, confidence, scores, abstained, ...(abstainReason ? { abstainReason } : {}) };
}

/** Without the text, which is kept elsewhere and erasable. */
export function readingOfResult(result: ClassifyResult): Reading {
  return reading(result, result.abstainReason);
}

export function readingOfPrediction(prediction: StoredPrediction): Reading {
  return reading(prediction, prediction.abstainReason);
}
