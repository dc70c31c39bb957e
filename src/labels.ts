// The three labels and what a reading of one message looks like, shared by every part.

/** In the order of the model's output rows (`id2label`). */
export const LABELS = ['negative', 'neutral', 'positive'] as const;
export type Label = (typeof LABELS)[number];
/** Probabilities, summing to 1. */
export type Scores = Record<Label, number>;

/** Why a reading is "not sure". */
export type AbstainReason = 'low-confidence' | 'unknown-text' | 'empty';

export interface Reading {
  label: Label;
  /** Probability of `label`, 0 to 1. */
  confidence: number;
  scores: Scores;
  abstained: boolean;
  /** Present exactly when `abstained`. */
  abstainReason?: AbstainReason;
}

export function isLabel(value: unknown): value is Label {
  return typeof value === 'string' && (LABELS as readonly string[]).includes(value);
}
