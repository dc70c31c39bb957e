// `train`: learns from the corrections now, in the running bot or, where none runs, in this command.
import type { BotApi } from '../../control/bot-api.js';
import { NunchiError } from '../../errors.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { describeRun, followRun, type WireRun } from '../follow-run.js';
import { printJson, printLines } from '../output.js';
import type { WithBot } from '../with-bot.js';

interface TrainOptions {
  confirm?: boolean;
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
