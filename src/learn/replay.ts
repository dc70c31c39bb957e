// The replay set: everyday sentences written for Nunchi, learned again in every run so that nothing known is lost.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { NunchiError } from '../errors.js';
import { isLabel } from '../labels.js';
import { PACKAGE_ROOT } from '../paths.js';
import type { LabelledText } from '../train/job.js';
import { splitByText, type Split } from './split.js';

export interface ReplaySet extends Split<LabelledText> {
  /** Name to sha256 of each file. */
  hashes: Record<string, string>;
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
