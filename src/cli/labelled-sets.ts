// Labelled files as a command was given them, with the names under which results are kept.
import path from 'node:path';
import { parseDataSource } from '../data/data-source.js';
import { readLabelledFile } from '../data/labelled-file.js';
import type { LabelledSet } from '../learn/measure-quantization.js';
import type { CliContext } from './context.js';

/** What a manifest or a chart may say of a file: its place in a data folder, but not where on this machine that is. */
export function dataName(file: string): string {
  const isPlace = !path.isAbsolute(file) && !file.split(/[\\/]/).includes('..');
  return isPlace ? file.split(path.sep).join('/') : path.basename(file);
}

/** @param limit most rows of each file; a name tells where it cut. @throws NunchiError as `readLabelledFile` */
export async function readLabelledSets(
  files: readonly string[],
  limit: number | undefined,
  context: CliContext,
): Promise<LabelledSet[]> {
  const sets: LabelledSet[] = [];
  for (const file of files) {
    const source = parseDataSource(file, context.config().data);
    const { rows } = await readLabelledFile(source.file, {
      ...source.range,
      ...(limit === undefined ? {} : { limit }),
    });
    const name = dataName(file);
    sets.push({ data: limit === rows.length ? `${name}, first ${limit} rows` : name, rows });
  }
  return sets;
}
