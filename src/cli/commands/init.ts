// `nunchi init`: a model directory with random weights, to train from nothing.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BertConfig } from '../../bert/config.js';
import { writeModelDirectory } from '../../bert/model-directory.js';
import { createTokenizer } from '../../bert/tokenizer.js';
import { createUntrainedWeights } from '../../bert/untrained.js';
import { NunchiError } from '../../errors.js';
import { LABELS } from '../../labels.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { numberBetween, wholeNumber } from '../numbers.js';
import { printJson, printLines } from '../output.js';

interface InitOptions {
  tokenizer: string;
  out: string;
  hidden: number;
  layers: number;
  heads: number;
  intermediate?: number;
  maxPositions: number;
  dropout: number;
  seed: number;
  json?: boolean;
}

export const registerInit: RegisterCommand = (program, context) => {
  program
    .command('init')
    .description('write a model directory with random weights')
    .requiredOption('--tokenizer <dir>', 'tokenizer files, as `nunchi vocab` writes them')
    .requiredOption('--out <dir>', 'where the model directory is written; must not exist')
    .option('--hidden <n>', 'hidden size, a multiple of the heads', wholeNumber(1), 256)
    .option('--layers <n>', 'encoder layers', wholeNumber(1), 4)
    .option('--heads <n>', 'attention heads', wholeNumber(1), 4)
    .option(
      '--intermediate <n>',
      'size of the feed-forward layer (default: 4 times the hidden size)',
      wholeNumber(1),
    )
    .option('--max-positions <n>', 'longest text in tokens', wholeNumber(8), 128)
    .option('--dropout <x>', 'dropout while training', numberBetween(0, 0.9), 0.1)
    .option('--seed <n>', 'seed of the weights', wholeNumber(0), 1)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  nunchi init --tokenizer tokenizer --hidden 256 --layers 4 --out untrained',
    )
    .action((options: InitOptions) => init(options, context));
};

async function readTokenizerSize(directory: string): Promise<{ size: number; padId: number }> {
  const file = path.join(directory, 'tokenizer.json');
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new NunchiError('model-missing-file', `${file} is missing or not JSON`, {
      hint: 'Make the tokenizer files with `nunchi vocab`.',
      cause: error,
    });
  }
  const tokenizer = createTokenizer(json, {});
  return { size: tokenizer.vocabularySize, padId: tokenizer.padId };
}

async function init(options: InitOptions, context: CliContext): Promise<void> {
  if (options.hidden % options.heads !== 0) {
    throw new NunchiError(
      'usage',
      `--hidden ${options.hidden} is not a multiple of --heads ${options.heads}`,
      {
        hint: 'Each head gets an equal part of the hidden size.',
      },
    );
  }
  const { size, padId } = await readTokenizerSize(options.tokenizer);
  const config: BertConfig = {
    vocabularySize: size,
    hiddenSize: options.hidden,
    layers: options.layers,
    heads: options.heads,
    intermediateSize: options.intermediate ?? 4 * options.hidden,
    hiddenDropout: options.dropout,
    attentionDropout: options.dropout,
    classifierDropout: options.dropout,
    maxPositions: options.maxPositions,
    segmentTypes: 2,
    initializerRange: 0.02,
    layerNormEpsilon: 1e-12,
    padTokenId: padId,
    labels: [...LABELS],
  };
  const { seed } = options;
  const manifest = await writeModelDirectory(options.out, {
    config,
    weights: createUntrainedWeights(config, seed),
    tokenizerFrom: options.tokenizer,
    manifest: { parent: null, recipe: { init: 'random' }, seed, engine: 'none', data: {}, metrics: {} },
    card: `# An untrained model\n\nRandom weights (seed ${seed}); its readings mean nothing before it is trained.\n`,
    precision: 'float32',
  });
  const directory = path.resolve(options.out);
  if (options.json === true) printJson(context, { directory, version: manifest.version });
  else printLines(context, [`${manifest.version} written to ${directory}`]);
}
