// The texts of a file without their labels: one a line, or a column of a labelled file.
import { readLines } from './text-lines.js';

/**
 * @returns the column `text` or `document` where the first line is a header that has one beside `label`, else the lines.
 * @throws NunchiError as `readLines`
 */
export async function* readTexts(file: string): AsyncGenerator<string> {
  let column: number | undefined;
  let isFirst = true;
  for await (const line of readLines(file)) {
    if (isFirst) {
      isFirst = false;
      const names = line.split('\t').map((name) => name.trim().toLowerCase());
      const index = names.findIndex((name) => name === 'text' || name === 'document');
      if (index !== -1 && names.includes('label')) {
        column = index;
        continue;
      }
    }
    yield column === undefined ? line : (line.split('\t')[column] ?? '');
  }
}
