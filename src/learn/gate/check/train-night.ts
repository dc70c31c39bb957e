// One night's training on given corrections, as a run does it, without a store.
import path from 'node:path';
import type { LabelledText, StartTrainer } from '../../../train/job.js';
import { candidateDataset, candidateJob } from '../../candidate-training.js';
import type { Dataset } from '../../dataset.js';
import type { ReplaySet } from '../../replay.js';
import type { RunSettings } from '../../run-settings.js';
import type { GateConfig } from '../settings.js';

export interface TrainNightConfig {
  base: { version: string; directory: string };
  replay: ReplaySet;
  startTrainer: StartTrainer;
  threads: number;
  gate: GateConfig;
  settings: RunSettings;
}

export async function trainNight(
  rows: readonly LabelledText[],
  directory: string,
  { base, replay, startTrainer, threads, gate, settings }: TrainNightConfig,
): Promise<{ version: string; dataset: Dataset }> {
  const corrections = rows.map(({ text, label }, index) => ({
    messageId: `check-${index + 1}`,
    platform: 'check',
    communityId: 'check',
    consent: 'given' as const,
    trainable: true,
    text,
    label,
    decidedAt: new Date(index),
  }));
  const dataset = candidateDataset(corrections, replay, gate.minHeldOutCorrections, settings);
  const job = candidateJob(path.basename(directory), dataset, {
    base,
    modelsDirectory: path.dirname(directory),
    engine: 'auto',
    threads,
    permissions: {},
    settings,
  });
  const { version } = await startTrainer(job, () => undefined).result;
  return { version, dataset };
}
