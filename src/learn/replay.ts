// Base replay: what the shipped model learned, learned again in every run so that nothing known is lost. Always there are the
// everyday sentences written for Nunchi; public data sets come on top where they are (`replay-sets.ts`).
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { textKey } from '../data/text-key.js';
import { NunchiError } from '../errors.js';
import { isLabel, type Label } from '../labels.js';
import { PACKAGE_ROOT } from '../paths.js';
import type { LabelledText } from '../train/job.js';
import { splitByText, type Split } from './split.js';

/** One public data set to draw from. */
export interface ReplaySource {
  name: string;
  rows: LabelledText[];
  /** Of its file. */
  sha256: string;
}

export interface ReplaySet extends Split<LabelledText> {
  /** Name to sha256 of each file. */
  hashes: Record<string, string>;
  /** Public data sets, trained on only. */
  sources?: readonly ReplaySource[];
}

/** With the data sets that are there. */
export async function withSources(
  replay: ReplaySet,
  load: () => Promise<readonly ReplaySource[]>,
): Promise<ReplaySet> {
  const sources = await load();
  const hashes = Object.fromEntries(sources.map(({ name, sha256 }) => [name, sha256]));
  return { ...replay, sources, hashes: { ...replay.hashes, ...hashes } };
}

/** The name of the sentences written for Nunchi among the sources. */
export const OWN_REPLAY = 'nunchi';

/** How the rows of an epoch are chosen, as the field names it: buffer and storage policy (Chaudhry et al. 2019). */
export interface ReplayBuffer {
  /** Most of the sentences written for Nunchi in an epoch, */
  own: number;
  /** and most rows of public data sets, which come on top. */
  fetched: number;
  /** `balanced`: as many of every label as there are; `random`: as the sources have them. */
  policy: 'balanced' | 'random';
  /** Parts of `fetched`, relative to each other; a set that is not named gets none, an absent one leaves its part to the others. */
  mix: Readonly<Record<string, number>>;
  /** Other seeds choose other rows; the same one chooses the same every time. */
  seed: number;
}

const FILES = ['replay-ko', 'replay-en'];

/** @throws NunchiError `data-unreadable`, `data-format` */
export async function loadReplay(
  folder: string = path.join(PACKAGE_ROOT, 'src', 'learn', 'replay'),
): Promise<ReplaySet> {
  const rows: LabelledText[] = [];
  const hashes: Record<string, string> = {};
  for (const name of FILES) {
    const file = path.join(folder, `${name}.tsv`);
    const content = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new NunchiError('data-unreadable', `${file} cannot be read`, {
        hint: 'The replay set is part of the repository; restore this file.',
        cause: error,
      });
    });
    hashes[name] = createHash('sha256').update(content).digest('hex');
    for (const [index, line] of content.trimEnd().split('\n').entries()) {
      const [text, label, ...more] = line.split('\t');
      if (!text || !isLabel(label) || more.length > 0) {
        throw new NunchiError('data-format', `${file}:${index + 1}: expected text<TAB>label`);
      }
      rows.push({ text, label });
    }
  }
  return { ...splitByText(rows), hashes };
}

/**
 * The rows by source. Decided by the texts alone, so that a row stays from night to night whatever else is corrected.
 * @param allowed rows that may be drawn
 */
export function drawReplay(
  { training, sources = [] }: ReplaySet,
  buffer: ReplayBuffer,
  allowed: (row: LabelledText) => boolean,
): Map<string, LabelledText[]> {
  const own = sample(training.filter(allowed), buffer.own, buffer);
  const drawn = new Map(own.length === 0 ? [] : [[OWN_REPLAY, own]]);
  const parts = sources
    .map(({ name, rows }) => ({ name, rows: rows.filter(allowed), part: buffer.mix[name] ?? 0 }))
    .filter(({ rows, part }) => rows.length > 0 && part > 0)
    // The smallest for its part first: what it cannot fill goes to the others.
    .sort((a, b) => a.rows.length / a.part - b.rows.length / b.part);
  let free = buffer.fetched;
  let left = parts.reduce((sum, { part }) => sum + part, 0);
  for (const { name, rows, part } of parts) {
    const chosen = sample(rows, Math.round((free * part) / left), buffer);
    drawn.set(name, chosen);
    free -= chosen.length;
    left -= part;
  }
  return drawn;
}

/** At most `most` rows. */
function sample(
  rows: readonly LabelledText[],
  most: number,
  { policy, seed }: Pick<ReplayBuffer, 'policy' | 'seed'>,
): LabelledText[] {
  if (rows.length <= most) return [...rows];
  const key = (text: string) =>
    createHash('sha256')
      .update(`${seed}\t${textKey(text)}`)
      .digest('hex');
  const byKey = rows
    .map((row) => ({ row, key: key(row.text) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
  if (policy === 'random') return byKey.slice(0, most);
  const seen: Record<Label, number> = { negative: 0, neutral: 0, positive: 0 };
  return byKey
    .map((row) => ({ row, rank: (seen[row.label] += 1) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ row }) => row);
}
