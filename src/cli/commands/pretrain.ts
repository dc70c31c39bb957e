// `nunchi pretrain`: trains a base model on plain texts, by masked tokens and next sentences.
import path from 'node:path';
import { Option } from 'commander';
import { parseDataSource } from '../../data/data-source.js';
import { findDataFile } from '../../data/find-data-file.js';
import { availableCores } from '../../process/available-cores.js';
import { ENGINE_REQUESTS } from '../../train/engine-names.js';
import type { PretrainingMetrics } from '../../train/pretraining/evaluate.js';
import {
  PRETRAINING_DEFAULTS as DEFAULTS,
  type PretrainingJob,
  type PretrainingMessage,
} from '../../train/pretraining/job.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { numberBetween, wholeNumber } from '../numbers.js';
import { printJson, printLines } from '../output.js';
import { createProgressBar } from '../progress-bar.js';

interface PretrainOptions {
  base: string;
  data: string[];
  exclude?: string[];
  out: string;
  epochs: number;
  lr: number;
  warmup: number;
  weightDecay: number;
  clip: number;
  batchTokens: number;
  maxLength: number;
  maskRate: number;
  wholeWords?: boolean;
  nextSentence: boolean;
  dropout?: number;
  heldOut: number;
  evaluateEvery: number;
  limit?: number;
  seed: number;
  engine: PretrainingJob['engine'];
  checkpoints?: string;
  checkpointEvery: number;
  json?: boolean;
}

const count = wholeNumber(1);
const fraction = numberBetween(0, 0.999);

export const registerPretrain: RegisterCommand = (program, context) => {
  program
    .command('pretrain')
    .description('train a base model on plain texts: masked tokens and next sentences')
    .requiredOption(
      '--base <dir>',
      'model directory to start from, as `nunchi init` or `model import` writes it',
    )
    .requiredOption('--data <file...>', 'texts, one a line, or labelled files; plain or gzip')
    .requiredOption('--out <dir>', 'where the new model directory is written; must not exist')
    .option(
      '--exclude <file...>',
      'leave out the texts that are in these files too; FILE#FROM-TO for some rows',
    )
    .option('--epochs <x>', 'passes over the texts', numberBetween(0.001, 1000), DEFAULTS.epochs)
    .option('--lr <x>', 'highest learning rate', numberBetween(1e-9, 1000), DEFAULTS.learningRate)
    .option('--warmup <x>', 'part of the steps in which it rises', fraction, DEFAULTS.warmup)
    .option('--weight-decay <x>', 'decoupled weight decay', numberBetween(0, 1), DEFAULTS.weightDecay)
    .option('--clip <x>', 'gradient norm limit', numberBetween(1e-9, 1000), DEFAULTS.clipNorm)
    .option('--batch-tokens <n>', 'tokens of a step', wholeNumber(16), DEFAULTS.tokensPerBatch)
    .option(
      '--max-length <n>',
      'longest text in tokens; longer ones are cut',
      wholeNumber(8),
      DEFAULTS.maxLength,
    )
    .option('--mask-rate <x>', 'part of the tokens to predict', numberBetween(0.01, 0.9), DEFAULTS.maskRate)
    .option('--whole-words', 'mask whole words')
    .option('--no-next-sentence', 'leave out next-sentence prediction')
    .option('--dropout <x>', "dropout of this run (default: the base's)", numberBetween(0, 0.9))
    .option('--held-out <n>', 'texts kept out to measure on', count, DEFAULTS.heldOut)
    .option('--evaluate-every <n>', 'steps between measurements', count, DEFAULTS.evaluateEverySteps)
    .option('--limit <n>', 'use only the first n texts of each file', count)
    .option('--seed <n>', 'seed of order, masks and dropout', wholeNumber(0), DEFAULTS.seed)
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINE_REQUESTS).default('auto'))
    .option('--checkpoints <dir>', 'keep checkpoints here; the same command then resumes')
    .option('--checkpoint-every <n>', 'steps between checkpoints', count, DEFAULTS.checkpointEverySteps)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  nunchi pretrain --base untrained --data reviews.txt.gz --out base --checkpoints checkpoints',
    )
    .action((options: PretrainOptions) => pretrain(options, context));
};

