// Readings out of what the service answers and what the store keeps, and by which measure a community takes them.
import type { Reading } from '../labels.js';
import type { ClassifyResult } from '../serve/service.js';
import type { StoredPrediction } from '../store/contracts/messages.js';

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

/**
 * Where a community has a measure of its own, it decides what is "not sure", in either direction; a text that could not be read
 * stays unread. What is stored is the installation's reading.
 * @param threshold null: the installation's, which the reading already went by
 */
export function applyThreshold(given: Reading, threshold: number | null): Reading {
  const unreadable = given.abstained && given.abstainReason !== 'low-confidence';
  if (threshold === null || unreadable) return given;
  const abstained = given.confidence < threshold;
  return reading({ ...given, abstained }, abstained ? 'low-confidence' : null);
}
