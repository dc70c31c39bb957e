// What the operator has decided for a platform, under its terms: what may be learned there, how long texts are kept.

/** `authored`: only what moderators write into the correction dialog; `messages`: messages that somebody corrects. */
export type TrainingUse = 'off' | 'authored' | 'messages';

export interface PlatformRules {
  training: TrainingUse;
  /** Days after which texts are erased that nothing is learned from. */
  textDays: number;
}
