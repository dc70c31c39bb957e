// `train`: learns from the corrections now, in the running bot or, where none runs, in this command.
import type { BotApi } from '../../control/bot-api.js';
import { NunchiError } from '../../errors.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { describeRun, followRun, type WireRun } from '../follow-run.js';
import { printJson, printLines } from '../output.js';
import type { WithBot } from '../with-bot.js';

interface TrainOptions {
  confirm?: boolean;
  cancel?: boolean;
  decline?: boolean;
  json?: boolean;
}

async function train(bot: BotApi, context: CliContext, options: TrainOptions): Promise<void> {
  const started = await bot.trainStart();
  // Ctrl-C ends the run too; the model in use is not touched by that.
  const interrupt = () => void bot.trainCancel();
  process.once('SIGINT', interrupt);
  let run: WireRun;
  try {
    run = await followRun(bot, context, started.id);
  } finally {
    process.off('SIGINT', interrupt);
  }
  if (run.state === 'awaiting-confirmation' && options.confirm === true) run = await bot.trainConfirm(run.id);
  if (options.json) printJson(context, run);
  else printLines(context, describeRun(run));
  if (run.state === 'failed' || run.state === 'cancelled') {
    throw new NunchiError('training-failed', `The run ended as ${run.state}: ${run.reason ?? 'no reason'}`);
  }
}

/** Whoever began it: a night, a chat or the page. */
async function cancel(bot: BotApi, context: CliContext, { json }: TrainOptions): Promise<void> {
  const { phase, run } = (await bot.status()).training;
  if (phase === 'idle' || run === null) throw new NunchiError('not-found', 'No training is under way');
  await bot.trainCancel();
  if (json) printJson(context, { cancelled: run.id });
  else
    printLines(context, ['The training was ended. The model in use and the corrections are as they were.']);
}

async function decline(bot: BotApi, context: CliContext, { json }: TrainOptions): Promise<void> {
  const { run } = (await bot.status()).training;
  if (run?.state !== 'awaiting-confirmation') {
    throw new NunchiError('not-found', 'No model waits for a decision');
  }
  const declined = await bot.trainDecline(run.id);
  if (json) printJson(context, declined);
  else printLines(context, [`${declined.candidateVersion ?? ''} stays out of use.`]);
}

export function registerTrain(withBot: WithBot): RegisterCommand {
  return (program, context) => {
    program
      .command('train')
      .description('learn from the corrections now')
      .option('--confirm', 'put the new model in use even over "not enough data to be sure"')
      .option('--cancel', 'instead: end the training under way, whoever began it')
      .option('--decline', 'instead: leave the model that waits for a decision out of use')
      .option('--json', 'print the run as one JSON document')
      .addHelpText('after', '\nExample:\n  $ npm run -s nunchi -- train --confirm')
      .action((options: TrainOptions) => {
        const chosen = [options.confirm, options.cancel, options.decline].filter((one) => one === true);
        if (chosen.length > 1)
          throw new NunchiError('usage', 'Give --confirm, --cancel or --decline, not two of them');
        const action = options.cancel === true ? cancel : options.decline === true ? decline : train;
        return withBot(context, (bot) => action(bot, context, options));
      });
  };
}
