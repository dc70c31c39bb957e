// `nunchi recipe`: makes a model from its recipe, command by command; what is made already is not made again.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { NunchiError } from '../../errors.js';
import { openMadeRecord } from '../../recipe/made-record.js';
import { listRecipes, loadRecipe, toRehearsal, toSteps, type Recipe } from '../../recipe/recipe.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { columns, printJson, printLines } from '../output.js';

/** Runs one command line of Nunchi in this process and gives its exit code. */
export type RunCommand = (args: readonly string[], context: CliContext) => Promise<number>;

interface RecipeOptions {
  out?: string;
  set: Map<string, string>;
  rehearse?: boolean;
  show?: boolean;
  json?: boolean;
}

function addSetting(text: string, settings: Map<string, string>): Map<string, string> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected NAME=VALUE.');
  return new Map([...settings, [name, value]]);
}

export const registerRecipe =
  (runCommand: RunCommand): RegisterCommand =>
  (program, context) => {
    program
      .command('recipe [name]')
      .description(
        'make a model from a recipe (a name, or a file .json), end to end; without a name, list the recipes',
      )
      .option('--out <dir>', 'folder of everything that is made (default: recipe-NAME, or rehearsal-NAME)')
      .option('--set <name=value>', 'a parameter of the recipe', addSetting, new Map<string, string>())
      .option('--rehearse', 'every step with a tiny model and few texts, in minutes: the model is no use')
      .option('--show', 'print the commands and run none')
      .option('--json', 'print one JSON document')
      .addHelpText(
        'after',
        '\nExamples:\n  nunchi recipe nsmc-tutorial --set base=klue-bert-base\n  nunchi recipe default --rehearse\n\nAn interrupted recipe goes on where it was when the same command is given again.',
      )
      .action((name: string | undefined, options: RecipeOptions) =>
        name === undefined ? list(options, context) : make(name, options, context, runCommand),
      );
  };

async function list(options: RecipeOptions, context: CliContext): Promise<void> {
  const recipes = await Promise.all(
    (await listRecipes()).map(
      async (name): Promise<Pick<Recipe, 'about' | 'parameters'> & { name: string }> => {
        const { about, parameters } = await loadRecipe(name);
        return { name, about, parameters };
      },
    ),
  );
  if (options.json === true) return printJson(context, { recipes });
  printLines(context, columns(recipes.map(({ name, about }) => [name, about])));
}

async function make(
  name: string,
  options: RecipeOptions,
  context: CliContext,
  runCommand: RunCommand,
): Promise<void> {
  const recipe = await loadRecipe(name);
  const rehearse = options.rehearse === true;
  const kind = rehearse ? 'rehearsal' : 'recipe';
  const folder = path.resolve(options.out ?? `${kind}-${path.basename(name, '.json')}`);
  const steps = toSteps(rehearse ? toRehearsal(recipe) : recipe, folder, options.set);
  if (options.show === true) {
    const commands = steps.map(({ args }) => args);
    if (options.json === true) return printJson(context, { name, folder, commands });
    return printLines(
      context,
      commands.map((args) => `nunchi ${args.join(' ')}`),
    );
  }
  await mkdir(folder, { recursive: true });
  const made = await openMadeRecord(folder);
  // One document is all that standard output may hold then.
  const streams = options.json === true ? { ...context, stdout: context.stderr } : context;
  for (const [index, { args, out }] of steps.entries()) {
    const title = `step ${index + 1} of ${steps.length}: ${args[0] ?? ''}`;
    // Folders are written whole or not at all.
    if (out !== undefined && existsSync(out)) {
      made.check(out, args);
      context.stderr.write(`${title}: ${out} is there\n`);
      continue;
    }
    context.stderr.write(`${title}\n`);
    const code = await runCommand(args, streams);
    if (code !== 0) {
      throw new NunchiError('training-failed', `${title} failed`, {
        hint: 'The lines above say why; the same command goes on with this step.',
      });
    }
    if (out !== undefined) await made.add(out, args);
  }
  const folders = steps.flatMap(({ out }) => (out === undefined ? [] : [out]));
  if (options.json === true) printJson(context, { name, folder, made: folders });
  else printLines(context, [`${name}: ${rehearse ? 'rehearsed' : 'made'} in ${folder}`]);
}
