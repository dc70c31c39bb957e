// The frozen base set: labelled texts that no model of Nunchi is ever trained on, and that every candidate is held to.
// The rows are the end of NSMC's official train split, as docs/decisions and the model card of the shipped model name them.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readLabelledFile } from '../../data/labelled-file.js';
import type { LabelledText } from '../../train/job.js';

export interface BaseSet {
  /** As records name it. */
  name: string;
  rows: LabelledText[];
  /** sha256 of the file, in hex. */
  sha256: string;
}

const FILE = path.join('nsmc', 'train.tsv.gz');
/** Rows 121001 to 124000 chose the shipped model's best weights, so they are no measure of it. */
export const BASE_RANGE = { from: 124_001, to: 150_000 } as const;

/**
 * @param dataFolder of the settings: a local copy of the public data sets, or where they were fetched to
 * @returns null where NSMC is not there
 * @throws NunchiError `data-unreadable`, `data-format`, `usage` for a file with fewer rows
 */
export async function loadBaseSet(dataFolder: string): Promise<BaseSet | null> {
  const file = path.join(dataFolder, FILE);
  if (!existsSync(file)) return null;
  const { rows, sha256 } = await readLabelledFile(file, BASE_RANGE);
  return { name: `nsmc/train.tsv.gz#${BASE_RANGE.from}-${BASE_RANGE.to}`, rows, sha256 };
}
