// How a night trains, with its measured defaults, and the file in which an operator sets something else.
import { z } from 'zod';
import { parseSettings } from '../settings-file.js';
import { ANCHOR_METHODS, type FinetuneJob } from '../train/job.js';
import type { ReplayBuffer } from './replay.js';

/** Of the job, what a night decides by itself. */
type Strength = Pick<FinetuneJob, 'epochs' | 'learningRate' | 'batchSize' | 'warmup' | 'weightDecay'> &
  Required<Pick<FinetuneJob, 'distillation' | 'baseShare' | 'trained'>>;

export interface RunSettings extends Strength {
  /** With at most `most` corrections to learn from: gentler steps, and more epochs as long as they are not learned. */
  few: { most: number; epochs: number; learningRate: number };
  /** Of the job; null for none. */
  anchor: NonNullable<FinetuneJob['anchor']> | null;
  /** Of a job with few corrections; null for none. */
  stopWhenLearned: NonNullable<FinetuneJob['stopWhenLearned']> | null;
  /** As of `DatasetConfig`. */
  correctionShare: number;
  maxRepeats: number;
  replay: ReplayBuffer;
}

/**
 * Measured in docs/learning.md. Few corrections have to be seen to be learned, and cost little; of many some are wrong, and
 * learning every one of them would spoil more than it gives.
 */
export const RUN_DEFAULTS: RunSettings = {
  epochs: 2,
  few: { most: 50, epochs: 6, learningRate: 1e-4 },
  stopWhenLearned: { share: 0.9, confidence: 0.65 },
  learningRate: 2e-4,
  batchSize: 16,
  warmup: 0.1,
  weightDecay: 0,
  distillation: 1,
  anchor: null,
  baseShare: 0.25,
  trained: 'all',
  correctionShare: 0.2,
  maxRepeats: 24,
  replay: {
    own: 2400,
    fetched: 800,
    policy: 'balanced',
    mix: {
      nsmc: 4,
      goemotions: 2,
      chatbot_ko: 1,
      xed_en: 1,
      sentence_polarity: 1,
      product_reviews: 1,
    },
    seed: 1,
  },
};

const share = z.number().min(0).max(1);
const whole = (least: number) => z.number().int().min(least);
const Settings = z
  .strictObject({
    epochs: whole(1),
    few: z.strictObject({ most: whole(0), epochs: whole(1), learningRate: z.number().positive() }).partial(),
    stopWhenLearned: z.strictObject({ share, confidence: share }).nullable(),
    learningRate: z.number().positive(),
    batchSize: whole(1),
    warmup: share,
    weightDecay: z.number().min(0),
    distillation: share,
    anchor: z.strictObject({ method: z.enum(ANCHOR_METHODS), strength: z.number().positive() }).nullable(),
    baseShare: share,
    trained: z.enum(['all', 'classifier']),
    correctionShare: share,
    maxRepeats: whole(1),
    replay: z
      .strictObject({
        own: whole(0),
        fetched: whole(0),
        policy: z.enum(['balanced', 'random']),
        mix: z.partialRecord(z.enum(Object.keys(RUN_DEFAULTS.replay.mix)), z.number().min(0)),
        seed: whole(0),
      })
      .partial(),
  })
  .partial();

/**
 * @param content of the file: a JSON object with any of the settings above
 * @param file named in errors
 * @throws NunchiError `invalid-config` naming the setting and what was wrong
 */
export function parseRunSettings(content: string, file: string): RunSettings {
  const hint =
    'docs/learning.md says what the settings are, src/learn/run-settings.ts lists all with their defaults; leave out those that are not to change.';
  const given = parseSettings(Settings, content, file, hint) as Partial<RunSettings>;
  return {
    ...RUN_DEFAULTS,
    ...given,
    few: { ...RUN_DEFAULTS.few, ...given.few },
    replay: { ...RUN_DEFAULTS.replay, ...given.replay },
  };
}
