// What one run learns from and is judged by: replay and corrections, each with its held-out part.
import { createHash } from 'node:crypto';
import { textKey } from '../data/text-key.js';
import type { Correction } from '../store/contracts/labels.js';
import type { LabelledText, TrainingExample } from '../train/job.js';
import { drawReplay, type ReplayBuffer, type ReplaySet } from './replay.js';
import { splitByText } from './split.js';

export interface DatasetConfig {
  /** Below this many held-out corrections none is held out: with so few, each one is worth more in training. */
  minHeldOutCorrections: number;
  /** Part of an epoch that corrections should make up, reached by repeating them, 0 to 1. */
  correctionShare: number;
  /** A correction is repeated at most so often in an epoch. */
  maxRepeats: number;
  replay: ReplayBuffer;
}

export interface Dataset {
  /** One epoch: replay rows once, marked as known, corrections `repeats` times. */
  examples: TrainingExample[];
  repeats: number;
  /** Name of where replay rows are from to how many there are of them. */
  replaySources: Record<string, number>;
  trainedCorrections: Correction[];
  heldOutCorrections: Correction[];
  /** Corrections of further messages with a text that is trained on: older than the one trained, whatever they say. */
  sameTexts: Correction[];
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
  const drawn = drawReplay(replay, config.replay, untouched);
  const replayed = [...drawn.values()].flat();

  const wanted = (replayed.length * config.correctionShare) / (1 - config.correctionShare);
  const repeats =
    trainedCorrections.length === 0
      ? 0
      : Math.min(config.maxRepeats, Math.max(1, Math.round(wanted / trainedCorrections.length)));
  const trained = new Map(trainedCorrections.map((correction) => [textKey(correction.text), correction]));
  const repeated = trainedCorrections.flatMap(({ text, label }) =>
    Array.from({ length: repeats }, () => ({ text, label })),
  );
  const fingerprint = createHash('sha256');
  for (const { text, label } of trainedCorrections) fingerprint.update(`${textKey(text)}\t${label}\n`);
  return {
    examples: [...replayed.map((row) => ({ ...row, known: true })), ...repeated],
    repeats,
    replaySources: Object.fromEntries([...drawn].map(([name, rows]) => [name, rows.length])),
    trainedCorrections,
    heldOutCorrections,
    sameTexts: corrections.filter((one) => (trained.get(textKey(one.text)) ?? one) !== one),
    heldOutReplay: replay.heldOut.filter(untouched),
    hashes: { ...replay.hashes, corrections: fingerprint.digest('hex') },
  };
}
