// What a simulation compares, by the field's names (Lesort et al. 2020, Lomonaco et al. 2021): the same nightly training, with
// other settings.
import { RUN_DEFAULTS, type RunSettings } from '../run-settings.js';

export const POLICIES = ['replay', 'naive', 'joint', 'head-only', 'frozen'] as const;
export type Policy = (typeof POLICIES)[number];

export interface PolicyPlan {
  /** One night with all the corrections, or one for each night of them. */
  atOnce: boolean;
  /** Whether anything is trained. */
  trains: boolean;
  /** A night starts from the model of the night before, and knows that night's corrections alone. */
  chained: boolean;
  /** Whether the promotion gate decides; without it every model comes into use, and no correction is held out for it. */
  gated: boolean;
  replays: boolean;
  settings: Partial<RunSettings>;
}

/** However few corrections there are, the settings stay the same. */
const EVEN = { ...RUN_DEFAULTS.few, most: 0 };

const NIGHTLY: PolicyPlan = {
  atOnce: false,
  trains: true,
  chained: false,
  gated: true,
  replays: true,
  settings: {},
};

export const POLICY_PLANS: Readonly<Record<Policy, PolicyPlan>> = {
  /** What Nunchi does every night. */
  replay: NIGHTLY,
  /** Fine-tuning that goes on and on, with nothing against forgetting: the lower bound. */
  naive: {
    ...NIGHTLY,
    chained: true,
    gated: false,
    replays: false,
    settings: {
      anchor: null,
      distillation: 0,
      baseShare: 0,
      weightDecay: 0.01,
      few: EVEN,
    },
  },
  /** All corrections in one training, none kept back: the upper bound. */
  joint: { ...NIGHTLY, atOnce: true, gated: false },
  /** The encoder stays as it is. Its few weights take, and need, larger steps. */
  'head-only': {
    ...NIGHTLY,
    settings: { trained: 'classifier', learningRate: 2e-3, few: EVEN },
  },
  /** No learning: what the base model reads. */
  frozen: { ...NIGHTLY, atOnce: true, trains: false },
};
