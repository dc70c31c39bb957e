// `nunchi finetune`: trains a model from a base directory and labelled files into a new directory.
import path from 'node:path';
import { Option } from 'commander';
import { NunchiError } from '../../errors.js';
import type { Label } from '../../labels.js';
import { availableCores } from '../../process/available-cores.js';
import { balancedWeights } from '../../train/class-weights.js';
import { startTrainerWith } from '../../train/client.js';
import { ENGINE_REQUESTS } from '../../train/engine-names.js';
import {
  FINETUNE_DEFAULTS,
  type DevEvaluation,
  type FinetuneJob,
  type TrainingResult,
} from '../../train/job.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { numberBetween, wholeNumber } from '../numbers.js';
import { printJson, printLines } from '../output.js';
import { createProgressBar } from '../progress-bar.js';
import { readTrainingData } from '../training-data.js';
import { collectDataWeight, collectPerLabel, parseClassWeights } from '../weight-options.js';

interface FinetuneOptions {
  base: string;
  data: string[];
  out: string;
  dataWeight?: Map<string, number>;
  perLabel?: Map<string, number>;
  replay?: number;
  exclude?: string[];
  limit?: number;
  epochs: number;
  lr: number;
  layerDecay: number;
  warmup: number;
  batch: number;
  maxLength: number;
  weightDecay: number;
  tokenDropout: number;
  clip: number;
  seed: number;
  classWeights?: 'balanced' | Record<Label, number>;
  labelSmoothing: number;
  dev?: string[];
  evaluateEvery?: number;
  patience?: number;
  engine: FinetuneJob['engine'];
  checkpoints?: string;
  checkpointEvery: number;
  precision: FinetuneJob['precision'];
  json?: boolean;
}

const EXAMPLES = `
A file is plain or gzip and begins with one of these lines (tabs between the columns):
  text label                        negative, neutral or positive
  id document label                 0 or 1, as in NSMC
  text negative neutral positive    probabilities, as "nunchi soften" writes them; --data and --exclude only
FILE#FROM-TO stands for some of its rows, counted from 1; FILE#FROM- goes to the end.

Examples:
  nunchi finetune --base models/default --data reviews.tsv --out my-model --epochs 2
  nunchi finetune --base klue-bert-base --data ko.tsv en.tsv#1-50000 --dev en.tsv#50001- --patience 2 --out my-model`;

const D = FINETUNE_DEFAULTS;
const positive = numberBetween(1e-9, 1000);
const fraction = numberBetween(0, 0.999);
const decay = numberBetween(1e-3, 1);
const count = wholeNumber(1);

export const registerFinetune: RegisterCommand = (program, context) => {
  program
    .command('finetune')
    .description('train a model from a base model and labelled texts')
    .requiredOption('--base <dir>', 'model directory to start from')
    .requiredOption('--data <file...>', 'what to train on')
    .requiredOption('--out <dir>', 'where the new model directory is written; must not exist')
    .option('--json', 'print one JSON document')

    .optionsGroup('Data:')
    .option('--exclude <file...>', 'leave out the rows of --data whose text is in these files too')
    .option('--data-weight <file=x...>', 'loss weight of the rows of one file', collectDataWeight)
    .option(
      '--per-label <file=n...>',
      'use at most n rows of each label of one file, spread over all of it',
      collectPerLabel,
    )
    .option(
      '--replay <x>',
      'train on the sentences that come with Nunchi too, with this loss weight',
      numberBetween(0.01, 100),
    )
    .option('--limit <n>', 'use only the first n rows of each file of --data', count)

    .optionsGroup('Training:')
    .option('--epochs <n>', 'passes over the data', count, D.epochs)
    .option('--lr <x>', 'highest learning rate', positive, D.learningRate)
    .option('--layer-decay <x>', 'learning rate of a layer beside the one above it', decay, D.layerDecay)
    .option('--warmup <x>', 'part of the steps in which the learning rate rises', fraction, D.warmup)
    .option('--batch <n>', 'texts per step', count, D.batchSize)
    .option('--max-length <n>', 'longest text in tokens', count, D.maxLength)
    .option('--weight-decay <x>', 'decoupled weight decay', numberBetween(0, 1), D.weightDecay)
    .option('--token-dropout <x>', 'chance that a token is masked in a step', fraction, D.tokenDropout)
    .option('--clip <x>', 'gradient norm limit', positive, D.clipNorm)
    .option('--seed <n>', 'seed of order, dropout and fresh weights', wholeNumber(0), D.seed)

    .optionsGroup('Loss:')
    .option(
      '--class-weights <w>',
      '"balanced", or such as negative=1,neutral=2,positive=1',
      parseClassWeights,
    )
    .option('--label-smoothing <x>', 'part of each target spread over all labels', fraction, D.labelSmoothing)

    .optionsGroup('Evaluation:')
    .option('--dev <file...>', 'evaluate on these after every epoch, and write the weights that were best')
    .option('--evaluate-every <n>', 'evaluate every n steps as well', count)
    .option('--patience <n>', 'stop after n evaluations without improvement', count)

    .optionsGroup('Running:')
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINE_REQUESTS).default('auto'))
    .option('--checkpoints <dir>', 'keep checkpoints here; the same command then resumes')
    .option('--checkpoint-every <n>', 'steps between checkpoints', count, D.checkpointEverySteps)
    .addOption(
      new Option('--precision <name>', 'of the weights written; float16 is half the size')
        .choices(['float32', 'float16'])
        .default(D.precision),
    )
    .addHelpText('after', EXAMPLES)
    .action((options: FinetuneOptions) => finetune(options, context));
};

