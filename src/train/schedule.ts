// Learning rate over the steps of a run.

/**
 * Linear warm-up from 0, then linear decay to 0, as in transformers' `get_linear_schedule_with_warmup`.
 * @param step from 0
 * @param warmup part of the steps that warm up, 0 to 1
 * @returns factor on the learning rate, 0 to 1
 */
export function linearSchedule(step: number, totalSteps: number, warmup: number): number {
  const warmupSteps = Math.round(totalSteps * warmup);
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
}
