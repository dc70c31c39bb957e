// `train`: learns from the corrections now, in the running bot or, where none runs, in this command.
import { setTimeout } from 'node:timers/promises';
import type { BotApi, BotStatus, Wire } from '../../control/bot-api.js';
import { NunchiError } from '../../errors.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { printJson, printLines } from '../output.js';
import type { WithBot } from '../with-bot.js';

interface TrainOptions {
  confirm?: boolean;
  json?: boolean;
}

type Run = NonNullable<Wire<BotStatus>['training']['run']>;

/** How often the run is looked at; the bot knows nothing of who watches. */
const LOOK_EVERY_MS = 500;

async function follow(bot: BotApi, context: CliContext, runId: string): Promise<Run> {
  let shown = '';
  for (;;) {
    const { training } = await bot.status();
    const { run, phase, progress } = training;
    if (run === null || run.id !== runId) {
      throw new NunchiError('training-failed', `Training run "${runId}" gave way to another one`);
    }
    if (phase === 'idle' && run.state !== 'running') {
      if (context.isTerminal && shown !== '') context.stderr.write('\n');
      return run;
    }
    const line =
      progress === null
        ? phase
        : `training: step ${progress.step}/${progress.totalSteps}, loss ${progress.loss.toFixed(3)}, ${Math.ceil(progress.secondsLeft)} s left`;
    if (line !== shown) context.stderr.write(context.isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    shown = line;
    await setTimeout(LOOK_EVERY_MS);
  }
}

async function train(bot: BotApi, context: CliContext, options: TrainOptions): Promise<void> {
  const started = await bot.trainStart();
  // Ctrl-C ends the run too; the model in use is not touched by that.
  const interrupt = () => void bot.trainCancel();
  process.once('SIGINT', interrupt);
  let run: Run;
  try {
    run = await follow(bot, context, started.id);
  } finally {
    process.off('SIGINT', interrupt);
  }
  if (run.state === 'awaiting-confirmation' && options.confirm === true) run = await bot.trainConfirm(run.id);
  if (options.json) printJson(context, run);
  else printLines(context, describe(run));
  if (run.state === 'failed' || run.state === 'cancelled') {
    throw new NunchiError('training-failed', `The run ended as ${run.state}: ${run.reason ?? 'no reason'}`);
  }
}

function describe(run: Run): string[] {
  const reason = run.reason === null ? [] : [run.reason];
  switch (run.state) {
    case 'promoted':
      return [`${run.candidateVersion ?? ''} learned from ${run.corrections} corrections and is in use.`];
    case 'awaiting-confirmation':
      return [
        ...reason,
        `To use ${run.candidateVersion ?? 'it'} all the same: npm run -s nunchi -- model promote ${run.candidateVersion ?? ''}`,
      ];
    case 'kept':
      return ['The model in use stays.', ...reason];
    case 'running':
    case 'cancelled':
    case 'failed':
      return [];
  }
}

export function registerTrain(withBot: WithBot): RegisterCommand {
  return (program, context) => {
    program
      .command('train')
      .description('learn from the corrections now')
      .option('--confirm', 'put the new model in use even over "not enough data to be sure"')
      .option('--json', 'print the run as one JSON document')
      .addHelpText('after', '\nExample:\n  $ npm run -s nunchi -- train --confirm')
      .action((options: TrainOptions) => withBot(context, (bot) => train(bot, context, options)));
  };
}
