// No single person makes up too much of a training: what is over their part waits for later nights.
import { groupBy } from './group-by.js';
import type { Admitted } from './judge-corrections.js';
import type { TrustSettings } from './settings.js';

export interface Limited {
  admitted: Admitted[];
  /** Over the limit, oldest first. */
  over: Admitted[];
}

/**
 * Corrections that several moderators agree on are nobody's alone and are not counted against anybody.
 * @param corrections oldest decision first: the oldest ones go first
 * @param isNew whether no model in use since has had it in its training
 */
export function limitPeople(
  corrections: readonly Admitted[],
  isNew: (correction: Admitted) => boolean,
  { perNight, share, sharePeople }: TrustSettings,
): Limited {
  const byAuthor = groupBy(
    corrections.filter(({ lone }) => lone),
    ({ author }) => author,
  );
  const people = new Set(corrections.map(({ author }) => author)).size;
  const over = new Set<Admitted>();
  for (const own of byAuthor.values()) for (const one of own.filter(isNew).slice(perNight)) over.add(one);

  // What one person may have grows with what the others have, so that the others are counted as they are admitted.
  const admittedOf = (own: readonly Admitted[]) => own.filter((one) => !over.has(one));
  if (people >= sharePeople && share < 1) {
    const largestFirst = [...byAuthor.values()].sort((a, b) => b.length - a.length);
    for (const own of largestFirst) {
      const mine = admittedOf(own);
      const rest = corrections.length - over.size - mine.length;
      const most = Math.max(perNight, Math.floor((share / (1 - share)) * rest));
      const excess = mine.length - most;
      // What was learned stays: another person's first correction must not undo what is known.
      if (excess > 0) for (const one of mine.filter(isNew).slice(-excess)) over.add(one);
    }
  }
  return { admitted: admittedOf(corrections), over: corrections.filter((one) => over.has(one)) };
}
