// What a model says of a whole set of texts: read in small chunks, so that people's messages are answered in between, and
// kept in the home folder for each model and set, so that a night reads a large set with its candidate only.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { comparedLabels, computeMetrics } from '../../classification-metrics.js';
import { LABELS, type Label, type Scores } from '../../labels.js';
import type { LabelledText } from '../../train/job.js';
import { NO_PAIRS, type PairedCounts } from '../mcnemar.js';
import { readTexts, type Reader } from '../paired-evaluation.js';
import type { BaseSet } from './base-set.js';

/** Texts of one request; those of a request are read in one or two runs of the model, some tens of milliseconds each. */
const CHUNK = 32;
/** Files kept: of the champion, the one before, the base model and some candidates. */
const KEPT_FILES = 8;

/** Row-major `[texts, labels]` in the order of `LABELS`, probabilities. */
export type ScoreTable = Float32Array;

export interface ReadSetOptions {
  signal?: AbortSignal;
  /** Where readings are kept; without it they are not. */
  folder?: string;
}

/** @throws NunchiError as `readTexts` */
export async function readScores(
  reader: Reader,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<ScoreTable> {
  // Texts of one length beside each other need no padding.
  const order = texts.map((_, index) => index);
  order.sort((a, b) => (texts[a]?.length ?? 0) - (texts[b]?.length ?? 0));
  const results = await readTexts(
    reader,
    order.map((index) => texts[index] ?? ''),
    { chunk: CHUNK, ...(signal === undefined ? {} : { signal }) },
  );
  const table = new Float32Array(texts.length * LABELS.length);
  order.forEach((index, place) => {
    LABELS.forEach((label, column) => {
      table[index * LABELS.length + column] = results[place]?.scores[label] ?? NaN;
    });
  });
  return table;
}

/** Of these weights in this form: what is found out about a model later (temperature, int8) changes its manifest. */
async function fileOf(folder: string, { model }: Reader, set: BaseSet): Promise<string> {
  const manifest = path.join(model.directory, 'manifest.json');
  const hash = createHash('sha256').update(`${set.sha256} ${set.name} ${model.engine}\n`);
  if (existsSync(manifest)) hash.update(await readFile(manifest));
  return path.join(folder, `${model.version}-${hash.digest('hex').slice(0, 16)}.f32`);
}

async function keepNewest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.f32'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(path.join(folder, name))).mtimeMs })),
  );
  const old = files.sort((a, b) => b.at - a.at).slice(KEPT_FILES);
  for (const { name } of old) await rm(path.join(folder, name), { force: true });
}

/** The scores of every row of the set, read now or before. @throws NunchiError as `readTexts` */
export async function readBaseSet(
  reader: Reader,
  set: BaseSet,
  { signal, folder }: ReadSetOptions,
): Promise<ScoreTable> {
  const file = folder === undefined ? undefined : await fileOf(folder, reader, set);
  const bytes = set.rows.length * LABELS.length * Float32Array.BYTES_PER_ELEMENT;
  if (file !== undefined && existsSync(file)) {
    const content = await readFile(file);
    if (content.byteLength === bytes) {
      await utimes(file, new Date(), new Date());
      return new Float32Array(new Uint8Array(content).buffer);
    }
  }
  const table = await readScores(
    reader,
    set.rows.map(({ text }) => text),
    signal,
  );
  if (file !== undefined && folder !== undefined) {
    await mkdir(folder, { recursive: true });
    await writeFile(`${file}.tmp`, new Uint8Array(table.buffer));
    await rename(`${file}.tmp`, file);
    await keepNewest(folder);
  }
  return table;
}

const scoresOf = (table: ScoreTable, row: number): Scores => ({
  negative: table[row * LABELS.length] ?? NaN,
  neutral: table[row * LABELS.length + 1] ?? NaN,
  positive: table[row * LABELS.length + 2] ?? NaN,
});

/** Only labels that the set holds compete: NSMC knows no neutral. */
const competing = (rows: readonly LabelledText[]) =>
  comparedLabels(LABELS.filter((label) => rows.some((row) => row.label === label)));

/** @param counts whether a row is counted, by its index */
export function pairTables(
  rows: readonly LabelledText[],
  champion: ScoreTable,
  candidate: ScoreTable,
  counts: (row: number) => boolean = () => true,
): PairedCounts {
  const labels = competing(rows);
  const read = (table: ScoreTable, row: number): Label => {
    const scores = scoresOf(table, row);
    return labels.reduce((best, label) => (scores[label] > scores[best] ? label : best));
  };
  const pairs = { ...NO_PAIRS };
  rows.forEach(({ label }, row) => {
    if (!counts(row)) return;
    const [before, after] = [read(champion, row) === label, read(candidate, row) === label];
    pairs[before ? (after ? 'both' : 'onlyChampion') : after ? 'onlyCandidate' : 'neither'] += 1;
  });
  return pairs;
}

/** Expected calibration error, 15 bins, 0 to 1. */
export function calibrationError(rows: readonly LabelledText[], table: ScoreTable): number {
  const pairs = rows.map(({ label }, row) => ({ actual: label, scores: scoresOf(table, row) }));
  return computeMetrics(pairs, competing(rows)).ece;
}
