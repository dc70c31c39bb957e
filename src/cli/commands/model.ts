// `model list|show|promote|rollback`: which models there are and which one serves; beside them `model import|export`.
import type { BotApi } from '../../control/bot-api.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { columns, printJson, printLines } from '../output.js';
import type { WithBot } from '../with-bot.js';
import { registerModelExport } from './model-export.js';
import { registerModelImport } from './model-import.js';

interface JsonOption {
  json?: boolean;
}

function figure(metrics: unknown): string {
  const entries = Object.entries((metrics ?? {}) as Record<string, unknown>).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return entries.map(([name, value]) => `${name} ${Number(value.toFixed(4))}`).join(', ');
}

async function list(bot: BotApi, context: CliContext, { json }: JsonOption): Promise<void> {
  const models = await bot.modelList();
  if (json) return printJson(context, { models });
  const rows = models.map(({ version, aliases, createdAt, metrics }) => [
    aliases.includes('champion') ? '*' : ' ',
    version,
    createdAt.slice(0, 16).replace('T', ' '),
    aliases.join(', ') || '-',
    figure(metrics),
  ]);
  printLines(context, columns([[' ', 'VERSION', 'MADE (UTC)', 'ALIASES', 'FIGURES'], ...rows]));
}

async function show(bot: BotApi, context: CliContext, version: string, { json }: JsonOption): Promise<void> {
  const model = await bot.modelShow(version);
  if (json) return printJson(context, model);
  printLines(context, [
    ...columns([
      ['version', model.version],
      ['aliases', model.aliases.join(', ') || '-'],
      ['made', model.createdAt],
      ['parent', model.parent ?? '-'],
      ['directory', model.directory],
      ['figures', figure(model.metrics) || '-'],
    ]),
    'deployments',
    ...(model.deployments.length === 0 ? ['  -'] : []),
    ...model.deployments.map(({ createdAt, reason }) => `  ${createdAt}  ${reason}`),
  ]);
}

/** @param withBot finds the running bot, or opens the home folder for this one command. */
export function registerModel(withBot: WithBot): RegisterCommand {
  return (program, context) => {
    const model = program
      .command('model')
      .description('list the models, show one, put one in use, go back to the one before, import and export')
      .addHelpText('after', '\nExample:\n  $ npm run -s nunchi -- model list');
    const example = (text: string) => `\nExample:\n  $ npm run -s nunchi -- ${text}`;

    model
      .command('list')
      .description('every model; * serves')
      .option('--json', 'print one JSON document')
      .addHelpText('after', example('model list --json'))
      .action((options: JsonOption) => withBot(context, (bot) => list(bot, context, options)));
    model
      .command('show')
      .argument('<version>', 'as `model list` prints it')
      .description('one model: where it is, its figures, when and why it was put in use')
      .option('--json', 'print one JSON document')
      .addHelpText('after', example('model show nunchi-1a2b3c4d'))
      .action((version: string, options: JsonOption) =>
        withBot(context, (bot) => show(bot, context, version, options)),
      );
    model
      .command('promote')
      .argument('<version>', 'as `model list` prints it')
      .description('load a model beside the one in use, then move traffic to it')
      .option('--json', 'print one JSON document')
      .addHelpText('after', example('model promote nunchi-1a2b3c4d'))
      .action((version: string, options: JsonOption) =>
        withBot(context, async (bot) => {
          const deployment = await bot.modelPromote(version);
          if (options.json) printJson(context, deployment);
          else
            printLines(context, [
              `${deployment.version} is in use (before: ${deployment.previousVersion ?? '-'})`,
            ]);
        }),
      );
    model
      .command('rollback')
      .description('put the model before the last promotion in use again')
      .option('--json', 'print one JSON document')
      .addHelpText('after', example('model rollback'))
      .action((options: JsonOption) =>
        withBot(context, async (bot) => {
          const deployment = await bot.modelRollback();
          if (options.json) printJson(context, deployment);
          else
            printLines(context, [
              `${deployment.version} is in use again (before: ${deployment.previousVersion ?? '-'})`,
            ]);
        }),
      );
    registerModelImport(model, context);
    registerModelExport(model, context, withBot);
  };
}
