// Whether the mood has just fallen steeply: what a moderators' channel is told once, and not again while it stays low.
import type { MoodBucket } from '../store/contracts/reports.js';
import { moodOf, shownBuckets, sumCounts, type Mood, type ShownBucket } from './mood.js';

export interface FallSettings {
  /** Buckets of fewer people, or of fewer messages that were read for sure, are passed over. */
  minAuthors: number;
  minMessages: number;
  /** How much lower the mood (-1 to 1) must be than before; half way back up the fall is over. */
  minDrop: number;
  /** As many buckets at most are "before"; after as many low ones, low is how things are. */
  before: number;
  /** With fewer buckets before it, none is a fall. */
  minBefore: number;
  /** Part of the intervals, two-sided, that may miss the mood. */
  level: number;
}

export const FALL_DEFAULTS: FallSettings = {
  minAuthors: 5,
  minMessages: 20,
  minDrop: 0.3,
  before: 8,
  minBefore: 3,
  level: 0.01,
};

export interface Fall {
  bucket: ShownBucket;
  /** Of the bucket, and of those before it together. */
  mood: Mood;
  before: Mood;
}

/**
 * The fall that begins in the newest complete bucket, or null: its mood is `minDrop` lower than that of the buckets before
 * it together, the two intervals do not overlap, and it is lower than each of them, so that the ordinary ups and downs of
 * a channel are no fall. Buckets that fell are not taken as "before" for the next ones until the mood has come back or
 * has stayed low for long: one fall is found once. Ask once for each bucket that has ended, with the same beginning or a
 * moving one that leaves well over `before` buckets.
 * @param buckets oldest first, hidden ones among them
 */
export function detectFall(
  buckets: readonly MoodBucket[],
  now: Date,
  settings: FallSettings = FALL_DEFAULTS,
): Fall | null {
  const complete = buckets.filter(({ end }) => end <= now);
  let before: ShownBucket[] = [];
  let low: ShownBucket[] = [];
  let newest: Fall | null = null;
  for (const bucket of shownBuckets(complete)) {
    const mood = moodOf(bucket.counts, 1, settings.level);
    if (mood === null || bucket.authors < settings.minAuthors || mood.n < settings.minMessages) continue;
    newest = null;
    const usual = moodOf(sumCounts(before).counts, 1, settings.level);
    const drop = (usual?.value ?? 0) - mood.value;
    if (usual !== null && low.length > 0 && drop > settings.minDrop / 2) {
      low.push(bucket);
      if (low.length >= settings.before) [before, low] = [low, []];
    } else if (usual !== null && low.length === 0 && isFall(mood, usual, before, settings)) {
      low.push(bucket);
      newest = { bucket, mood, before: usual };
    } else {
      low = [];
      before = [...before, bucket].slice(-settings.before);
    }
  }
  return newest !== null && newest.bucket === complete.at(-1) ? newest : null;
}

function isFall(mood: Mood, usual: Mood, before: readonly ShownBucket[], settings: FallSettings): boolean {
  return (
    before.length >= settings.minBefore &&
    usual.value - mood.value >= settings.minDrop &&
    mood.high < usual.low &&
    before.every(({ counts }) => (moodOf(counts)?.value ?? 0) > mood.value)
  );
}
