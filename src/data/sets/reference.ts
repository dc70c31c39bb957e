// The copy of the public data that Nunchi was developed with: what each split held, and for sets without splits of
// their own which text is in which, so that no text that a shipped model learned turns up in a test split. Held as
// counts, hashes and four bytes a text; no text is kept here.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../../errors.js';
import { LABELS } from '../../labels.js';
import { PACKAGE_ROOT } from '../../paths.js';
import { NSMC_LABELS, type LabelledText } from '../labelled-file.js';

const REFERENCE_DIRECTORY = path.join(PACKAGE_ROOT, 'src', 'data', 'sets', 'reference');
const KEY_BYTES = 4;

export interface SplitFacts {
  rows: number;
  labels: Record<string, number>;
  /** Of the lines with the header, as a file that is not packed. */
  sha256: string;
}

export interface Reference {
  splits: Record<string, SplitFacts>;
  /** Of sets that come without splits: the texts of each, in the order of its rows. */
  texts: Record<string, number[]>;
}

const Facts = z.record(
  z.string(),
  z.object({ rows: z.number(), labels: z.record(z.string(), z.number()), sha256: z.string() }),
) satisfies z.ZodType<Reference['splits']>;

/** @param lines of a split, header first, label in the last column */
export function describeSplit(lines: readonly string[]): SplitFacts & { content: string } {
  const content = `${lines.join('\n')}\n`;
  const counts = new Map<string, number>();
  for (const line of lines.slice(1)) {
    const value = line.slice(line.lastIndexOf('\t') + 1);
    const label = NSMC_LABELS[value] ?? value;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const labels = Object.fromEntries(
    LABELS.filter((label) => counts.has(label)).map((label) => [label, counts.get(label) ?? 0]),
  );
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { rows: lines.length - 1, labels, sha256, content };
}

/** @returns the first bytes of the text's sha256: enough to tell the texts of one set apart */
export function textKey(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}

/** Takes each split's rows, in its order, from all rows of a set; what no split has is left out. */
export function assignSplits(
  rows: readonly LabelledText[],
  texts: Reference['texts'],
): Map<string, LabelledText[]> {
  const byKey = new Map<number, LabelledText>();
  for (const row of rows) {
    const key = textKey(row.text);
    if (!byKey.has(key)) byKey.set(key, row);
  }
  return new Map(
    Object.entries(texts).map(
      ([split, keys]) => [split, keys.flatMap((key) => byKey.get(key) ?? [])] as const,
    ),
  );
}

/** The two files of a reference: `NAME.json`, and `NAME.bin` with the keys of every split after another. */
export function packReference({ splits, texts }: Reference): { json: string; bin: Buffer | undefined } {
  const json = `${JSON.stringify(splits, null, 2)}\n`;
  const keys = Object.keys(splits).flatMap((split) => texts[split] ?? []);
  if (keys.length === 0) return { json, bin: undefined };
  const bin = Buffer.alloc(keys.length * KEY_BYTES);
  keys.forEach((key, index) => bin.writeUInt32BE(key, index * KEY_BYTES));
  return { json, bin };
}

/** @throws NunchiError `data-unreadable` where a file of the repository is missing or not as it was written */
export async function loadReference(
  name: string,
  directory: string = REFERENCE_DIRECTORY,
): Promise<Reference> {
  const file = path.join(directory, `${name}.json`);
  try {
    const splits = Facts.parse(JSON.parse(await readFile(file, 'utf8')));
    const bin = await readFile(path.join(directory, `${name}.bin`)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    const texts: Reference['texts'] = {};
    if (bin === undefined) return { splits, texts };
    let at = 0;
    for (const [split, { rows }] of Object.entries(splits)) {
      texts[split] = Array.from({ length: rows }, () => bin.readUInt32BE((at += KEY_BYTES) - KEY_BYTES));
    }
    return { splits, texts };
  } catch (error) {
    throw new NunchiError('data-unreadable', `${file} or the .bin beside it cannot be read`, {
      hint: 'They are part of the repository; restore them.',
      cause: error,
    });
  }
}
