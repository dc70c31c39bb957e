// Texts with a probability for each label in place of one label: one line of a file of them, read and written.
import { LABELS, type Scores } from '../labels.js';

/** First line of such a file. */
export const SOFT_HEADER = ['text', ...LABELS].join('\t');
/** How far the probabilities of a row may be from a sum of 1: they are rounded where they are written. */
const SUM_TOLERANCE = 1e-3;
const DECIMALS = 6;

/** @param names of the columns, in lower case */
export function isSoftHeader(names: readonly string[]): boolean {
  return [...LABELS, 'text'].every((name) => names.includes(name)) && !names.includes('label');
}

/**
 * @param values as written, in the order of `LABELS`
 * @returns the probabilities, made to sum to 1, or undefined where they are none
 */
export function parseScores(values: readonly string[]): Scores | undefined {
  const numbers = values.map((value) => (value.trim() === '' ? NaN : Number(value)));
  const sum = numbers.reduce((total, value) => total + value, 0);
  // Written so that NaN is refused.
  if (!numbers.every((value) => value >= 0) || !(Math.abs(sum - 1) <= SUM_TOLERANCE)) return undefined;
  const [negative = 0, neutral = 0, positive = 0] = numbers.map((value) => value / sum);
  return { negative, neutral, positive };
}

/** A line without its end; a tab in the text, which would be a column, becomes a space. */
export function softLine(text: string, scores: Scores): string {
  return [text.replaceAll('\t', ' '), ...LABELS.map((label) => scores[label].toFixed(DECIMALS))].join('\t');
}
