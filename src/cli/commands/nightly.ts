// `nightly`: when the next night is and how the last ones ended; what one would do now; one now.
import { setTimeout } from 'node:timers/promises';
import { sayWaiting } from '../../chat/waiting-wording.js';
import type { BotApi, Wire } from '../../control/bot-api.js';
import { NunchiError } from '../../errors.js';
import type { NightPlan, NightStatus } from '../../learn/night.js';
import type { JobRun } from '../../store/contracts/runs.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { gateLines } from '../gate-lines.js';
import { createProgressLine, describeRun, LOOK_EVERY_MS } from '../follow-run.js';
import { columns, printJson, printLines } from '../output.js';
import type { WithBot } from '../with-bot.js';

interface NightlyOptions {
  now?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

type WireNight = Wire<JobRun>;

const minute = (time: string) => time.slice(0, 16).replace('T', ' ');

/** What is not ended and held by nobody any more. */
function stateOf({ state, endedAt, leaseUntil }: WireNight): string {
  return endedAt === null && new Date(leaseUntil) <= new Date() ? 'interrupted' : state;
}

function describeSchedule({ schedule }: Wire<NightStatus>): string {
  if (schedule === null) return 'Nights are switched off (NIGHTLY_CRON=off).';
  const { cron, timeZone, next } = schedule;
  if (next === null) return `No night is due ("${cron}", ${timeZone}).`;
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return `The next night is at ${local.format(new Date(next))} ("${cron}", ${timeZone}).`;
}

async function show(bot: BotApi, context: CliContext, { json }: NightlyOptions): Promise<void> {
  const status = await bot.nightStatus();
  if (json) return printJson(context, status);
  const rows = status.nights.map((night) => [
    minute(night.slot),
    minute(night.startedAt),
    night.endedAt === null ? '-' : minute(night.endedAt),
    stateOf(night),
    night.corrections === null ? '-' : String(night.corrections),
    night.trainingRunId ?? '-',
    night.reason ?? '',
  ]);
  const head = ['NIGHT', 'BEGAN (UTC)', 'ENDED (UTC)', 'STATE', 'NEW', 'TRAINING RUN', 'REASON'];
  const { training } = await bot.status();
  printLines(context, [
    describeSchedule(status),
    ...sayWaiting(training.waiting, 'en'),
    ...(rows.length === 0 ? ['There was none yet.'] : columns([head, ...rows])),
    ...(await lastVerdict(bot, status.nights)),
  ]);
}

/** What the gate said in the newest night, as long as no other training has come after it. */
async function lastVerdict(bot: BotApi, nights: readonly WireNight[]): Promise<string[]> {
  const [newest] = nights.filter(({ trainingRunId }) => trainingRunId !== null);
  const { run } = (await bot.status()).training;
  return newest === undefined || run?.id !== newest.trainingRunId ? [] : gateLines(run.report);
}

function describePlan(plan: Wire<NightPlan>): string[] {
  const { would, forgets, newCorrections, needed, pendingCorrections, waiting } = plan;
  const counted = `${newCorrections} new since the last verdict, ${pendingCorrections} pending in all`;
  const said = {
    train: !forgets
      ? 'A night would train now.'
      : plan.trainedCorrections > 0
        ? 'A night would make the model anew now, without what was deleted.'
        : `A night would go back to the base model ${plan.baseVersion} now: no correction is left after a deletion.`,
    wait: 'A training is under way: a night would wait for its end.',
    'not-enough-data': `A night would train nothing: it begins at ${needed} new corrections (NIGHTLY_MIN_CORRECTIONS).`,
  }[would];
  const sources = Object.entries(plan.replaySources).map(([name, count]) => `${name} ${count}`);
  return [
    said,
    ...columns([
      ['  corrections', counted],
      ...sayWaiting(waiting, 'en').map((sentence) => ['  waiting', sentence]),
      ['  trained on', `${plan.trainedCorrections} corrections, ${plan.trainedReplay} known sentences`],
      ['  known from', sources.join(', ') || 'nothing'],
      ['  held out', `${plan.heldOutCorrections} corrections, ${plan.heldOutReplay} known sentences`],
      ['  base', plan.baseVersion],
      ['  engine', plan.engine],
    ]),
  ];
}

async function dryRun(bot: BotApi, context: CliContext, { json }: NightlyOptions): Promise<void> {
  const plan = await bot.nightPlan();
  if (json) printJson(context, plan);
  else printLines(context, describePlan(plan));
}

async function follow(
  bot: BotApi,
  context: CliContext,
  id: string,
): Promise<{ night: WireNight; needed: number }> {
  const progress = createProgressLine(context);
  for (;;) {
    const { nights, needed } = await bot.nightStatus();
    const night = nights.find((one) => one.id === id);
    if (night === undefined) throw new NunchiError('not-found', `There is no night ${id} any more`);
    if (night.endedAt !== null) {
      progress(null);
      return { night, needed };
    }
    const { training } = await bot.status();
    if (training.phase !== 'idle') progress(training);
    await setTimeout(LOOK_EVERY_MS);
  }
}

async function runNow(bot: BotApi, context: CliContext, { json }: NightlyOptions): Promise<void> {
  const { id } = await bot.nightStart();
  // Ctrl-C ends its training too, but none that it only waits for; the model in use is not touched by that.
  const interrupt = () => void bot.nightCancel();
  process.once('SIGINT', interrupt);
  let end: Awaited<ReturnType<typeof follow>>;
  try {
    end = await follow(bot, context, id);
  } finally {
    process.off('SIGINT', interrupt);
  }
  const { night, needed } = end;
  if (json) printJson(context, night);
  else printLines(context, await describeEnd(bot, night, needed));
  if (night.state === 'failed' || night.state === 'cancelled') {
    throw new NunchiError(
      'training-failed',
      `The night ended as ${night.state}: ${night.reason ?? 'no reason'}`,
    );
  }
}

async function describeEnd(bot: BotApi, night: WireNight, needed: number): Promise<string[]> {
  if (night.state === 'not-enough-data') {
    return [
      `Nothing was trained. New corrections: ${night.corrections ?? 0}; a night begins at ${needed} (NIGHTLY_MIN_CORRECTIONS).`,
      'To train from fewer: npm run -s nunchi -- train',
    ];
  }
  const { run } = (await bot.status()).training;
  // Another one may have begun by now; the list of the nights has its own.
  return run === null || run.id !== night.trainingRunId
    ? [`The night ended: ${night.state}`]
    : describeRun(run);
}

export function registerNightly(withBot: WithBot): RegisterCommand {
  return (program, context) => {
    program
      .command('nightly')
      .description('show when the next night trains and how the last ones ended')
      .option('--now', 'run a night now')
      .option('--dry-run', 'say what a night would do now, and do nothing')
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  $ npm run -s nunchi -- nightly --dry-run')
      .action((options: NightlyOptions) => {
        if (options.now && options.dryRun) {
          throw new NunchiError('usage', 'Give --now or --dry-run, not both');
        }
        const action = options.dryRun ? dryRun : options.now ? runNow : show;
        return withBot(context, (bot) => action(bot, context, options));
      });
  };
}
