// Candidates that wait for a decision though something that they learned was deleted or taken back meanwhile.
import type { Store } from '../store/store.js';
import { WITHDRAWN } from './training-report.js';

/** Runs further back have nothing left to decide. */
const RUNS_LOOKED_AT = 20;

/** Ends the runs that ask about them. @returns whether there were any */
export async function endWithdrawn(
  { runs, models }: Pick<Store, 'runs' | 'models'>,
  isWithdrawn: (version: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  let any = false;
  for (const { id, state, candidateVersion } of await runs.list(RUNS_LOOKED_AT)) {
    if (state !== 'awaiting-confirmation' || candidateVersion === null) continue;
    if (!(await isWithdrawn(candidateVersion))) continue;
    await models.setChallenger(null);
    await runs.update(id, { state: 'kept', reason: WITHDRAWN });
    any = true;
  }
  return any;
}
