// A labelled file as a stream of corrections: nights of them, and a part that is never trained on.
import { createRandom } from '../../bert/random.js';
import { textKey } from '../../data/text-key.js';
import { NunchiError } from '../../errors.js';
import type { LabelledText } from '../../train/job.js';

export interface Stream {
  /** The corrections of each night, in the order in which they are given. */
  nights: LabelledText[][];
  /** Every other text of the file. */
  heldOut: LabelledText[];
}

/** Fewer say nothing. */
export const MIN_HELD_OUT = 20;

/**
 * The same seed gives the same stream, and with fewer nights the beginning of the same stream.
 * @throws NunchiError `not-enough-data` where too few texts would be left to measure on
 */
export function splitStream(
  rows: readonly LabelledText[],
  { nights, perNight, seed }: { nights: number; perNight: number; seed: number },
): Stream {
  const distinct = new Map<string, LabelledText>();
  for (const row of rows) {
    const key = textKey(row.text);
    if (row.text.trim() !== '' && !distinct.has(key)) distinct.set(key, row);
  }
  const shuffled = createRandom(seed).shuffle([...distinct.values()]);
  const wanted = nights * perNight;
  if (shuffled.length < wanted + MIN_HELD_OUT) {
    const most = Math.max(0, Math.floor((shuffled.length - MIN_HELD_OUT) / perNight));
    throw new NunchiError(
      'not-enough-data',
      `the stream has ${shuffled.length} different texts; ${nights} nights of ${perNight} and ${MIN_HELD_OUT} to measure on take ${wanted + MIN_HELD_OUT}`,
      {
        hint:
          most === 0
            ? `Name a larger file, or take fewer than ${perNight} corrections a night.`
            : `Name a larger file, or take at most ${most === 1 ? 'one night' : `${most} nights`} of ${perNight}.`,
      },
    );
  }
  return {
    nights: Array.from({ length: nights }, (_, night) =>
      shuffled.slice(night * perNight, (night + 1) * perNight),
    ),
    heldOut: shuffled.slice(wanted),
  };
}
