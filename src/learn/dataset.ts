// What one run learns from and is judged by: replay and corrections, each with its held-out part.
import { createHash } from 'node:crypto';
import { textKey } from '../data/text-key.js';
import type { Label } from '../labels.js';
import type { Correction } from '../store/store.js';
import type { LabelledText } from '../train/job.js';
import type { ReplaySet } from './replay.js';
import { splitByText } from './split.js';

export interface DatasetConfig {
  /** Below this many held-out corrections none is held out: with so few, each one is worth more in training. */
  minHeldOutCorrections: number;
  /** Part of an epoch that corrections should make up, reached by repeating them, 0 to 1. */
  correctionShare: number;
  /** A correction is repeated at most so often in an epoch. */
  maxRepeats: number;
  /** Most replay rows of an epoch; the same ones every time, the labels balanced, else as near to a random choice as their hashes are. */
  maxReplay: number;
}

export interface Dataset {
  /** One epoch: up to `maxReplay` of the replay rows once, corrections `repeats` times. */
  examples: LabelledText[];
  repeats: number;
  trainedCorrections: Correction[];
  heldOutCorrections: Correction[];
  heldOutReplay: LabelledText[];
  /** Name to sha256 of what went in. */
  hashes: Record<string, string>;
}

/** The newest word on each text, oldest first. */
function newestPerText(corrections: readonly Correction[]): Correction[] {
  const byKey = new Map<string, Correction>();
  for (const correction of corrections) {
    const key = textKey(correction.text);
    const known = byKey.get(key);
    if (known === undefined || known.decidedAt <= correction.decidedAt) {
      byKey.delete(key);
      byKey.set(key, correction);
    }
  }
  return [...byKey.values()];
}

/** At most `most` rows, of every label as many as of the others where there are so many. */
function sampleByKey(rows: readonly LabelledText[], most: number): readonly LabelledText[] {
  if (rows.length <= most) return rows;
  const byKey = rows.map((row) => ({ row, key: textKey(row.text) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const seen: Record<Label, number> = { negative: 0, neutral: 0, positive: 0 };
  return byKey
    .map(({ row }) => ({ row, rank: (seen[row.label] += 1) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ row }) => row);
}

export function buildDataset(
  corrections: readonly Correction[],
  replay: ReplaySet,
  config: DatasetConfig,
): Dataset {
  const distinct = newestPerText(corrections);
  const split = splitByText(distinct);
  const enough = split.heldOut.length >= config.minHeldOutCorrections;
  const trainedCorrections = enough ? split.training : distinct;
  const heldOutCorrections = enough ? split.heldOut : [];

  // A person's word about a text outranks ours.
  const corrected = new Set(distinct.map(({ text }) => textKey(text)));
  const untouched = (row: LabelledText) => !corrected.has(textKey(row.text));
  const replayed = sampleByKey(replay.training.filter(untouched), config.maxReplay);

  const wanted = (replayed.length * config.correctionShare) / (1 - config.correctionShare);
  const repeats =
    trainedCorrections.length === 0
      ? 0
      : Math.min(config.maxRepeats, Math.max(1, Math.round(wanted / trainedCorrections.length)));
  const repeated = trainedCorrections.flatMap(({ text, label }) =>
    Array.from({ length: repeats }, () => ({ text, label })),
  );
  const fingerprint = createHash('sha256');
  for (const { text, label } of trainedCorrections) fingerprint.update(`${textKey(text)}\t${label}\n`);
  return {
    examples: [...replayed, ...repeated],
    repeats,
    trainedCorrections,
    heldOutCorrections,
    heldOutReplay: replay.heldOut.filter(untouched),
    hashes: { ...replay.hashes, corrections: fingerprint.digest('hex') },
  };
}
