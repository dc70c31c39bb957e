// The folder of a fetched data set: its files, and sources.json, which says where they came from and what they hash to.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { hashFile } from '../bert/model-files.js';
import type { DataSet } from './sets/data-set.js';

export const SOURCES_FILE = 'sources.json';

const Sources = z.object({
  formatVersion: z.literal(1),
  fetchedAt: z.string(),
  originals: z.array(z.object({ url: z.string(), bytes: z.number(), checksum: z.string() })),
  files: z.record(
    z.string().regex(/^[\w-]+\.tsv\.gz$/),
    z.object({
      /** Of the file as it is on the disk. */
      sha256: z.string(),
      rows: z.number(),
      labels: z.record(z.string(), z.number()),
      /** Whether the rows are those of the reference copy, byte for byte. */
      asReference: z.boolean(),
    }),
  ),
});
export type Sources = z.infer<typeof Sources>;

/**
 * `own-copy`: a folder that no fetch wrote, which is used and never written to. `damaged`: a file of a fetch is missing
 * or changed.
 */
export type SetState = 'absent' | 'fetched' | 'damaged' | 'own-copy';

async function readSources(file: string): Promise<Sources | undefined> {
  try {
    return Sources.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Damaged, which the caller says.
    return undefined;
  }
}

/** Looks at every byte of what a fetch wrote. */
export async function inspectSet(
  { name }: Pick<DataSet, 'name'>,
  folder: string,
): Promise<{ state: SetState; sources?: Sources }> {
  const directory = path.join(folder, name);
  if (!existsSync(directory)) return { state: 'absent' };
  const file = path.join(directory, SOURCES_FILE);
  if (!existsSync(file)) return { state: 'own-copy' };
  const sources = await readSources(file);
  if (sources === undefined) return { state: 'damaged' };
  for (const [name, { sha256 }] of Object.entries(sources.files)) {
    const data = path.join(directory, name);
    if (!existsSync(data) || (await hashFile(data)) !== sha256) return { state: 'damaged' };
  }
  return { state: 'fetched', sources };
}
