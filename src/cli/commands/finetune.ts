// `nunchi finetune`: trains a model from a base directory and labelled files into a new directory.
import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { readLabelledFile } from '../../data/labelled-file.js';
import { NunchiError } from '../../errors.js';
import { availableCores } from '../../process/available-cores.js';
import { startTrainerWith } from '../../train/client.js';
import {
  FINETUNE_DEFAULTS,
  type FinetuneJob,
  type LabelledText,
  type TrainingProgress,
} from '../../train/job.js';
import type { CliContext, RegisterCommand } from '../context.js';

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
  json?: boolean;
}

function number(check: (value: number) => boolean, expected: string) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !check(value)) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

const count = number((v) => Number.isInteger(v) && v > 0, 'a whole number above 0');
const whole = number((v) => Number.isInteger(v) && v >= 0, 'a whole number');
const positive = number((v) => v > 0 && Number.isFinite(v), 'a number above 0');
const part = number((v) => v >= 0 && v < 1, 'a number from 0 to below 1');
const nonNegative = number((v) => v >= 0 && Number.isFinite(v), 'a number of at least 0');

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
    .option('--seed <n>', 'seed of order, dropout and fresh weights', whole, FINETUNE_DEFAULTS.seed)
    .addOption(
      new Option('--engine <name>', 'what computes').choices(['auto', 'onnxruntime', 'tfjs']).default('auto'),
    )
    .option('--max-length <n>', 'longest text in tokens', count, FINETUNE_DEFAULTS.maxLength)
    .option(
      '--warmup <x>',
      'part of the steps in which the learning rate rises',
      part,
      FINETUNE_DEFAULTS.warmup,
    )
    .option('--weight-decay <x>', 'decoupled weight decay', nonNegative, FINETUNE_DEFAULTS.weightDecay)
    .option(
      '--label-smoothing <x>',
      'part of each target spread over all labels',
      part,
      FINETUNE_DEFAULTS.labelSmoothing,
    )
    .option(
      '--token-dropout <x>',
      'chance that a token is masked in a step',
      part,
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
  for (const file of options.data) {
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

/** One line that rewrites itself on a terminal; elsewhere a line at most every ten seconds. */
function createProgressBar(context: CliContext) {
  const width = 24;
  const lineEveryMs = 10_000;
  let lastLine = -Infinity;
  let open = false;
  const format = (p: TrainingProgress) => {
    const filled = Math.round((p.step / p.totalSteps) * width);
    const minutes = Math.floor(p.secondsLeft / 60);
    const seconds = String(Math.round(p.secondsLeft % 60)).padStart(2, '0');
    return (
      `${'█'.repeat(filled)}${'░'.repeat(width - filled)} step ${p.step}/${p.totalSteps} epoch ${p.epoch} ` +
      `loss ${p.loss.toFixed(4)} ${p.examplesPerSecond.toFixed(0)} texts/s ${minutes}:${seconds} left`
    );
  };
  return {
    show(progress: TrainingProgress): void {
      if (context.isTerminal) {
        context.stderr.write(`\r\u001b[2K${format(progress)}`);
        open = true;
      } else if (performance.now() - lastLine > lineEveryMs || progress.step === progress.totalSteps) {
        lastLine = performance.now();
        context.stderr.write(`${format(progress)}\n`);
      }
    },
    end(): void {
      if (open) context.stderr.write('\n');
      open = false;
    },
  };
}
