// What a public data set is: where its originals are, what they must hash to, and how they become rows of ours.
import type { LabelledText } from '../labelled-file.js';

/** One file of the origin. */
export interface Original {
  /** Below the origin's address: owner/repository/commit/file. The commit never changes. */
  path: string;
  /** What the bytes must hash to, as published: `sha256:` or `sha512:` and hex. */
  checksum: string;
}

/** Either in the origin's own splits (lines of each, header first), or rows still to be split by our lists. */
export type Converted = { splits: Map<string, string[]> } | { rows: LabelledText[] };

export interface DataSet {
  /** Also the folder's name. */
  name: string;
  language: 'ko' | 'en';
  /** A few words. */
  what: string;
  licence: string;
  /** Who made it: licences ask for the name. */
  by: string;
  /** Where a person reads about it. */
  homepage: string;
  originals: readonly Original[];
  /** How labels and texts came about, one sentence for the folder's README. */
  conversion: string;
  /** Rows that the reference copy of a split left out for reasons that cannot be told from the originals. */
  untold?: Readonly<Record<string, number>>;
  /**
   * Pure.
   * @param contents in the order of `originals`
   * @throws NunchiError `data-format` with file and line
   */
  convert(contents: readonly Uint8Array[]): Converted;
}
