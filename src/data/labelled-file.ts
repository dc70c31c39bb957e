// Labelled texts from a tab-separated file: `text<TAB>label`, NSMC's `id document label`, or a probability for each label
// (soft-labels.ts); quotes mean nothing.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { NunchiError } from '../errors.js';
import { isLabel, LABELS, type Label, type Scores } from '../labels.js';
import { checkInside, type RowRange } from './row-range.js';
import { isSoftHeader, parseScores } from './soft-labels.js';
import { readLines } from './text-lines.js';

export interface LabelledText {
  text: string;
  label: Label;
}

/** A text to train on: its label, or a probability for each one, summing to 1. */
export interface TrainingText {
  text: string;
  label: Label | Scores;
}

export interface ReadOptions extends RowRange {
  /** Most rows to read. */
  limit?: number;
}

export interface LabelledFile<Row extends TrainingText = LabelledText> {
  rows: Row[];
  /** Of the file as it is on the disk, all of its rows, in hex. */
  sha256: string;
}

const FORMS_HINT =
  'The first line must be "text<TAB>label" (negative, neutral, positive), "id<TAB>document<TAB>label" (0, 1) or, ' +
  'for training, "text<TAB>negative<TAB>neutral<TAB>positive" (probabilities).';
/** Labels of NSMC (https://github.com/e9t/nsmc). */
export const NSMC_LABELS: Readonly<Record<string, Label>> = { '0': 'negative', '1': 'positive' };

interface Columns {
  count: number;
  text: number;
  /** Those that `toLabel` is given. */
  label: number[];
  toLabel(values: string[]): Label | Scores | undefined;
  /** What `toLabel` found wrong, in words. */
  problem(shown: string): string;
}

function readHeader(file: string, line: string, soft: boolean): Columns {
  const names = line.split('\t').map((name) => name.trim().toLowerCase());
  if (isSoftHeader(names)) {
    if (!soft) {
      throw new NunchiError('data-format', `${file} holds probabilities, and labels are needed here`, {
        hint: 'Probabilities are for training: "finetune --data".',
      });
    }
    return {
      count: names.length,
      text: names.indexOf('text'),
      label: LABELS.map((label) => names.indexOf(label)),
      toLabel: parseScores,
      problem: (shown) => `${shown} are not probabilities that sum to 1`,
    };
  }
  const label = names.indexOf('label');
  const plain = names.indexOf('text');
  const text = plain === -1 ? names.indexOf('document') : plain;
  const missing = text === -1 ? 'text" or "document' : label === -1 ? 'label' : undefined;
  if (missing !== undefined) {
    throw new NunchiError('data-format', `${file}, line 1: no column "${missing}"`, { hint: FORMS_HINT });
  }
  const isNsmc = plain === -1;
  const expected = isNsmc ? '0 or 1' : LABELS.join(', ');
  return {
    count: names.length,
    text,
    label: [label],
    toLabel: ([value = '']) => (isNsmc ? NSMC_LABELS[value] : isLabel(value) ? value : undefined),
    problem: (shown) => `unknown label ${shown}, expected ${expected}`,
  };
}

function readRow(file: string, line: number, content: string, columns: Columns): TrainingText {
  const fields = content.split('\t');
  const wrong = (problem: string) =>
    new NunchiError('data-format', `${file}, line ${line}: ${problem}`, { hint: FORMS_HINT });
  if (fields.length !== columns.count) {
    throw wrong(`${fields.length} columns instead of ${columns.count}`);
  }
  const values = columns.label.map((column) => (fields[column] ?? '').trim());
  const label = columns.toLabel(values);
  if (label === undefined) {
    throw wrong(columns.problem(values.map((value) => JSON.stringify(value.slice(0, 40))).join(', ')));
  }
  return { text: fields[columns.text] ?? '', label };
}

/**
 * Reads a plain or gzip file of labels or of probabilities. Rows with an empty text are kept.
 * @throws NunchiError `data-unreadable`, `data-format` (with the line), `usage` where the range is not inside the file
 */
export function readTrainingFile(
  file: string,
  options: ReadOptions = {},
): Promise<LabelledFile<TrainingText>> {
  return readFile(file, options, true);
}

/** As `readTrainingFile`, and a file of probabilities is refused. */
export async function readLabelledFile(file: string, options: ReadOptions = {}): Promise<LabelledFile> {
  return (await readFile(file, options, false)) as LabelledFile;
}

async function readFile(
  file: string,
  options: ReadOptions,
  soft: boolean,
): Promise<LabelledFile<TrainingText>> {
  const { from = 1, to = Infinity, limit = Infinity } = options;
  const rows: TrainingText[] = [];
  let columns: Columns | undefined;
  let line = 0;
  let row = 0;
  for await (const content of readLines(file)) {
    line += 1;
    if (columns === undefined) columns = readHeader(file, content, soft);
    else if (row >= to || rows.length >= limit) break;
    else if (content !== '') {
      row += 1;
      if (row >= from) rows.push(readRow(file, line, content, columns));
    }
  }
  if (row === 0 && limit > 0) {
    const problem = columns === undefined ? 'is empty' : 'has a header but no rows';
    throw new NunchiError('data-format', `${file} ${problem}`, { hint: FORMS_HINT });
  }
  if (rows.length < limit) checkInside(file, row, options);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { rows, sha256: hash.digest('hex') };
}
