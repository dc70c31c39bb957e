// Labelled texts from a tab-separated file: `text<TAB>label`, or NSMC's `id document label`; quotes mean nothing.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { NunchiError } from '../errors.js';
import { isLabel, LABELS, type Label } from '../labels.js';
import { readLines } from './text-lines.js';

export interface LabelledText {
  text: string;
  label: Label;
}

export interface LabelledFile {
  rows: LabelledText[];
  /** Those that occur, in the order of `LABELS`. */
  labels: Label[];
  /** Of the file as it is on the disk, in hex. */
  sha256: string;
}

const FORMS_HINT =
  'The first line must be "text<TAB>label" (negative, neutral, positive) or "id<TAB>document<TAB>label" (0, 1).';
/** Labels of NSMC (https://github.com/e9t/nsmc). */
export const NSMC_LABELS: Readonly<Record<string, Label>> = { '0': 'negative', '1': 'positive' };

interface Columns {
  count: number;
  text: number;
  label: number;
  toLabel(value: string): Label | undefined;
  expected: string;
}

function readHeader(file: string, line: string): Columns {
  const names = line.split('\t').map((name) => name.trim().toLowerCase());
  const label = names.indexOf('label');
  const plain = names.indexOf('text');
  const text = plain === -1 ? names.indexOf('document') : plain;
  const missing = text === -1 ? 'text" or "document' : label === -1 ? 'label' : undefined;
  if (missing !== undefined) {
    throw new NunchiError('data-format', `${file}, line 1: no column "${missing}"`, { hint: FORMS_HINT });
  }
  const isNsmc = plain === -1;
  return {
    count: names.length,
    text,
    label,
    toLabel: (value) => (isNsmc ? NSMC_LABELS[value] : isLabel(value) ? value : undefined),
    expected: isNsmc ? '0 or 1' : LABELS.join(', '),
  };
}

function readRow(file: string, line: number, content: string, columns: Columns): LabelledText {
  const fields = content.split('\t');
  if (fields.length !== columns.count) {
    const problem = `${fields.length} columns instead of ${columns.count}`;
    throw new NunchiError('data-format', `${file}, line ${line}: ${problem}`, { hint: FORMS_HINT });
  }
  const value = (fields[columns.label] ?? '').trim();
  const label = columns.toLabel(value);
  if (label === undefined) {
    const shown = JSON.stringify(value.slice(0, 40));
    throw new NunchiError(
      'data-format',
      `${file}, line ${line}: unknown label ${shown}, expected ${columns.expected}`,
      {
        hint: FORMS_HINT,
      },
    );
  }
  return { text: fields[columns.text] ?? '', label };
}

/**
 * Reads a plain or gzip file. Rows with an empty text are kept, blank lines are not rows.
 * @param options.limit most rows to read, from the start.
 * @throws NunchiError `data-unreadable`, `data-format` (with the line)
 */
export async function readLabelledFile(
  file: string,
  options: { limit?: number } = {},
): Promise<LabelledFile> {
  const { limit = Infinity } = options;
  const rows: LabelledText[] = [];
  let columns: Columns | undefined;
  let line = 0;
  for await (const content of readLines(file)) {
    line += 1;
    if (columns === undefined) columns = readHeader(file, content);
    else if (rows.length >= limit) break;
    else if (content !== '') rows.push(readRow(file, line, content, columns));
  }
  if (rows.length === 0 && limit > 0) {
    const problem = columns === undefined ? 'is empty' : 'has a header but no rows';
    throw new NunchiError('data-format', `${file} ${problem}`, { hint: FORMS_HINT });
  }
  const present = new Set(rows.map((row) => row.label));
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { rows, labels: LABELS.filter((label) => present.has(label)), sha256: hash.digest('hex') };
}