function toJob(options: PretrainOptions, dataFolder: string): PretrainingJob {
  return {
    baseDirectory: path.resolve(options.base),
    outDirectory: path.resolve(options.out),
    files: options.data.map((file) => findDataFile(file, dataFolder)),
    ...(options.exclude && { exclude: options.exclude.map((file) => parseDataSource(file, dataFolder)) }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    epochs: options.epochs,
    learningRate: options.lr,
    warmup: options.warmup,
    weightDecay: options.weightDecay,
    clipNorm: options.clip,
    tokensPerBatch: options.batchTokens,
    maxLength: options.maxLength,
    maskRate: options.maskRate,
    wholeWords: options.wholeWords === true,
    nextSentence: options.nextSentence,
    ...(options.dropout === undefined ? {} : { dropout: options.dropout }),
    heldOut: options.heldOut,
    evaluateEverySteps: options.evaluateEvery,
    seed: options.seed,
    engine: options.engine,
    threads: availableCores(),
    ...(options.checkpoints === undefined ? {} : { checkpointDirectory: path.resolve(options.checkpoints) }),
    checkpointEverySteps: options.checkpointEvery,
  };
}

async function pretrain(options: PretrainOptions, context: CliContext): Promise<void> {
  // Loaded here only: TensorFlow.js would slow the start of every other command.
  const { runPretraining } = await import('../../train/pretraining/pretrainer.js');
  const job = toJob(options, context.config().data);
  const cancellation = new AbortController();
  const stop = () => cancellation.abort();
  const bar = createProgressBar(context);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const result = await runPretraining(job, {
      signal: cancellation.signal,
      onMessage(message) {
        if (message.type === 'progress') return bar.show(message.progress);
        const line = describe(message);
        if (line === undefined) return;
        bar.end();
        context.stderr.write(`${line}\n`);
      },
    });
    bar.end();
    if (options.json === true) return printJson(context, result);
    printLines(context, [
      `${result.version} written to ${result.directory} after ${result.steps} steps`,
      describeMetrics(result.metrics),
    ]);
  } finally {
    bar.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const READING_LINE_TEXTS = 100_000;

function describe(message: Exclude<PretrainingMessage, { type: 'progress' }>): string | undefined {
  switch (message.type) {
    case 'reading':
      return message.texts % READING_LINE_TEXTS === 0 ? `reading: ${message.texts} texts` : undefined;
    case 'engine':
      return [
        `engine: ${message.name}`,
        ...message.passedOver.map((reason) => `  passed over ${reason}`),
      ].join('\n');
    case 'corpus':
      return (
        (message.leftOut > 0 ? `texts left out because they are in --exclude: ${message.leftOut}\n` : '') +
        `${message.texts} texts of ${message.tokens} tokens, ${message.heldOut} texts held out, ${message.totalSteps} steps` +
        (message.firstStep > 0 ? `; going on after step ${message.firstStep}` : '')
      );
    case 'evaluation':
      return `step ${message.step}: ${describeMetrics(message.metrics)}`;
    case 'checkpoint':
      return undefined;
  }
}

function describeMetrics(metrics: PretrainingMetrics): string {
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
  const next =
    metrics.nextSentenceLoss === undefined || metrics.nextSentenceAccuracy === undefined
      ? ''
      : `; next sentence loss ${metrics.nextSentenceLoss.toFixed(4)}, right ${percent(metrics.nextSentenceAccuracy)}`;
  return `masked tokens loss ${metrics.maskedLoss.toFixed(4)}, right ${percent(metrics.maskedAccuracy)}${next}`;
}
