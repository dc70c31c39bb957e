// Nights with random kills: a few among the tests, thirty with `npm run soak:nights`, which takes their number from the environment.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/paths.js';
import { runNights } from './nights/nights.js';
import { createPlan, SHORT_PLAN } from './nights/plan.js';
import { describeNights } from './nights/report.js';

/** How many dates, from which seed, and whether (any value) the summary goes into docs/nights-soak.md. */
const { NIGHTS, SEED, SOAK_WRITE } = process.env;
const seed = Number(SEED ?? 1);
const plan = NIGHTS === undefined ? SHORT_PLAN : createPlan(Number(NIGHTS), seed);
const isLong = plan.length >= 10;

// Process groups are looked up in /proc.
it.skipIf(process.platform !== 'linux')(
  'lose nothing and account for every date, wherever the bot is killed',
  async () => {
    const report = await runNights({
      plan,
      seed,
      ...(isLong ? { onDate: (line) => console.log(line) } : {}),
    });
    const summary = describeNights(report, seed);
    console.log(summary);
    if (SOAK_WRITE !== undefined) writeFileSync(path.join(PACKAGE_ROOT, 'docs/nights-soak.md'), summary);
    expect(report.differences).toEqual([]);
    expect(report.errors).toEqual([]);
  },
  isLong ? 3_600_000 : 300_000,
);
