// `model …`: which models there are, which one serves and served when, what lies between two, and another one put in use;
// beside them `model import|export`.
import type { BotApi } from '../../control/bot-api.js';
import { NunchiError } from '../../errors.js';
import { confirmed } from '../confirm.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { columns, printJson, printLines } from '../output.js';
import type { WithBot } from '../with-bot.js';
import { registerModelExport } from './model-export.js';
import { registerModelImport } from './model-import.js';
import {
  condition,
  deletionLines,
  detailLines,
  differenceLines,
  figures,
  historyLines,
  minute,
} from './model-report.js';

interface JsonOption {
  json?: boolean;
}
type ChangeOptions = JsonOption & { yes?: boolean };

async function list(bot: BotApi, context: CliContext, { json }: JsonOption): Promise<void> {
  const models = await bot.modelList();
  if (json) return printJson(context, { models });
  const rows = models.map((model) => [
    model.aliases.includes('champion') ? '*' : ' ',
    model.version,
    minute(model.createdAt),
    [...model.aliases, condition(model)].filter(Boolean).join(', ') || '-',
    figures(model.metrics),
  ]);
  printLines(context, columns([[' ', 'VERSION', 'MADE (UTC)', 'ALIASES', 'FIGURES'], ...rows]));
}

async function history(
  bot: BotApi,
  context: CliContext,
  options: JsonOption & { at?: string },
): Promise<void> {
  if (options.at !== undefined) {
    const time = new Date(options.at);
    if (Number.isNaN(time.getTime())) {
      throw new NunchiError('usage', `--at ${options.at} is no time`, {
        hint: 'Write it as 2026-03-02T14:00 (your own time zone) or 2026-03-02T14:00Z.',
      });
    }
    const deployment = await bot.modelAt(time.toISOString());
    if (options.json) return printJson(context, deployment);
    const { version, createdAt, reason } = deployment;
    return printLines(context, [`${version}, in use since ${createdAt}: ${reason}`]);
  }
  const periods = await bot.modelHistory();
  if (options.json) return printJson(context, { periods });
  printLines(context, historyLines(periods));
}

/** Asked before the bot is looked for: without an answer nothing is to be opened. */
async function change(
  withBot: WithBot,
  context: CliContext,
  { json, yes }: ChangeOptions,
  question: string,
  act: (bot: BotApi) => ReturnType<BotApi['modelPromote']>,
): Promise<void> {
  if (!(await confirmed(context, question, yes))) return printLines(context, ['Nothing was changed.']);
  const deployment = await withBot(context, act);
  if (json) return printJson(context, deployment);
  printLines(context, [`${deployment.version} is in use (before: ${deployment.previousVersion ?? '-'})`]);
}

async function contains(
  bot: BotApi,
  context: CliContext,
  [version, messageId]: [string, string],
  { json }: JsonOption,
): Promise<void> {
  const answer = await bot.modelContains(`${version} ${messageId}`);
  if (json) return printJson(context, answer);
  const where = answer.source === 'manifest' ? 'by its manifest' : 'by the database; its files are gone';
  const said = answer.contains ? 'yes: it is among' : 'no: it is not among';
  printLines(context, [
    `${said} the ${answer.rows} corrections that ${version} was trained on (${where})`,
    ...(answer.known || answer.contains
      ? []
      : [`No message of the id ${messageId} is known: look for a slip of the pen before you go by this.`]),
  ]);
}

/** @param withBot finds the running bot, or opens the home folder for this one command. */
export function registerModel(withBot: WithBot): RegisterCommand {
  return (program, context) => {
    const model = program
      .command('model')
      .description('list and compare the models, put one in use, go back, see which was in use when')
      .addHelpText('after', '\nExample:\n  $ npm run -s nunchi -- model list');
    const command = (name: string, example: string) =>
      model
        .command(name)
        .option('--json', 'print one JSON document')
        .addHelpText('after', `\nExample:\n  $ npm run -s nunchi -- model ${example}`);
    const version = 'as `model list` prints it';
    const yes = ['--yes', 'do not ask'] as const;

    command('list', 'list --json')
      .description('every model; * serves')
      .action((options: JsonOption) => withBot(context, (bot) => list(bot, context, options)));
    command('show', 'show nunchi-1a2b3c4d')
      .argument('<version>', version)
      .description('one model: what it came from, its figures, when and why it was put in use')
      .action((name: string, options: JsonOption) =>
        withBot(context, async (bot) => {
          const details = await bot.modelShow(name);
          if (options.json) printJson(context, details);
          else printLines(context, detailLines(details));
        }),
      );
    command('history', 'history --at 2026-03-02T14:00')
      .description('which model was in use when, and why it came into use')
      .option('--at <time>', 'only the one in use then')
      .action((options: JsonOption & { at?: string }) =>
        withBot(context, (bot) => history(bot, context, options)),
      );
    command('diff', 'diff nunchi-1a2b3c4d nunchi-5e6f7a8b')
      .argument('<before>', version)
      .argument('<after>', version)
      .description('two models side by side: lineage, settings, data, figures, weights, readings')
      .action((before: string, after: string, options: JsonOption) =>
        withBot(context, async (bot) => {
          const difference = await bot.modelDiff(`${before} ${after}`);
          if (options.json) printJson(context, difference);
          else printLines(context, differenceLines(difference));
        }),
      );
    command('promote', 'promote nunchi-1a2b3c4d --yes')
      .argument('<version>', version)
      .description('load a model beside the one in use, then move traffic to it')
      .option(...yes)
      .action((name: string, options: ChangeOptions) =>
        change(withBot, context, options, `Put ${name} in use for everybody?`, (bot) =>
          bot.modelPromote(name),
        ),
      );
    command('rollback', 'rollback --yes')
      .description('put the model before the last promotion in use again')
      .option(...yes)
      .action((options: ChangeOptions) =>
        change(withBot, context, options, 'Go back to the model before for everybody?', (bot) =>
          bot.modelRollback(),
        ),
      );
    command('contains', 'contains nunchi-1a2b3c4d 0197c1d2-...')
      .argument('<version>', version)
      .argument('<message>', 'id of a message, as `model deletions` prints it')
      .description('whether a model was trained on the correction of a message')
      .action((name: string, message: string, options: JsonOption) =>
        withBot(context, (bot) => contains(bot, context, [name, message], options)),
      );
    command('deletions', 'deletions')
      .description('deleted messages that models were trained on, and since when none is any more')
      .action((options: JsonOption) =>
        withBot(context, async (bot) => {
          const deletions = await bot.modelDeletions();
          if (options.json) printJson(context, { deletions });
          else printLines(context, deletionLines(deletions));
        }),
      );
    registerModelImport(model, context);
    registerModelExport(model, context, withBot);
  };
}
