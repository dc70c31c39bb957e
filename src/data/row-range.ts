// Some of the rows of a data file.
import { NunchiError } from '../errors.js';

/** Rows are counted from 1; a header and, where there is one, blank lines are not rows. */
export interface RowRange {
  /** @default 1 */
  from?: number;
  /** The last row. @default the last one of the file */
  to?: number;
}

/**
 * @param rows that the file has, as far as `to` at least
 * @throws NunchiError `usage` where it has not those of the range
 */
export function checkInside(file: string, rows: number, { from = 1, to }: RowRange): void {
  if (rows >= (to ?? from)) return;
  const asked = to === undefined ? `from row ${from} on` : `rows ${from} to ${to}`;
  throw new NunchiError('usage', `${file} has ${rows} rows; asked for were ${asked}`, {
    hint: 'Rows are counted from 1, without the header.',
  });
}
