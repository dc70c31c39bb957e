// From a model's logits to a reading, and when a reading is "not sure". Pure: the same rules for the command and the service.
import { LABELS, type AbstainReason, type Reading } from '../labels.js';
import type { EncodedText } from '../bert/tokenizer.js';
import { toScores, type ScoreRules } from './text-scores.js';

/** A text is unknown when more than this part of its pieces is `[UNK]`. */
const MOSTLY_UNKNOWN = 0.5;

export interface ReadingRules extends ScoreRules {
  /** Less confidence than this is "not sure", 0 to 1. */
  threshold: number;
}

/** Why this text cannot be read, whatever the model says of it. Its language is looked at elsewhere (foreign-text.ts). */
function unreadable(text: string, encoded: EncodedText): AbstainReason | undefined {
  if (encoded.pieceCount === 0 || text.trim() === '') return 'empty';
  if (encoded.unknownCount / encoded.pieceCount > MOSTLY_UNKNOWN) return 'unknown-text';
  return undefined;
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
