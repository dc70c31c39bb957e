// Readings of texts seen lately. It lives in the serving process of one model, so that a swap can never be answered from
// the model before; texts stay in memory only, and go with the process.
import type { Reading } from '../labels.js';

interface ReadingCacheOptions {
  /** Readings kept, the ones used last. A reading takes some 300 bytes, so this is about a megabyte. */
  entries?: number;
  /** Longer texts are not kept: they hardly come twice, and bound the memory together with `entries`. */
  longestText?: number;
}

interface CacheCounts {
  hits: number;
  misses: number;
  entries: number;
}

interface ReadingCache {
  readonly counts: CacheCounts;
  /** As `classify`, which is asked only for texts that are not kept. */
  read: (texts: readonly string[]) => Promise<Reading[]>;
  /** Forgets everything, what is being read meanwhile too. */
  clear(): void;
}

const ENTRIES = 2_000;
const LONGEST_TEXT = 200;

/** Puts a cache before `classify`: one reading per text, in their order, from one model. */
export function createReadingCache(
  classify: (texts: readonly string[]) => Promise<Reading[]>,
  options: ReadingCacheOptions = {},
): ReadingCache {
  const { entries = ENTRIES, longestText = LONGEST_TEXT } = options;
  // A Map keeps the order of insertion: the first key is the one used longest ago.
  const kept = new Map<string, Reading>();
  const counts = { hits: 0, misses: 0 };
  /** Counts `clear`. */
  let age = 0;

  const keep = (text: string, reading: Reading) => {
    if (text.length > longestText) return;
    kept.delete(text);
    kept.set(text, reading);
    if (kept.size > entries) kept.delete(kept.keys().next().value as string);
  };

  return {
    get counts() {
      return { ...counts, entries: kept.size };
    },
    clear() {
      age += 1;
      kept.clear();
    },
    async read(texts) {
      const asked = age;
      const known = texts.map((text) => kept.get(text));
      const missing = texts.filter((_, index) => known[index] === undefined);
      counts.hits += texts.length - missing.length;
      counts.misses += missing.length;
      const fresh = missing.length > 0 ? await classify(missing) : [];
      let next = 0;
      return texts.map((text, index) => {
        const reading = known[index] ?? fresh[next++];
        if (reading === undefined) throw new Error('the model gave too few readings');
        if (asked === age) keep(text, reading);
        return reading;
      });
    },
  };
}
