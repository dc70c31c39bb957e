// `nunchi average`: one model from the mean weights of several that were trained from one base.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Option } from 'commander';
import { averageWeights } from '../../bert/average-weights.js';
import { openModelDirectory, writeModelDirectory, type ModelDirectory } from '../../bert/model-directory.js';
import { NunchiError } from '../../errors.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { printJson, printLines } from '../output.js';

interface AverageOptions {
  models: string[];
  out: string;
  precision: 'float32' | 'float16';
  json?: boolean;
}

export const registerAverage: RegisterCommand = (program, context) => {
  program
    .command('average')
    .description('one model from the mean weights of several, trained from one base')
    .requiredOption('--models <dir...>', 'model directories, two or more')
    .requiredOption('--out <dir>', 'where the new model directory is written; must not exist')
    .addOption(
      new Option('--precision <name>', 'of the weights written')
        .choices(['float32', 'float16'])
        .default('float32'),
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  nunchi average --models run-1 run-2 --out mean\n\nMeasure it: the mean of models that lie far apart knows nothing.',
    )
    .action((options: AverageOptions) => average(options, context));
};

/** Texts must become the same ids, and labels stand in the same order. */
async function checkAlike(models: readonly ModelDirectory[]): Promise<void> {
  const [first, ...others] = await Promise.all(
    models.map(async ({ path: directory, config }) => ({
      directory,
      labels: config.labels.join(),
      tokenizer: await readFile(path.join(directory, 'tokenizer.json'), 'utf8'),
    })),
  );
  for (const other of others) {
    const differs =
      other.tokenizer !== first?.tokenizer
        ? 'tokenizer'
        : other.labels !== first.labels
          ? 'labels'
          : undefined;
    if (differs === undefined) continue;
    throw new NunchiError(
      'model-shape-mismatch',
      `${other.directory} has other ${differs} than ${first?.directory}`,
      {
        hint: 'Only models that were trained from one base can be averaged.',
      },
    );
  }
}

async function average(options: AverageOptions, context: CliContext): Promise<void> {
  if (options.models.length < 2) {
    throw new NunchiError('usage', 'there is nothing to average in one model', {
      hint: 'Name two or more directories after --models.',
    });
  }
  const models = await Promise.all(options.models.map((directory) => openModelDirectory(directory)));
  await checkAlike(models);
  const [first] = models as [ModelDirectory, ...ModelDirectory[]];
  const weights = averageWeights(await Promise.all(models.map((model) => model.loadWeights())));
  const versions = models.map(({ version }) => version);
  const { seed, engine } = first.manifest;
  const manifest = await writeModelDirectory(options.out, {
    config: first.config,
    weights,
    tokenizerFrom: first.path,
    manifest: {
      parent: first.version,
      recipe: { average: versions, of: models.map((model) => model.manifest.recipe) },
      seed,
      engine,
      data: Object.assign({}, ...models.map((model) => model.manifest.data)) as Record<string, string>,
      metrics: {},
    },
    card: `# The mean of ${versions.join(', ')}\n\nThe mean weights of these models. Measure it before it is used.\n`,
    precision: options.precision,
  });
  const directory = path.resolve(options.out);
  if (options.json === true) printJson(context, { directory, version: manifest.version, averaged: versions });
  else
    printLines(context, [`${manifest.version} written to ${directory}: the mean of ${versions.join(', ')}`]);
}