async function readJob(options: FinetuneOptions, context: CliContext): Promise<FinetuneJob> {
  const { dev, dataWeight, perLabel, replay, exclude, limit } = options;
  if (dev === undefined && (options.patience ?? options.evaluateEvery) !== undefined) {
    throw new NunchiError('usage', '--patience and --evaluate-every need something to evaluate on', {
      hint: 'Name labelled files with --dev.',
    });
  }
  const read = await readTrainingData({
    data: options.data,
    dataFolder: context.config().data,
    ...(dataWeight && { dataWeight }),
    ...(perLabel && { perLabel }),
    ...(replay && { replayWeight: replay }),
    ...(dev && { dev }),
    ...(exclude && { exclude }),
    ...(limit && { limit }),
  });
  if (exclude) context.stderr.write(`rows left out because their text is in --exclude: ${read.leftOut}\n`);
  if (read.alsoInDev > 0) {
    context.stderr.write(
      `warning: rows of --data whose text is in --dev too: ${read.alsoInDev}; --exclude leaves them out\n`,
    );
  }
  const { classWeights = D.classWeights } = options;
  return {
    baseDirectory: path.resolve(options.base),
    outDirectory: path.resolve(options.out),
    examples: read.examples,
    data: read.data,
    ...(Object.keys(read.dataWeights).length > 0 && { dataWeights: read.dataWeights }),
    ...(perLabel && { perLabel: read.perLabel }),
    ...(exclude && { excluded: read.excluded }),
    dev: read.dev,
    ...(options.evaluateEvery && { evaluateEverySteps: options.evaluateEvery }),
    ...(options.patience && { patience: options.patience }),
    epochs: options.epochs,
    learningRate: options.lr,
    layerDecay: options.layerDecay,
    batchSize: options.batch,
    seed: options.seed,
    engine: options.engine,
    maxLength: options.maxLength,
    warmup: options.warmup,
    weightDecay: options.weightDecay,
    classWeights: classWeights === 'balanced' ? balancedWeights(read.examples) : classWeights,
    labelSmoothing: options.labelSmoothing,
    tokenDropout: options.tokenDropout,
    clipNorm: options.clip,
    threads: availableCores(),
    ...(options.checkpoints && { checkpointDirectory: path.resolve(options.checkpoints) }),
    checkpointEverySteps: options.checkpointEvery,
    precision: options.precision,
  };
}

async function finetune(options: FinetuneOptions, context: CliContext): Promise<void> {
  const job = await readJob(options, context);
  const bar = createProgressBar(context);
  const trainer = startTrainerWith({ priority: 0 }, job, (message) => {
    if (message.type === 'engine') {
      bar.line(`engine: ${message.name}`);
      for (const reason of message.passedOver) bar.line(`  passed over ${reason}`);
    }
    if (message.type === 'progress') bar.show(message.progress);
    if (message.type === 'evaluation') {
      bar.line(`${describe(message.evaluation)}${message.improved ? ', the best so far' : ''}`);
    }
  });
  const stop = () => void trainer.cancel();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const result = await trainer.result;
    bar.end();
    if (options.json === true) printJson(context, result);
    else printLines(context, [summary(result)]);
  } finally {
    bar.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const percent = (part: number) => `${(part * 100).toFixed(2)} %`;

function describe({ step, sets, macroF1 }: DevEvaluation): string {
  const each = Object.entries(sets).map(
    ([name, figures]) => `${name} accuracy ${percent(figures.accuracy)} macro F1 ${percent(figures.macroF1)}`,
  );
  const mean = each.length > 1 ? [`mean macro F1 ${percent(macroF1)}`] : [];
  return `step ${step}: ${[...each, ...mean].join('; ')}`;
}

function summary({ version, directory, steps, finalLoss, best }: TrainingResult): string {
  const chosen = best === undefined ? '' : `; best on --dev at ${describe(best)}`;
  return `${version} written to ${directory} after ${steps} steps (loss ${finalLoss.toFixed(4)})${chosen}`;
}
