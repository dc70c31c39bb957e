// When two texts are the same text: for splits, and to keep what a model is measured on out of its training.
import { createHash } from 'node:crypto';

/** Texts that a reader would call the same: NFC, white space collapsed, case folded. */
export function normalisedText(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase();
}

/** sha256 of the normalised text, in hexadecimal. */
export function textKey(text: string): string {
  return createHash('sha256').update(normalisedText(text), 'utf8').digest('hex');
}
