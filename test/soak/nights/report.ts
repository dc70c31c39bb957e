// What a soak of nights came to, for a person.
import type { NightOfDate, NightsReport } from './nights.js';

export function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const list = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** Why the gate kept a model is its own matter. */
const whyOf = ({ state, reason }: NightOfDate) =>
  state === 'failed' || state === 'cancelled' ? (reason ?? '') : '';

export function describeNight(night: NightOfDate): string {
  const { date, events, state, attempts } = night;
  const end = state === null ? 'away' : `${state} (attempt ${attempts})`;
  return `${date}: ${[...events, end].join(', ')} ${whyOf(night)}`.trimEnd();
}

export function describeNights(report: NightsReport, seed: number): string {
  const { dates, kills, acknowledged } = report;
  return [
    '# Nights with random kills',
    '',
    'What `SOAK_WRITE=1 npm run soak:nights` printed last: the app with its page, store, nightly job, trainer and serving process,',
    'a tiny model, a clock of its own, and SIGKILL for the whole process group wherever a night is.',
    '',
    '| | |',
    '|---|---|',
    `| seed | ${seed} |`,
    `| dates | ${dates.length}, ${report.seconds} s |`,
    `| kills | ${sum(kills)}: ${list(kills)} |`,
    `| starts | ${report.starts} |`,
    `| acknowledged | ${acknowledged.messages} messages, ${acknowledged.corrections} corrections, ${acknowledged.deletions} deletions |`,
    `| nights | ${list(countBy(dates.map(({ state }) => state ?? 'away')))} |`,
    `| verdicts | ${list(report.rules)}; ${report.promotions} models came into use |`,
    `| errors in the log | ${report.errors.length} |`,
    `| differences | ${report.differences.length} |`,
    '',
    '| date | what happened | end | attempts | reason |',
    '|---|---|---|---|---|',
    ...dates.map((night) => {
      const { date, events, state, attempts } = night;
      return `| ${date} | ${events.join('; ')} | ${state ?? 'away'} | ${attempts} | ${whyOf(night)} |`;
    }),
    '',
  ].join('\n');
}
