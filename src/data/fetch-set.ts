// Fetches a public data set from its origin: every original held against its checksum, converted to our form, written
// so that the folder is there whole or not at all.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { hashBytes, writeNewDirectory } from '../bert/model-files.js';
import { NunchiError } from '../errors.js';
import { translateFileError } from '../store/file-errors.js';
import { fetchOriginal, originalUrl, type FetchOriginalOptions } from './fetch-original.js';
import { inspectSet, SOURCES_FILE, type SetState, type Sources } from './fetched-set.js';
import type { DataSet } from './sets/data-set.js';
import { assignSplits, describeSplit, loadReference, type Reference } from './sets/reference.js';
import { toTsv } from './sets/text.js';

export interface FetchSetOptions extends FetchOriginalOptions {
  /** Folder of all data sets. */
  folder: string;
  /** Fetches again what is there already. */
  force?: boolean;
  now: () => Date;
  /** What the rows are held against; the repository's where left out. */
  reference?: Reference;
}

export interface FetchResult {
  /** What was there before. */
  before: SetState;
  directory: string;
  /** Absent where an own copy was left as it is. */
  sources?: Sources;
  /** What is not as in the reference copy, in plain sentences. */
  warnings: string[];
}

/** Where a split is not that of the reference copy, as a sentence; what cannot be told from the originals is none. */
function compare(set: DataSet, split: string, rows: number, same: boolean, reference: Reference): string[] {
  const expected = reference.splits[split];
  if (same || expected === undefined) return [];
  const more = rows - expected.rows;
  if (more >= 0 && more <= (set.untold?.[split] ?? -1)) return [];
  return [
    `${set.name}: ${split} is not as in the copy that Nunchi was developed with (${rows} rows, there ${expected.rows})`,
  ];
}

function describeForPeople(set: DataSet): string {
  return `# ${set.name}

- What: ${set.what} (${set.language})
- By: ${set.by}
- Source: ${set.homepage}; the exact files and their checksums are in ${SOURCES_FILE}
- Licence: ${set.licence}
- Changes: ${set.conversion}

Fetched by \`nunchi data fetch\`, which may write this folder again: keep nothing of yours in it.
`;
}

/** Puts a new folder in the place of the one that is there, which is kept until the new one is whole. */
async function replaceDirectory(
  directory: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  const suffix = randomBytes(6).toString('hex');
  const [fresh, old] = [`${directory}.new-${suffix}`, `${directory}.old-${suffix}`];
  await writeNewDirectory(fresh, files);
  try {
    await rename(directory, old);
    await rename(fresh, directory);
  } catch (error) {
    if (!existsSync(directory)) await rename(old, directory);
    await rm(fresh, { recursive: true, force: true });
    throw translateFileError(error, directory);
  }
  await rm(old, { recursive: true, force: true });
}

/**
 * @throws NunchiError as `fetchOriginal`; `data-format` (an original that cannot be converted, with its line);
 *   `home-not-writable` (also where `force` would overwrite an own copy), `disk-full`
 */
export async function fetchSet(set: DataSet, options: FetchSetOptions): Promise<FetchResult> {
  const directory = path.join(options.folder, set.name);
  const { state: before, sources: present } = await inspectSet(set, options.folder);
  if (before === 'own-copy' && options.force === true) {
    throw new NunchiError(
      'home-not-writable',
      `${directory} was not written by a fetch and is left as it is`,
      {
        hint: 'Move it away first, or name another folder with NUNCHI_DATA.',
      },
    );
  }
  if (before === 'own-copy') return { before, directory, warnings: [] };
  if (present !== undefined && options.force !== true) {
    return { before, directory, sources: present, warnings: [] };
  }

  const contents: Uint8Array[] = [];
  for (const original of set.originals) contents.push(await fetchOriginal(original, options));
  const reference = options.reference ?? (await loadReference(set.name));
  const converted = set.convert(contents);
  const splits =
    'splits' in converted
      ? converted.splits
      : new Map(
          [...assignSplits(converted.rows, reference.texts)].map(([split, rows]) => [split, toTsv(rows)]),
        );

  const files = new Map<string, string | Uint8Array>();
  const warnings: string[] = [];
  const written: Sources['files'] = {};
  for (const [split, lines] of splits) {
    const { content, sha256, rows, labels } = describeSplit(lines);
    const asReference = sha256 === reference.splits[split]?.sha256;
    warnings.push(...compare(set, split, rows, asReference, reference));
    const packed = gzipSync(content);
    const name = `${split}.tsv.gz`;
    files.set(name, packed);
    written[name] = { sha256: hashBytes(packed), rows, labels, asReference };
  }
  const sources: Sources = {
    formatVersion: 1,
    fetchedAt: options.now().toISOString(),
    originals: set.originals.map((original, index) => ({
      url: originalUrl(original, options.origin),
      bytes: contents[index]?.length ?? 0,
      checksum: original.checksum,
    })),
    files: written,
  };
  files.set('README.md', describeForPeople(set));
  files.set(SOURCES_FILE, `${JSON.stringify(sources, null, 2)}\n`);
  if (before === 'absent') await writeNewDirectory(directory, files);
  else await replaceDirectory(directory, files);
  return { before, directory, sources, warnings };
}
