// Which corrections the model in use has learned: kept with the corrections, and brought in line whenever another model serves
// than the one that a run has just made.
import type { TrainingRun } from '../store/contracts/runs.js';
import type { Store } from '../store/store.js';
import { answeredMessages } from './training-report.js';

/** Runs further back are known by the rows of their model alone. */
const RUNS_LOOKED_AT = 50;

/** What the model has not learned is pending again; what was decided since it was made is pending still. */
export async function alignLearned(
  store: Pick<Store, 'models' | 'runs' | 'feedback'>,
  version: string,
): Promise<void> {
  const own = (await store.runs.list(RUNS_LOOKED_AT)).filter(
    ({ candidateVersion }) => candidateVersion === version,
  );
  const answered = own.map((run): [TrainingRun, string[]] => [run, answeredMessages(run)]);
  const learned = [...(await store.models.rows(version)), ...answered.flatMap(([, messages]) => messages)];
  await store.feedback.markUnlearned(learned);
  for (const [run, messages] of answered) await store.feedback.markLearned(run.id, messages);
}
