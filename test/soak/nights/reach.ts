// Waits until a night has got to a step, from what is recorded of it, so that it can be killed there.
import { setTimeout } from 'node:timers/promises';
import type { NightsBot } from './bot.js';
import type { HomeView } from './home-view.js';
import type { Step } from './plan.js';

/** What there was before the night, or before it was taken up again. */
export interface Before {
  attempts: number;
  models: number;
  deployments: number;
  newestRun: string;
}

/** Short, so that a step of some milliseconds is seen. */
const LOOK_MS = 2;
const REACHED_MS = 240_000;

/** @returns false where the night ended without it */
export async function reach(
  step: Step,
  date: string,
  before: Before,
  bot: NightsBot,
  view: HomeView,
): Promise<boolean> {
  const newRun = () => view.runs().findLast(({ id }) => id > before.newestRun);
  const reached: Record<Step, () => boolean> = {
    claimed: () => (view.night(date)?.attempts ?? 0) > before.attempts,
    preparing: () => newRun()?.state === 'running',
    training: () => bot.phase === 'training',
    evaluating: () => bot.phase === 'evaluating',
    registered: () => view.modelCount() > before.models,
    promoting: () => bot.phase === 'promoting',
    deployed: () => view.deploymentCount() > before.deployments,
    recorded: () => newRun()?.state === 'promoted',
  };
  for (const deadline = Date.now() + REACHED_MS; Date.now() < deadline; await setTimeout(LOOK_MS)) {
    if (reached[step]()) return true;
    if (view.night(date)?.endedAt != null) return false;
  }
  throw new Error(`the night of ${date} came neither to "${step}" nor to its end`);
}
