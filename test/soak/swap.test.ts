// Swaps under load: a few among the tests, which say nothing about time; with `npm run soak:swap` fifty, and their figures.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/paths.js';
import { swapApp, swapRow, swapService, type SwapReport } from './swap.js';

/** How many swaps, and whether (any value) the figures go into docs/swap.md. */
const { SWAPS, SWAP_WRITE } = process.env;
const swaps = Number(SWAPS ?? 10);
const isLong = swaps >= 50;
const options = {
  swaps,
  steadyMs: isLong ? 10_000 : 200,
  betweenMs: isLong ? 1_000 : 50,
  memorySamples: isLong ? 10 : 1,
  ...(isLong ? { onSwap: (line: string) => console.log(line) } : {}),
};
/** A message and its answer take some five durable writes: a busy disk does not keep up with fifty messages a second. */
const THROUGH_STORE = isLong ? 50 : 5;
const TIMEOUT_MS = isLong ? 1_800_000 : 300_000;

const HEAD = `# Swapping models under load

What \`SWAP_WRITE=1 npm run soak:swap\` printed last, with two tiny models: messages at a steady rate, each swap loading a
model in a process of its own, moving traffic and ending the process before. "During a swap" are messages from the beginning
of the load until the old process has ended; memory is resident, of both processes together, after a collection.

| | messages | swaps | failed | wrong or doubled | p99 steady | p99 during a swap | memory after 5 | at the end | processes left | took |
|---|---|---|---|---|---|---|---|---|---|---|
`;
const rows: string[] = [];

function check(name: string, messagesPerSecond: number, report: SwapReport): void {
  const row = swapRow(name, messagesPerSecond, report);
  rows.push(row);
  console.log(row);
  if (SWAP_WRITE !== undefined)
    writeFileSync(path.join(PACKAGE_ROOT, 'docs/swap.md'), `${HEAD}${rows.join('\n')}\n`);
  expect(report.failed).toEqual([]);
  expect(report.wrong).toEqual([]);
  expect(report.leftover).toBe(0);
  expect(Object.keys(report.perModel)).toHaveLength(2);
  expect(report.messages).toBeGreaterThan(swaps);
  if (!isLong) return;
  expect(report.swapP99Ms).toBeLessThanOrEqual(2 * report.steadyP99Ms);
  expect(report.memoryAtEndMiB).toBeLessThanOrEqual(1.1 * report.memoryAfterFiveMiB);
}

// Memory and processes are looked up in /proc.
describe.skipIf(process.platform !== 'linux')('swaps under constant load', () => {
  it(
    'fail and double nothing in the sentiment service, and leave no process',
    async () => check('service', 200, await swapService({ ...options, messagesPerSecond: 200 })),
    TIMEOUT_MS,
  );

  it(
    'lose nothing that was acknowledged, and answer everything once, through the store',
    async () =>
      check('app and store', THROUGH_STORE, await swapApp({ ...options, messagesPerSecond: THROUGH_STORE })),
    TIMEOUT_MS,
  );
});
