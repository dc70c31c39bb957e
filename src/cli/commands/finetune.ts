// `nunchi finetune`: trains a model from a base directory and labelled files into a new directory.
import path from 'node:path';
import { Option } from 'commander';
import { findDataFile } from '../../data/find-data-file.js';
import { readLabelledFile } from '../../data/labelled-file.js';
import { NunchiError } from '../../errors.js';
import { availableCores } from '../../process/available-cores.js';
import { startTrainerWith } from '../../train/client.js';
import { ENGINE_REQUESTS } from '../../train/engine-names.js';
import { FINETUNE_DEFAULTS, type FinetuneJob, type LabelledText } from '../../train/job.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { numberBetween, wholeNumber } from '../numbers.js';
import { createProgressBar } from '../progress-bar.js';

interface FinetuneOptions {
  base: string;
  data: string[];
  out: string;
  epochs: number;
  lr: number;
  batch: number;
  seed: number;
  engine: FinetuneJob['engine'];
  maxLength: number;
  warmup: number;
  weightDecay: number;
  labelSmoothing: number;
  tokenDropout: number;
  clip: number;
  limit?: number;
  checkpoints?: string;
  checkpointEvery: number;
  precision: FinetuneJob['precision'];
  json?: boolean;
}

const positive = numberBetween(1e-9, 1000);
const fraction = numberBetween(0, 0.999);
const count = wholeNumber(1);

export const registerFinetune: RegisterCommand = (program, context) => {
  program
    .command('finetune')
    .description('train a model from a base model and labelled texts')
    .requiredOption('--base <dir>', 'model directory to start from')
    .requiredOption('--data <file...>', 'labelled texts: text<TAB>label, or id document label; plain or gzip')
    .requiredOption('--out <dir>', 'where the new model directory is written; must not exist')
    .option('--epochs <n>', 'passes over the data', count, FINETUNE_DEFAULTS.epochs)
    .option('--lr <x>', 'highest learning rate', positive, FINETUNE_DEFAULTS.learningRate)
    .option('--batch <n>', 'texts per step', count, FINETUNE_DEFAULTS.batchSize)
    .option('--seed <n>', 'seed of order, dropout and fresh weights', wholeNumber(0), FINETUNE_DEFAULTS.seed)
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINE_REQUESTS).default('auto'))
    .option('--max-length <n>', 'longest text in tokens', count, FINETUNE_DEFAULTS.maxLength)
    .option(
      '--warmup <x>',
      'part of the steps in which the learning rate rises',
      fraction,
      FINETUNE_DEFAULTS.warmup,
    )
    .option(
      '--weight-decay <x>',
      'decoupled weight decay',
      numberBetween(0, 1),
      FINETUNE_DEFAULTS.weightDecay,
    )
    .option(
      '--label-smoothing <x>',
      'part of each target spread over all labels',
      fraction,
      FINETUNE_DEFAULTS.labelSmoothing,
    )
    .option(
      '--token-dropout <x>',
      'chance that a token is masked in a step',
      fraction,
      FINETUNE_DEFAULTS.tokenDropout,
    )
    .option('--clip <x>', 'gradient norm limit', positive, FINETUNE_DEFAULTS.clipNorm)
    .option('--limit <n>', 'use only the first n rows of each file', count)
    .option('--checkpoints <dir>', 'keep checkpoints here; the same command then resumes')
    .option(
      '--checkpoint-every <n>',
      'steps between checkpoints',
      count,
      FINETUNE_DEFAULTS.checkpointEverySteps,
    )
    .addOption(
      new Option('--precision <name>', 'of the weights written; float16 is half the size')
        .choices(['float32', 'float16'])
        .default(FINETUNE_DEFAULTS.precision),
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  nunchi finetune --base models/default --data reviews.tsv --out my-model --epochs 2',
    )
    .action((options: FinetuneOptions) => finetune(options, context));
};

async function finetune(options: FinetuneOptions, context: CliContext): Promise<void> {
  const examples: LabelledText[] = [];
  const data: Record<string, string> = {};
  for (const name of options.data) {
    const file = findDataFile(name, context.config().data);
    const read = await readLabelledFile(file, options.limit === undefined ? {} : { limit: options.limit });
    for (const row of read.rows) examples.push(row);
    data[path.basename(path.dirname(path.resolve(file))) + '/' + path.basename(file)] = read.sha256;
  }
  if (examples.length === 0) throw new NunchiError('not-enough-data', 'the data files hold no rows');
  const job: FinetuneJob = {
    baseDirectory: path.resolve(options.base),
    outDirectory: path.resolve(options.out),
    examples,
    data,
    epochs: options.epochs,
    learningRate: options.lr,
    batchSize: options.batch,
    seed: options.seed,
    engine: options.engine,
    maxLength: options.maxLength,
    warmup: options.warmup,
    weightDecay: options.weightDecay,
    labelSmoothing: options.labelSmoothing,
    tokenDropout: options.tokenDropout,
    clipNorm: options.clip,
    threads: availableCores(),
    ...(options.checkpoints === undefined ? {} : { checkpointDirectory: path.resolve(options.checkpoints) }),
    checkpointEverySteps: options.checkpointEvery,
    precision: options.precision,
  };
  const bar = createProgressBar(context);
  const trainer = startTrainerWith({ priority: 0 }, job, (message) => {
    if (message.type === 'engine') {
      context.stderr.write(`engine: ${message.name}\n`);
      for (const reason of message.passedOver) context.stderr.write(`  passed over ${reason}\n`);
    }
    if (message.type === 'progress') bar.show(message.progress);
  });
  const stop = () => void trainer.cancel();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const result = await trainer.result;
    bar.end();
    if (options.json === true) context.stdout.write(`${JSON.stringify(result)}\n`);
    else
      context.stdout.write(
        `${result.version} written to ${result.directory} after ${result.steps} steps (loss ${result.finalLoss.toFixed(4)})\n`,
      );
  } finally {
    bar.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
