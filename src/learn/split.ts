// Which texts are held out of training: decided by the text alone, so that a text never changes sides between nights.
import { textKey } from '../data/text-key.js';

/** Out of 100 texts about so many are held out. */
export const HELD_OUT_PERCENT = 20;

/** Stable for ever: the same text is always on the same side. */
export function isHeldOut(text: string, percent: number = HELD_OUT_PERCENT): boolean {
  return Number.parseInt(textKey(text).slice(0, 8), 16) / 2 ** 32 < percent / 100;
}

export interface Split<T> {
  training: T[];
  heldOut: T[];
}

export function splitByText<T extends { text: string }>(rows: readonly T[], percent?: number): Split<T> {
  const split: Split<T> = { training: [], heldOut: [] };
  for (const row of rows) split[isHeldOut(row.text, percent) ? 'heldOut' : 'training'].push(row);
  return split;
}
