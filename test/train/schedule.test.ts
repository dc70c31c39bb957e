// The linear schedule against the values of transformers' get_linear_schedule_with_warmup.
import { describe, expect, it } from 'vitest';
import { linearSchedule } from '../../src/train/schedule.js';

describe('linearSchedule', () => {
  it.each([
    // total 100, no warm-up
    [0, 100, 0, 1],
    [50, 100, 0, 0.5],
    [99, 100, 0, 0.01],
    [100, 100, 0, 0],
    // total 100, 10 steps of warm-up
    [0, 100, 0.1, 0],
    [5, 100, 0.1, 0.5],
    [10, 100, 0.1, 1],
    [55, 100, 0.1, 0.5],
    // a run of one step is not lost to the schedule
    [0, 1, 0, 1],
  ])('step %i of %i with warm-up %f', (step, total, warmup, expected) => {
    expect(linearSchedule(step, total, warmup)).toBeCloseTo(expected, 10);
  });
});
