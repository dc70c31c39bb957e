// From a model's logits to a reading, and when a reading is "not sure". Pure: the same rules for the command and the service.
import { LABELS, type AbstainReason, type Label, type Reading, type Scores } from '../labels.js';
import type { EncodedText } from '../bert/tokenizer.js';
import { isForeign } from './foreign-text.js';

/** A text is unknown when more than this part of its pieces is `[UNK]`. */
const MOSTLY_UNKNOWN = 0.5;

export interface ReadingRules {
  /** The labels in the order of the logits. */
  labels: readonly Label[];
  /** Divides the logits, so that confidence means how often the model is right (Guo et al. 2017); 1 leaves them. */
  temperature: number;
  /** Less confidence than this is "not sure", 0 to 1. */
  threshold: number;
}

/** Softmax of the logits; a label that the model does not have scores 0. */
export function toScores(logits: ArrayLike<number>, rules: ReadingRules): Scores {
  const scaled = rules.labels.map((_, index) => (logits[index] ?? NaN) / rules.temperature);
  const highest = Math.max(...scaled);
  const powers = scaled.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  const scores: Scores = { negative: 0, neutral: 0, positive: 0 };
  rules.labels.forEach((label, index) => {
    scores[label] = (powers[index] ?? 0) / total;
  });
  return scores;
}

/** Why this text cannot be read, whatever the model says of it. */
function unreadable(text: string, encoded: EncodedText): AbstainReason | undefined {
  if (encoded.pieceCount === 0 || text.trim() === '') return 'empty';
  if (encoded.unknownCount / encoded.pieceCount > MOSTLY_UNKNOWN) return 'unknown-text';
  return isForeign(text) ? 'unknown-text' : undefined;
}

export function toReading(
  text: string,
  encoded: EncodedText,
  logits: ArrayLike<number>,
  rules: ReadingRules,
): Reading {
  const scores = toScores(logits, rules);
  const label = LABELS.reduce((best, other) => (scores[other] > scores[best] ? other : best));
  const confidence = scores[label];
  const abstainReason =
    unreadable(text, encoded) ?? (confidence < rules.threshold ? 'low-confidence' : undefined);
  const reading = { label, confidence, scores };
  return abstainReason === undefined
    ? { ...reading, abstained: false }
    : { ...reading, abstained: true, abstainReason };
}
