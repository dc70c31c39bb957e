// The public data sets that base replay draws from, where they are on this machine, and fetching them once. They are those
// whose training rows the shipped model learned; what models are judged by is left out.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { createRandom } from '../bert/random.js';
import { fetchSet, type FetchSetOptions } from '../data/fetch-set.js';
import { inspectSet } from '../data/fetched-set.js';
import { readLabelledFile, type LabelledText } from '../data/labelled-file.js';
import type { DataSet } from '../data/sets/data-set.js';
import { DATA_SETS } from '../data/sets/index.js';
import { LABELS, type Label } from '../labels.js';
import type { Logger } from '../log.js';
import type { ReplaySource } from './replay.js';

/** Rows 121,001 to 150,000 of NSMC's training split are for tuning and for the gate, and are never trained on. */
export const REPLAY_SETS: Readonly<Record<string, { limit?: number }>> = {
  nsmc: { limit: 121_000 },
  goemotions: {},
  chatbot_ko: {},
  xed_en: {},
  sentence_polarity: {},
  product_reviews: {},
};

/** Of each set so many are kept in memory for the draw. */
const MOST_ROWS = 4_000;
const THINNING_SEED = 1;

const trainingFile = (folder: string, name: string) => path.join(folder, name, 'train.tsv.gz');

/** The same rows of the same file every time. Without hashing every text: people are answered by the same process. */
function thin(rows: readonly LabelledText[]): LabelledText[] {
  const seen: Record<Label, number> = { negative: 0, neutral: 0, positive: 0 };
  return createRandom(THINNING_SEED)
    .shuffle([...rows])
    .filter(({ label }) => (seen[label] += 1) <= MOST_ROWS / LABELS.length);
}

/**
 * Those of `REPLAY_SETS` that the folder has. One that cannot be read is left out and said; one that was read is not read again
 * as long as its file is the same.
 * @param folder of the public data sets
 */
export function createReplaySources(
  folder: string,
  logger: Pick<Logger, 'warn'>,
): () => Promise<ReplaySource[]> {
  const known = new Map<string, { state: string; source: ReplaySource }>();
  async function load(name: string, first: { limit?: number }): Promise<ReplaySource[]> {
    const file = trainingFile(folder, name);
    try {
      const { mtimeMs, size } = await stat(file);
      const state = `${mtimeMs} ${size}`;
      const before = known.get(name);
      if (before?.state === state) return [before.source];
      const { rows, sha256 } = await readLabelledFile(file, first);
      const source = { name, rows: thin(rows), sha256 };
      known.set(name, { state, source });
      return [source];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        logger.warn('a data set cannot be read and is left out of the replay', { id: name, error });
      }
      return [];
    }
  }
  return async () => {
    const sources: ReplaySource[] = [];
    for (const [name, first] of Object.entries(REPLAY_SETS)) sources.push(...(await load(name, first)));
    return sources;
  };
}

export interface FetchReplayConfig extends Pick<FetchSetOptions, 'folder' | 'origin' | 'now' | 'reference'> {
  logger: Pick<Logger, 'info' | 'warn'>;
  /** Those that can be fetched. @default every one */
  sets?: readonly DataSet[];
}

/**
 * Fetches the sets that are missing; what is there is left as it is. Never rejects: a set that cannot be had is a line in the log,
 * and the others and the sentences that come with Nunchi are trained on all the same.
 * @returns the names of those that are there now
 */
export async function fetchReplaySets(config: FetchReplayConfig): Promise<string[]> {
  const { logger, sets = DATA_SETS, ...options } = config;
  const here: string[] = [];
  let unreachable = false;
  for (const set of sets.filter(({ name }) => name in REPLAY_SETS)) {
    try {
      const { state } = await inspectSet(set, options.folder);
      if (state === 'absent' || state === 'damaged') {
        // Without internet each of them would be waited for in vain.
        if (unreachable) continue;
        const { warnings } = await fetchSet(set, options);
        for (const reason of warnings)
          logger.warn('a fetched data set is not as expected', { id: set.name, reason });
        logger.info('data set fetched for replay', { id: set.name });
      }
      here.push(set.name);
    } catch (error) {
      unreachable = true;
      logger.warn('a data set could not be fetched; the replay goes without it', { id: set.name, error });
    }
  }
  logger.info('replay draws from these data sets', { count: here.length, reason: here.join(', ') || 'none' });
  return here;
}
