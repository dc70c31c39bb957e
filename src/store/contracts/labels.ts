// What people say of messages, and the labels and corrections that come of it.
import type { Label } from '../../labels.js';
import type { LabelPolicy } from '../derive-label.js';
import type { StoredMessage, StoredPrediction } from './messages.js';
import type { Consent } from './testimony.js';

export interface FeedbackEvent {
  messageId: string;
  platform: string;
  /** The platform's own id of the person; stored as an HMAC only. */
  personId: string;
  moderator: boolean;
  /** As the platform sent it, or `CHOSEN`. */
  emoji: string;
  /** Put under Nunchi's answer to the message. @default false */
  onAnswer?: boolean;
  /** The label it stands for; null for ❌ forget this reading. */
  label: Label | null;
  action: 'added' | 'removed';
}

/** An emoji that somebody added and, as far as Nunchi knows, has not removed. */
export interface StandingWord {
  id: string;
  /** As the platform sent it. */
  emoji: string;
  /** The platform's own id where it is one of those asked about; null for anybody else. */
  personId: string | null;
  /** Whoever said it had themselves erased: the word counts on and leads to nobody. */
  erased: boolean;
}

export interface CurrentLabel {
  messageId: string;
  /** null: the reading is to be forgotten. */
  label: Label | null;
  trainable: boolean;
  decidedAt: Date;
  /** The run that learned it, once one has. */
  learnedInRun: string | null;
  /** Moderators have said different things; the latest word decided. */
  contested: boolean;
}

export interface QueuedMessage {
  message: StoredMessage;
  prediction: StoredPrediction | null;
  contested: boolean;
}

/** A row of training: only what is `trainable`, with consent `given`, comes to be one. */
export interface Correction {
  messageId: string;
  platform: string;
  communityId: string;
  consent: Consent;
  trainable: boolean;
  text: string;
  label: Label;
  decidedAt: Date;
}

export interface FeedbackStore {
  /**
   * Appends the event and derives the current label in one transaction; null where no label stands.
   * @param policy who decides; moderators alone where it is left out, and the words of other people are kept
   * @throws NunchiError `not-found`
   */
  record(event: FeedbackEvent, policy?: LabelPolicy): Promise<CurrentLabel | null>;
  /**
   * Takes back what stands under one emoji, or under all (null), of the message or of Nunchi's answer to it, whoever gave
   * it: platforms do not say who. What was chosen in a dialog or with a button is under no emoji and stays. Or the words
   * with these ids.
   * @returns how many words
   */
  revoke(
    messageId: string,
    which: { emoji: string | null; onAnswer: boolean } | { words: readonly string[] },
    policy?: LabelPolicy,
  ): Promise<number>;
  /**
   * What stands under the message, or under Nunchi's answer to it, those words among them that were about an earlier text.
   * @param personIds the people to be told apart; others stay unknown, as only hashes are kept
   */
  standing(messageId: string, onAnswer: boolean, personIds: readonly string[]): Promise<StandingWord[]>;
  current(messageIds: readonly string[]): Promise<Map<string, CurrentLabel>>;
  /** Trainable corrections with their texts still there, oldest first. */
  corrections(): Promise<Correction[]>;
  /**
   * How many of them no promoted model has learned.
   * @param afterRun only those decided after this training run was started
   */
  pendingCount(afterRun?: string): Promise<number>;
  /** What was decided after the run was started stays pending. */
  markLearned(runId: string, messageIds: readonly string[]): Promise<void>;
  /** Corrections of all other messages are pending again: the model in use has not learned them. */
  markUnlearned(exceptMessageIds: readonly string[]): Promise<void>;
}

export interface ReviewStore {
  /**
   * Messages of a community (the platform's own id) for a moderator to label: those over which others disagree, the newest
   * first, then those read least surely. Only people's messages whose text is there and that the model could read.
   * @param moderator their pseudonym
   */
  queue(platform: string, communityId: string, moderator: string, limit: number): Promise<QueuedMessage[]>;
  /** These messages, as they would stand in a queue, in the same order. A few. */
  queued(ids: readonly string[]): Promise<QueuedMessage[]>;
}
