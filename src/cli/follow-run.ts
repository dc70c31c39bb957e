// Shows how a training run goes and how it has ended. The bot is asked again and again: it knows nothing of who watches.
import { setTimeout } from 'node:timers/promises';
import type { BotApi, BotStatus, Wire } from '../control/bot-api.js';
import { NunchiError } from '../errors.js';
import { shownReport, WITHDRAWN } from '../learn/training-report.js';
import type { CliContext } from './context.js';
import { gateLines } from './gate-lines.js';

type WireStatus = Wire<BotStatus>['training'];
export type WireRun = NonNullable<WireStatus['run']>;

export const LOOK_EVERY_MS = 500;

/** @throws NunchiError `training-failed` where another run has taken its place. */
export async function followRun(bot: BotApi, context: CliContext, runId: string): Promise<WireRun> {
  const show = createProgressLine(context);
  for (;;) {
    const { training } = await bot.status();
    const { run, phase } = training;
    if (run === null || run.id !== runId) {
      throw new NunchiError('training-failed', `Training run "${runId}" gave way to another one`);
    }
    if (phase === 'idle' && run.state !== 'running') {
      show(null);
      return run;
    }
    show(training);
    await setTimeout(LOOK_EVERY_MS);
  }
}

/** One line that is written over on a terminal, a line for each change else; null ends it. */
export function createProgressLine({ stderr, isTerminal }: CliContext): (status: WireStatus | null) => void {
  let shown = '';
  return (status) => {
    if (status === null) {
      if (isTerminal && shown !== '') stderr.write('\n');
      return;
    }
    const { phase, progress } = status;
    const line =
      progress === null
        ? phase
        : `training: step ${progress.step}/${progress.totalSteps}, loss ${progress.loss.toFixed(3)}, ${Math.ceil(progress.secondsLeft)} s left`;
    if (line !== shown) stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    shown = line;
  };
}

/** What came of a run, and what can be done about it; nothing of one that an error tells of. */
export function describeRun(run: WireRun): string[] {
  const why = gateLines(run.report);
  const reason = why.length > 0 ? why : run.reason === null ? [] : [run.reason];
  const name = run.candidateVersion ?? '';
  switch (run.state) {
    case 'promoted':
      return run.corrections === 0
        ? [`No correction is left after a deletion: ${name}, which learned none, is in use.`, ...why]
        : [`${name} learned from ${run.corrections} corrections and is in use.`, ...why];
    case 'awaiting-confirmation': {
      const rule = shownReport(run.report)?.verdict.rule;
      const anyway = rule === 'insufficient-data' ? ' all the same' : '';
      return [
        ...reason,
        `To use ${name}${anyway}: npm run -s nunchi -- model promote ${name}`,
        'To leave it out of use: npm run -s nunchi -- train --decline',
      ];
    }
    case 'kept':
      return ['The model in use stays.', ...(run.reason === WITHDRAWN ? [WITHDRAWN] : reason)];
    case 'running':
    case 'cancelled':
    case 'failed':
      return [];
  }
}
