// Whether a text is in a language that Nunchi does not read. Cautious: chat is short and odd, so only clear cases count.
// The detector's data takes longer to load than a model: it is no part of the serving process, which every swap starts anew.
// 34,655 English comments of GoEmotions (train and dev) with five words or more: 0 taken for foreign by these limits.
import { eld } from 'eld/extrasmall';
import type { Reading } from '../labels.js';

/** Enough to tell a language by; the detector's time grows with the text. */
const LOOKED_AT = 400;
const LETTER = /\p{L}/gu;
const HANGUL = /\p{Script=Hangul}/gu;
const LATIN = /\p{Script=Latin}/gu;
const LATIN_WORD = /\p{Script=Latin}{2,}/gu;

/** Fewer Latin words than this ("gg", "lol nice") are always read. */
const LEAST_WORDS = 4;
/** Of the likeliest language, 0 to 1. */
const LEAST_SCORE = 0.7;
/** By which it must lead English. */
const LEAST_LEAD = 0.15;

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** True for a text mostly in another script, or of several Latin words that are clearly not English. */
export function isForeign(text: string): boolean {
  const start = text.slice(0, LOOKED_AT);
  const letters = count(start, LETTER);
  const hangul = count(start, HANGUL);
  const other = letters - hangul - count(start, LATIN);
  if (other >= 2 && other > letters / 2) return true;
  if (hangul > 0 || count(start, LATIN_WORD) < LEAST_WORDS) return false;
  const found = eld.detect(start);
  const scores = found.getScores();
  const best = scores[found.language] ?? 0;
  return (
    found.language !== 'en' &&
    found.isReliable() &&
    best >= LEAST_SCORE &&
    best - (scores['en'] ?? 0) >= LEAST_LEAD
  );
}

/** The reading as it was, or "not sure" of a foreign text, however sure the model is of it. */
export function withoutForeign<R extends Reading>(text: string, reading: R): R {
  const { abstainReason } = reading;
  if (abstainReason !== undefined && abstainReason !== 'low-confidence') return reading;
  return isForeign(text) ? { ...reading, abstained: true, abstainReason: 'unknown-text' } : reading;
}
