// What may be learned from a platform's texts, as its operator has set it, and why something may not.
import type { TrainingPermission } from '../config.js';
import { distressIn } from './distress.js';

export type TrainingUse = TrainingPermission;

/** By the platform's name; a platform that is not named has no such rule. */
export type TrainingUses = Readonly<Partial<Record<string, TrainingUse>>>;

export function trainingUseOf(uses: TrainingUses, platform: string): TrainingUse {
  return Object.hasOwn(uses, platform) ? (uses[platform] ?? 'messages') : 'messages';
}

/** `message`: it is one that must not be learned from, such as one of a guest from elsewhere. */
export type Untrained = 'distress' | 'off' | 'authored' | 'message';

/** Why nothing is learned from a message that may not be trained on. */
export function whyUntrained(text: string, use: TrainingUse): Untrained {
  if (distressIn(text) !== null) return 'distress';
  return use === 'messages' ? 'message' : use;
}
