// Text of the originals: decoded, cut into lines, cleaned as in every file of ours.
import { NunchiError } from '../../errors.js';
import type { LabelledText } from '../labelled-file.js';

export const HEADER = 'text\tlabel';

/** @throws NunchiError `data-format`, with the line where there is one */
export function malformed(file: string, line: number, problem: string): NunchiError {
  return new NunchiError('data-format', `${file}, line ${line}: ${problem}`, {
    hint: 'The original is not in the form that Nunchi converts; please report this line number.',
  });
}

/** @throws NunchiError `data-format` where the bytes are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new NunchiError('data-format', `${file} is not UTF-8`, { cause: error });
  }
}

/** Windows-1252 from 0x80 to 0x9f; elsewhere it is Latin-1. Node 20's own decoder takes it for Latin-1 throughout. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** UTF-8, or Windows-1252 where it is not: files from before 2010 are in either. */
export function decodeOldText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Buffer.from(bytes)
      .toString('latin1')
      .replace(/[\u0080-\u009f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character);
  }
}

/** Lines without their ends; a last line that is empty is none. */
export function toLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** What `cleanText` does, for people. */
export const CLEANING =
  'Whitespace is collapsed, zero-width spaces are removed, rows without a letter are left out.';

/**
 * Whitespace collapsed, zero-width spaces removed.
 * @returns undefined where no letter is left: such rows are not kept
 */
export function cleanText(text: string): string | undefined {
  // Python's whitespace, with which the reference copy was made, has the separators and U+0085 beside JavaScript's.
  const clean = text
    .replace(/[\u200b\ufeff]/g, '')
    .replace(/[\s\x1c-\x1f\x85]+/g, ' ')
    .trim();
  return /\p{L}/u.test(clean) ? clean : undefined;
}

export function toTsv(rows: readonly LabelledText[]): string[] {
  return [HEADER, ...rows.map(({ text, label }) => `${text}\t${label}`)];
}
