// Which rows of a foreign classification head are Nunchi's labels: by their names, by convention, or as the user says.
import { NunchiError } from '../errors.js';
import { isLabel, LABELS, type Label } from '../labels.js';

/** Names that published sentiment models give the three labels, lower-cased. */
const SYNONYMS: Readonly<Record<Label, readonly string[]>> = {
  negative: ['negative', 'neg', '부정', '부정적'],
  neutral: ['neutral', 'neu', '중립', '중립적'],
  positive: ['positive', 'pos', '긍정', '긍정적'],
};

/** Rows of a head in the order of Nunchi's labels. */
export interface LabelRows {
  /** In the order of `LABELS`. */
  labels: Label[];
  /** For each label its row in the checkpoint's classifier. */
  rows: number[];
}

function inOrder(perRow: readonly (Label | undefined)[]): LabelRows | undefined {
  if (perRow.length < 2 || perRow.includes(undefined) || new Set(perRow).size !== perRow.length) {
    return undefined;
  }
  const labels = LABELS.filter((label) => perRow.includes(label));
  return { labels, rows: labels.map((label) => perRow.indexOf(label)) };
}

/** Names of the head's rows as in `config.json`; transformers gives LABEL_0, LABEL_1 where it says nothing. */
export function headNames(id2label: Record<string, string> | undefined, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => id2label?.[String(row)] ?? `LABEL_${row}`);
}

/**
 * Names that say what they mean are taken by their meaning. Two rows without names (`LABEL_0` and `LABEL_1`, or `0` and
 * `1`) are negative and positive, as in NSMC, SST-2 and every data set of that kind; three rows without names are in
 * one order in one model and in another in the next, so they are not guessed.
 * @returns undefined where the names do not tell
 */
export function recogniseLabels(names: readonly string[]): LabelRows | undefined {
  const plain = names.map((name) => name.trim().toLowerCase());
  const numbered = plain.every((name, row) => name === `label_${row}` || name === String(row));
  if (numbered && plain.length === 2) return inOrder(['negative', 'positive']);
  return inOrder(plain.map((name) => LABELS.find((label) => SYNONYMS[label].includes(name))));
}

/**
 * @param given label of each row of the head, separated by commas, as `--labels` takes it
 * @throws NunchiError `usage`
 */
export function givenLabels(given: string, names: readonly string[]): LabelRows {
  const perRow = given.split(',').map((name) => name.trim().toLowerCase());
  const known = inOrder(perRow.map((name) => (isLabel(name) ? name : undefined)));
  if (known === undefined || perRow.length !== names.length) {
    throw new NunchiError('usage', `--labels ${given} does not name the ${names.length} rows of the head`, {
      hint: `Give one of ${LABELS.join(', ')} for each of ${names.join(', ')}, each once, with commas between.`,
    });
  }
  return known;
}
