// From a text to token ids, and from logits to probabilities: what serving and the evaluation of a model that is still
// trained do alike. Pure.
import type { BertConfig } from '../bert/config.js';
import type { BertTokenizer, EncodedText } from '../bert/tokenizer.js';
import type { Label, Scores } from '../labels.js';

/** Longest sequence read, `[CLS]` and `[SEP]` included; the rest of a text is not looked at. */
const MAX_TOKENS = 128;
/** Characters that are tokenized; more than `MAX_TOKENS` need in any real text. */
const MAX_CHARACTERS = 10_000;

export interface ScoreRules {
  /** The labels in the order of the logits. */
  labels: readonly Label[];
  /** Divides the logits, so that confidence means how often the model is right (Guo et al. 2017); 1 leaves them. */
  temperature: number;
}

/** As much of a text as a model reads. */
export function encodeText(
  tokenizer: BertTokenizer,
  { maxPositions }: Pick<BertConfig, 'maxPositions'>,
  text: string,
): EncodedText {
  return tokenizer.encode(text.slice(0, MAX_CHARACTERS), Math.min(MAX_TOKENS, maxPositions));
}

/** Softmax of the logits; a label that the model does not have scores 0. */
export function toScores(logits: ArrayLike<number>, rules: ScoreRules): Scores {
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
