// `nunchi vocab`: trains a WordPiece vocabulary and writes the tokenizer files of a new model.
import path from 'node:path';
import { refuseExisting, writeNewDirectory } from '../../bert/model-files.js';
import { buildTokenizerFiles } from '../../bert/tokenizer-files.js';
import { trainVocabulary, type VocabularyOptions } from '../../bert/vocabulary.js';
import { findDataFile } from '../../data/find-data-file.js';
import { readTexts } from '../../data/texts.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { wholeNumber } from '../numbers.js';
import { printJson, printLines } from '../output.js';

interface VocabOptions {
  data: string[];
  out: string;
  size: number;
  minFrequency: number;
  alphabet: number;
  limit?: number;
  json?: boolean;
}

export const registerVocab: RegisterCommand = (program, context) => {
  program
    .command('vocab')
    .description('train a WordPiece vocabulary from texts')
    .requiredOption('--data <file...>', 'texts, one a line, or labelled files; plain or gzip')
    .requiredOption('--out <dir>', 'where the tokenizer files are written; must not exist')
    .option('--size <n>', 'pieces in all', wholeNumber(1), 16_000)
    .option('--min-frequency <n>', 'pairs seen less often make no piece', wholeNumber(1), 2)
    .option('--alphabet <n>', 'most characters beside Latin letters, digits and jamo', wholeNumber(0), 4000)
    .option('--limit <n>', 'use only the first n texts of each file', wholeNumber(1))
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  nunchi vocab --data reviews.txt.gz --size 16000 --out tokenizer')
    .action((options: VocabOptions) => vocab(options, context));
};

async function* readAll({ data, limit }: VocabOptions, dataFolder: string): AsyncGenerator<string> {
  for (const file of data) yield* readTexts(findDataFile(file, dataFolder), {}, limit);
}

async function vocab(options: VocabOptions, context: CliContext): Promise<void> {
  const directory = path.resolve(options.out);
  refuseExisting(directory);
  const pieces = await trainVocabulary(readAll(options, context.config().data), {
    size: options.size,
    minFrequency: options.minFrequency,
    limitAlphabet: options.alphabet,
    onProgress: createReporter(context),
  });
  await writeNewDirectory(directory, buildTokenizerFiles(pieces));
  if (options.json === true) printJson(context, { directory, size: pieces.length });
  else printLines(context, [`${pieces.length} pieces written to ${directory}`]);
}

/** At most one line a second. */
function createReporter(context: CliContext): VocabularyOptions['onProgress'] {
  let last = -Infinity;
  return ({ stage, done, total }) => {
    if (performance.now() - last < 1000) return;
    last = performance.now();
    context.stderr.write(`${stage} ${done}${total === undefined ? '' : `/${total}`}\n`);
  };
}
