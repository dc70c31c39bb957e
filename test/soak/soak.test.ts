// The soak: a small one among the tests, a long one with `npm run soak`, which takes its size from the environment.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/paths.js';
import { describeSoak, memoryGrowth } from './report.js';
import { runSoak } from './soak.js';

/** How many events, from which seed, and whether (any value) the summary goes into docs/soak.md. */
const { SOAK_EVENTS, SOAK_SEED, SOAK_WRITE } = process.env;
const events = Number(SOAK_EVENTS ?? 1_500);
const seed = Number(SOAK_SEED ?? 1);
const isLong = events >= 5_000;
/** Resident memory of both processes together may grow by this from the first third of a life, after its warm-up, to its last. */
const GROWTH_MIB = 64;

it.skipIf(process.platform !== 'linux')(
  'ends with exactly the expected answers and labels, whatever broke, and memory flat',
  async () => {
    const result = await runSoak({
      events,
      seed,
      kills: Math.min(15, Math.max(2, Math.round(events / 1_300))),
      floods: Math.max(1, Math.round(events / 4_000)),
      eventsInRound: isLong ? 200 : 100,
      ...(isLong ? { onRound: (line: string) => console.log(line) } : {}),
    });
    const summary = describeSoak(result, { seed, boundMiB: GROWTH_MIB });
    console.log(summary);
    if (SOAK_WRITE !== undefined) writeFileSync(path.join(PACKAGE_ROOT, 'docs/soak.md'), summary);
    expect(result.differences).toEqual([]);
    expect(result.errors).toEqual([]);
    expect(Math.max(0, ...result.lives.map(memoryGrowth))).toBeLessThan(GROWTH_MIB);
  },
  isLong ? 3_600_000 : 600_000,
);
