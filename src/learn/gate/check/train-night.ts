// One night's training on given corrections, as a run does it, without a store.
import { FINETUNE_DEFAULTS, type LabelledText, type StartTrainer } from '../../../train/job.js';
import { buildDataset, type Dataset } from '../../dataset.js';
import { GATE_DEFAULTS, type GateConfig } from '../settings.js';
import type { ReplaySet } from '../../replay.js';
import { RUN_DEFAULTS } from '../../training-run.js';

export interface TrainNightConfig {
  base: { directory: string };
  replay: ReplaySet;
  startTrainer: StartTrainer;
  threads: number;
  gate?: GateConfig;
}

/** The middle one of a run's attempts, which most nights end with. */
const ATTEMPT = 1;

export async function trainNight(
  rows: readonly LabelledText[],
  directory: string,
  { base, replay, startTrainer, threads, gate = GATE_DEFAULTS }: TrainNightConfig,
): Promise<{ version: string; dataset: Dataset }> {
  const corrections = rows.map(({ text, label }, index) => ({
    messageId: `check-${index + 1}`,
    text,
    label,
    decidedAt: new Date(index),
  }));
  const { attempts, correctionShare, maxRepeats, maxReplay, batchSize, warmup, weightDecay } = RUN_DEFAULTS;
  const { minHeldOutCorrections } = gate;
  const dataset = buildDataset(corrections, replay, {
    minHeldOutCorrections,
    correctionShare,
    maxRepeats,
    maxReplay,
  });
  const { version } = await startTrainer(
    {
      ...FINETUNE_DEFAULTS,
      ...attempts[ATTEMPT],
      baseDirectory: base.directory,
      outDirectory: directory,
      examples: dataset.examples,
      data: dataset.hashes,
      batchSize,
      warmup,
      weightDecay,
      threads,
    },
    () => undefined,
  ).result;
  return { version, dataset };
}
