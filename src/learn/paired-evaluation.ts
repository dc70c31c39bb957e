// Champion and candidate read the same texts; who reads which of them rightly. Both are the running models.
import { setTimeout } from 'node:timers/promises';
import type { Label } from '../labels.js';
import { LABELS } from '../labels.js';
import { NunchiError } from '../errors.js';
import type { ClassifyResponse, ClassifyResult, ServedModel } from '../serve/service.js';
import type { LabelledText } from '../train/job.js';
import { NO_PAIRS, type PairedCounts } from './mcnemar.js';

export interface Reader {
  /** What reads; another version in the middle of an evaluation ends it. */
  readonly model: Pick<ServedModel, 'version' | 'directory' | 'engine'>;
  classify(texts: readonly string[]): Promise<ClassifyResponse>;
}

/** Small, so that messages of people get their turn between two chunks. */
const CHUNK = 16;
/** A full queue means that people are being answered: wait for them, but not for ever. */
const BUSY_WAIT_MS = 250;
const BUSY_TRIES = 240;

async function patiently(reader: Reader, texts: readonly string[]): Promise<ClassifyResponse> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await reader.classify(texts);
    } catch (error) {
      if (!(error instanceof NunchiError) || error.code !== 'busy' || tries >= BUSY_TRIES) throw error;
      await setTimeout(BUSY_WAIT_MS);
    }
  }
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** Texts of one request. */
  chunk?: number;
}

/**
 * The readings of the texts, in their order, all of one model.
 * @throws NunchiError `training-cancelled` when `signal` is aborted, `training-failed` where the model changes meanwhile.
 */
export async function readTexts(
  reader: Reader,
  texts: readonly string[],
  { signal, chunk = CHUNK }: ReadOptions = {},
): Promise<ClassifyResult[]> {
  const read: ClassifyResult[] = [];
  let version: string | undefined;
  for (let start = 0; start < texts.length; start += chunk) {
    if (signal?.aborted) throw new NunchiError('training-cancelled', 'The training run was cancelled');
    const { model, results } = await patiently(reader, texts.slice(start, start + chunk));
    version ??= model;
    if (model !== version) {
      throw new NunchiError('training-failed', 'Another model came into use during the evaluation', {
        hint: 'Train again.',
      });
    }
    read.push(...results);
  }
  return read;
}

export interface CompareOptions extends ReadOptions {
  /** Count a reading below the threshold as no label: people see "not sure" for it. */
  sure?: boolean;
}

/** The most probable label, abstaining or not; null with `sure` where the confidence is too low. */
function labelOf({ scores, abstainReason }: ClassifyResult, sure: boolean): Label | null {
  if (sure && abstainReason === 'low-confidence') return null;
  return LABELS.reduce((best, label) => (scores[label] > scores[best] ? label : best));
}

export async function comparePaired(
  champion: Reader,
  candidate: Reader,
  rows: readonly LabelledText[],
  { sure = false, ...options }: CompareOptions = {},
): Promise<PairedCounts> {
  const texts = rows.map((row) => row.text);
  const labels = (read: ClassifyResult[]) => read.map((result) => labelOf(result, sure));
  const before = labels(await readTexts(champion, texts, options));
  const after = labels(await readTexts(candidate, texts, options));
  const counts = { ...NO_PAIRS };
  rows.forEach(({ label }, index) => {
    const championRight = before[index] === label;
    const candidateRight = after[index] === label;
    if (championRight && candidateRight) counts.both += 1;
    else if (championRight) counts.onlyChampion += 1;
    else if (candidateRight) counts.onlyCandidate += 1;
    else counts.neither += 1;
  });
  return counts;
}
