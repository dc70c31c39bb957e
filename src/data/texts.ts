// The texts of a file without their labels: one a line, or a column of a labelled file.
import { checkInside, type RowRange } from './row-range.js';
import { isSoftHeader } from './soft-labels.js';
import { readLines } from './text-lines.js';

/** The column of the texts, or undefined where the line is no header of a labelled file. */
function textColumn(line: string): number | undefined {
  const names = line.split('\t').map((name) => name.trim().toLowerCase());
  const index = names.findIndex((name) => name === 'text' || name === 'document');
  const isHeader = index !== -1 && (names.includes('label') || isSoftHeader(names));
  return isHeader ? index : undefined;
}

/**
 * @returns the column `text` or `document` where the first line is a header that has one beside the labels, blank lines
 * left out; else the lines
 * @param limit most texts, of those that the range holds
 * @throws NunchiError as `readLines`, `usage` where the range is not inside the file
 */
export async function* readTexts(
  file: string,
  range: RowRange = {},
  limit = Infinity,
): AsyncGenerator<string> {
  const { from = 1, to = Infinity } = range;
  let column: number | undefined;
  let isFirst = true;
  let row = 0;
  for await (const line of readLines(file)) {
    if (isFirst) {
      isFirst = false;
      column = textColumn(line);
      if (column !== undefined) continue;
    }
    if (column !== undefined && line === '') continue;
    if (row >= to) break;
    if (row - from + 1 >= limit) return;
    row += 1;
    if (row >= from) yield column === undefined ? line : (line.split('\t')[column] ?? '');
  }
  if (range.from !== undefined || range.to !== undefined) checkInside(file, row, range);
}
