// Reads what `finetune` trains on and is measured on: several files, their weights, and the texts to leave out.
import { parseDataSource } from '../data/data-source.js';
import { readLabelledFile, readTrainingFile, type TrainingText } from '../data/labelled-file.js';
import { normalisedText } from '../data/text-key.js';
import { NunchiError } from '../errors.js';
import { LABELS, type Label } from '../labels.js';
import { loadReplay } from '../learn/replay.js';
import type { DevSet, FinetuneJob, TrainingExample } from '../train/job.js';

export interface TrainingDataOptions {
  /** Files, or ranges of their rows, as `parseDataSource` takes them; those of the next three alike. */
  data: readonly string[];
  /** Of `data`, as written there. */
  dataWeight?: ReadonlyMap<string, number>;
  /** Most rows of each label, of some of `data`. */
  perLabel?: ReadonlyMap<string, number>;
  dev?: readonly string[];
  exclude?: readonly string[];
  /** Adds the training part of the sentences that come with Nunchi, with this weight. */
  replayWeight?: number;
  /** Most rows of each of `data`. */
  limit?: number;
  /** The folder of `NUNCHI_DATA`, if any. */
  dataFolder: string;
}

export interface TrainingData extends Pick<FinetuneJob, 'examples' | 'data' | 'dev'> {
  dataWeights: Record<string, number>;
  perLabel: Record<string, number>;
  excluded: Record<string, string>;
  /** Rows that were left out because of `exclude`. */
  leftOut: number;
  /** Rows that are trained on although a dev set holds their text. */
  alsoInDev: number;
}

/** @throws NunchiError `usage`, `not-enough-data`, and what reading a file throws */
export async function readTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const { data, dev = [], exclude = [], dataFolder } = options;
  const { dataWeight = new Map<string, number>(), perLabel = new Map<string, number>() } = options;
  checkNamed('--data-weight', dataWeight, data);
  checkNamed('--per-label', perLabel, data);
  const excluded: Record<string, string> = {};
  const unwanted = new Set<string>();
  for (const given of exclude) {
    const { file, range, name } = parseDataSource(given, dataFolder);
    const { rows, sha256 } = await readTrainingFile(file, range);
    for (const { text } of rows) unwanted.add(normalisedText(text));
    excluded[freeName(excluded, name, sha256)] = sha256;
  }
  const devSets = await readDevSets(dev, dataFolder);
  const devTexts = new Set(devSets.flatMap(({ rows }) => rows.map(({ text }) => normalisedText(text))));

  const examples: TrainingExample[] = [];
  const hashes: Record<string, string> = {};
  const dataWeights: Record<string, number> = {};
  const perLabelOf: Record<string, number> = {};
  let [leftOut, alsoInDev] = [0, 0];
  const add = (rows: readonly TrainingExample[], weight: number | undefined) => {
    for (const row of rows) {
      const key = unwanted.size + devTexts.size === 0 ? '' : normalisedText(row.text);
      if (unwanted.has(key)) {
        leftOut += 1;
        continue;
      }
      if (devTexts.has(key)) alsoInDev += 1;
      examples.push(weight === undefined ? row : { ...row, weight });
    }
  };
  for (const given of data) {
    const { file, range, name } = parseDataSource(given, dataFolder);
    const limit = options.limit === undefined ? {} : { limit: options.limit };
    const { rows, sha256 } = await readTrainingFile(file, { ...range, ...limit });
    const recorded = freeName(hashes, name, sha256);
    hashes[recorded] = sha256;
    const weight = dataWeight.get(given);
    if (weight !== undefined) dataWeights[recorded] = weight;
    const most = perLabel.get(given);
    if (most !== undefined) perLabelOf[recorded] = most;
    add(most === undefined ? rows : thinned(rows, most, given), weight);
  }
  if (options.replayWeight !== undefined) {
    // Its held-out part stays unseen: new models are judged by it.
    const replay = await loadReplay();
    for (const [name, sha256] of Object.entries(replay.hashes)) {
      hashes[name] = sha256;
      dataWeights[name] = options.replayWeight;
    }
    add(replay.training, options.replayWeight);
  }
  if (examples.length === 0) {
    throw new NunchiError('not-enough-data', 'no row of --data is left to train on', {
      hint: 'Every one of them is in the files of --exclude.',
    });
  }
  return {
    examples,
    data: hashes,
    dataWeights,
    perLabel: perLabelOf,
    excluded,
    dev: devSets,
    leftOut,
    alsoInDev,
  };
}

function checkNamed(option: string, values: ReadonlyMap<string, number>, data: readonly string[]): void {
  for (const file of values.keys()) {
    if (data.includes(file)) continue;
    throw new NunchiError('usage', `${option} names ${file}, which --data does not`, {
      hint: `Write it as there: ${data.join(', ')}.`,
    });
  }
}

/** At most `most` rows of each label, evenly spread over all rows of that label, in the order of the file. */
function thinned(rows: readonly TrainingText[], most: number, given: string): TrainingText[] {
  const byLabel = new Map<Label, TrainingText[]>(LABELS.map((label) => [label, []]));
  for (const row of rows) {
    if (typeof row.label !== 'string') {
      throw new NunchiError('usage', `${given} holds probabilities, and --per-label counts labels`, {
        hint: 'Name some of its rows instead: FILE#1-1000.',
      });
    }
    byLabel.get(row.label)?.push(row);
  }
  const kept = new Set<TrainingText>();
  for (const group of byLabel.values()) {
    const count = Math.min(most, group.length);
    for (let i = 0; i < count; i += 1) {
      const row = group[Math.floor((i * group.length) / count)];
      if (row !== undefined) kept.add(row);
    }
  }
  return rows.filter((row) => kept.has(row));
}

async function readDevSets(dev: readonly string[], dataFolder: string): Promise<DevSet[]> {
  const sets: DevSet[] = [];
  const names: Record<string, string> = {};
  for (const given of dev) {
    const { file, range, name } = parseDataSource(given, dataFolder);
    const { rows, sha256 } = await readLabelledFile(file, range);
    const recorded = freeName(names, name, sha256);
    if (recorded in names) continue;
    names[recorded] = sha256;
    sets.push({ name: recorded, sha256, rows });
  }
  return sets;
}

/** `name`, with a number where other content has that name already. */
function freeName(taken: Readonly<Record<string, string>>, name: string, sha256: string): string {
  let free = name;
  for (let n = 2; (taken[free] ?? sha256) !== sha256; n += 1) free = `${name} (${n})`;
  return free;
}
