// Figures over many messages: moods over time, and how right the models were.
import type { Label } from '../../labels.js';
import type { TimeBucket, TimeRange } from '../../time-buckets.js';

/** Ids are the platform's own. */
export interface MoodScope {
  kind: 'channel' | 'community';
  id: string;
}

export interface MoodQuery extends TimeRange {
  platform: string;
  scope: MoodScope;
}

/** How the messages of one bucket are read now. */
export interface MoodCounts {
  authors: number;
  /** All that are read: `counts` and `unsure` together. */
  messages: number;
  counts: Record<Label, number>;
  /** Read, but without being sure. */
  unsure: number;
}

/** `tooFew`: messages of fewer than 5 people, or none. */
export type MoodBucket = TimeBucket & ({ tooFew: true } | ({ tooFew: false } & MoodCounts));

export interface ReportStore {
  /**
   * Every bucket that `from` … `to` touches, always a whole one: two ranges that differ by a moment could otherwise be
   * subtracted from each other. A message counts as its current label, else as its newest prediction; one that is to be
   * forgotten, was never read, has no author or is Nunchi's own does not count. An unknown channel has only empty buckets.
   * @throws NunchiError `invalid-input` (see `cutBuckets`)
   */
  mood(query: MoodQuery): Promise<MoodBucket[]>;
}

/** Of the readings that one model made in one week, of messages as they came. */
export interface ProgressiveScore extends TimeBucket {
  version: string;
  /** All of them, and those without being sure. */
  read: number;
  unsure: number;
  /** Those on which people have decided since, and those that say the same. */
  labelled: number;
  right: number;
  /** Of the labelled ones, those that were sure. */
  sure: number;
  sureRight: number;
}

export interface ProgressiveStore {
  /**
   * By week and model version, oldest first: each reading that people saw is held against the label that they decided on
   * afterwards, so that no model is measured on what it has learned. Of a message whose text was changed the last
   * reading before the first word about it counts; one that is to be forgotten does not, nor a reading that is not live.
   * @throws NunchiError `invalid-input` (see `cutBuckets`)
   */
  scores(range: Omit<TimeRange, 'bucket'>): Promise<ProgressiveScore[]>;
}
