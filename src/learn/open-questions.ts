// Runs that ask a person about their candidate, and what ends the question other than an answer.
import type { Store } from '../store/store.js';

/** Runs further back have nothing left to decide. */
const RUNS_LOOKED_AT = 20;

/**
 * Keeps those candidates out of use.
 * @param concerns whether it ends the question about that model
 * @returns whether there were any
 */
export async function closeQuestions(
  { runs, models }: Pick<Store, 'runs' | 'models'>,
  reason: string,
  concerns: (version: string) => boolean | Promise<boolean> = () => true,
): Promise<boolean> {
  let any = false;
  for (const { id, state, candidateVersion } of await runs.list(RUNS_LOOKED_AT)) {
    if (state !== 'awaiting-confirmation') continue;
    if (candidateVersion !== null && !(await concerns(candidateVersion))) continue;
    await models.setChallenger(null);
    await runs.update(id, { state: 'kept', reason });
    any = true;
  }
  return any;
}
