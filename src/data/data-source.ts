// Data as it is named on the command line: `FILE`, or `FILE#FROM-TO` for some of its rows.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { NunchiError } from '../errors.js';
import { findDataFile } from './find-data-file.js';
import type { RowRange } from './row-range.js';

export interface DataSource {
  /** Path of the file. */
  file: string;
  /** Empty for the whole file. */
  range: RowRange;
  /** For records: the file with its folder, and the range. */
  name: string;
}

/**
 * `#FROM-TO` are rows counted from 1, the last one included; `#FROM-` goes to the end. A file that exists under the whole
 * name is that file.
 * @param dataFolder where named files are looked for
 * @throws NunchiError `usage` where what follows `#` is not a range
 */
export function parseDataSource(given: string, dataFolder: string): DataSource {
  const [, named = '', rows] = /^(.+)#([^#/\\]*)$/.exec(given) ?? [];
  if (rows === undefined || existsSync(findDataFile(given, dataFolder))) {
    const file = findDataFile(given, dataFolder);
    return { file, range: {}, name: recordedName(file) };
  }
  const [, from, to] = /^([1-9]\d*)-([1-9]\d*)?$/.exec(rows) ?? [];
  if (from === undefined || (to !== undefined && Number(to) < Number(from))) {
    throw new NunchiError('usage', `"#${rows}" of ${given} is not a range of rows`, {
      hint: 'Write FILE#1-1000, or FILE#1001- to the end; rows are counted from 1, without the header.',
    });
  }
  const file = findDataFile(named, dataFolder);
  const range = { from: Number(from), ...(to === undefined ? {} : { to: Number(to) }) };
  return { file, range, name: `${recordedName(file)}#${rows}` };
}

/** Tells files of one name apart and says nothing of the machine. */
function recordedName(file: string): string {
  return `${path.basename(path.dirname(path.resolve(file)))}/${path.basename(file)}`;
}
