// What the operator has decided for a platform, under its terms: what may be learned there, how long texts are kept.
import type { TrainingUse } from './training-use.js';

export interface PlatformRules {
  training: TrainingUse;
  /** Hours after which texts are erased that nothing is learned from. */
  textHours: number;
}
