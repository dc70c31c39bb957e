// A recipe: the commands that make a model from data, one after the other, with all their settings, in one file.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { PACKAGE_ROOT } from '../paths.js';

const RECIPES_FOLDER = path.join(PACKAGE_ROOT, 'recipes');

const Setting = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).min(1)]);

const Recipe = z.strictObject({
  /** What comes out of it, and from what. */
  about: z.string().min(1),
  /** Settings that the caller gives, by name: what each one is. A step uses one as `$NAME`. */
  parameters: z.record(z.string().regex(/^[a-z][a-z-]*$/), z.string()).default({}),
  steps: z
    .array(
      z.strictObject({
        run: z.string().min(1),
        /** Options of the command, without their dashes. */
        with: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), Setting),
      }),
    )
    .min(1),
});

export type Recipe = z.infer<typeof Recipe>;

/** One command of a recipe, as the command line takes it. */
export interface RecipeStep {
  args: string[];
  /** The folder or file that it makes, if it makes one; absolute. */
  out: string | undefined;
}

/** Options that name folders of the recipe's own; elsewhere what an earlier step makes is meant by its name. */
const FOLDERS = new Set(['out', 'base', 'model', 'models', 'tokenizer', 'checkpoints', 'charts']);

/**
 * @param name of a recipe that comes with Nunchi, or a file `….json`
 * @throws NunchiError `not-found` naming the recipes there are, `invalid-input` for a file that is no recipe
 */
export async function loadRecipe(name: string): Promise<Recipe> {
  const isFile = name.endsWith('.json');
  const file = isFile ? path.resolve(name) : path.join(RECIPES_FOLDER, `${name}.json`);
  const known = await listRecipes();
  if (isFile ? !existsSync(file) : !known.includes(name)) {
    throw new NunchiError('not-found', `there is no recipe "${name}"`, {
      hint: `There are: ${known.join(', ')}.`,
    });
  }
  const invalid = (problem: string) =>
    new NunchiError('invalid-input', `${file} is no recipe: ${problem}`, {
      hint: 'Compare it with another file of its folder.',
    });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw invalid('it is not JSON');
  }
  const parsed = Recipe.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(`"${issue?.path.join('.') ?? ''}" ${issue?.message ?? ''}`);
}

/**
 * What makes a step small, by its command: a tiny model and few texts. What is not named here takes its time from the
 * model and the texts alone.
 */
const IN_SMALL: Readonly<Record<string, Recipe['steps'][number]['with']>> = {
  vocab: { size: 3000, limit: 2000 },
  init: { hidden: 64, layers: 2, heads: 2, intermediate: 128 },
  pretrain: { limit: 400, 'held-out': 100 },
  finetune: { limit: 600, 'max-length': 32 },
  soften: { limit: 2000 },
  evaluate: { limit: 500 },
};

/** The same steps in minutes, with every file, folder and setting of the recipe but those: to see that it can be made here. */
export function toRehearsal(recipe: Recipe): Recipe {
  return {
    ...recipe,
    steps: recipe.steps.map((step) => ({ ...step, with: { ...step.with, ...IN_SMALL[step.run] } })),
  };
}

/** Names, sorted. */
export async function listRecipes(): Promise<string[]> {
  const files = await readdir(RECIPES_FOLDER);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/**
 * @param folder where everything that the recipe makes is put; folders in it are named by the steps
 * @param given the parameters' values
 * @throws NunchiError `usage` for a parameter that is missing or not known
 */
export function toSteps(recipe: Recipe, folder: string, given: ReadonlyMap<string, string>): RecipeStep[] {
  for (const name of Object.keys(recipe.parameters)) {
    if (given.has(name)) continue;
    throw new NunchiError('usage', `the recipe needs ${name}: ${recipe.parameters[name] ?? ''}`, {
      hint: `Give it with --set ${name}=…`,
    });
  }
  for (const name of given.keys()) {
    if (Object.hasOwn(recipe.parameters, name)) continue;
    const known = Object.keys(recipe.parameters).join(', ') || 'none';
    throw new NunchiError('usage', `the recipe has no parameter ${name}`, { hint: `Parameters: ${known}.` });
  }
  const made = new Set(recipe.steps.map(({ with: { out } }) => out));
  const resolve = (option: string, value: string): string => {
    const parameter = value.startsWith('$') ? given.get(value.slice(1)) : undefined;
    if (parameter !== undefined) return FOLDERS.has(option) ? path.resolve(parameter) : parameter;
    return FOLDERS.has(option) || made.has(value) ? path.join(folder, value) : value;
  };
  return recipe.steps.map(({ run, with: settings }) => {
    const args = run.split(' ');
    for (const [option, value] of Object.entries(settings)) {
      if (value === false) args.push(`--no-${option}`);
      else if (value === true) args.push(`--${option}`);
      else {
        const values = Array.isArray(value) ? value : [String(value)];
        args.push(`--${option}`, ...values.map((one) => resolve(option, one)));
      }
    }
    const { out } = settings;
    return { args, out: typeof out === 'string' ? resolve('out', out) : undefined };
  });
}
