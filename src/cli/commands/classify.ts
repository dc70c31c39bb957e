// `nunchi classify`: reads the mood of texts given as arguments, in a file or on standard input.
import readline from 'node:readline';
import type { Readable } from 'node:stream';
import { readTexts } from '../../data/texts.js';
import { NunchiError } from '../../errors.js';
import type { ClassifyResponse, ClassifyResult } from '../../serve/service.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { MODEL_OPTION, MODEL_OPTION_HELP, withModel } from '../model-option.js';
import { printable, printJson, printLines } from '../output.js';

interface ClassifyOptions {
  file?: string;
  model?: string;
  json?: boolean;
}

export const registerClassify: RegisterCommand = (program, context) => {
  program
    .command('classify')
    .description('read the mood of texts')
    .argument('[text...]', 'texts; without any, and without --file, the lines of standard input')
    .option('--file <file>', 'a text per line, or a labelled file; plain or gzip')
    .option(MODEL_OPTION, MODEL_OPTION_HELP)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  nunchi classify "정말 재미있어요 ㅋㅋㅋ" "couldn\'t be happier"')
    .action((texts: string[], options: ClassifyOptions) => classify(texts, options, context));
};

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const texts: string[] = [];
  for await (const line of lines) texts.push(line);
  return texts;
}

/** @param stdin `isTTY` where it is a terminal, from which nothing is read. */
async function gatherTexts(
  given: readonly string[],
  file: string | undefined,
  stdin: Readable & { isTTY?: boolean },
): Promise<string[]> {
  if (given.length > 0 && file !== undefined) {
    throw new NunchiError('usage', 'Texts and --file cannot be given together', { hint: 'Leave one out.' });
  }
  if (given.length > 0) return [...given];
  if (file !== undefined) return collect(readTexts(file));
  if (stdin.isTTY === true) {
    throw new NunchiError('usage', 'There is no text to read', {
      hint: 'Give texts as arguments, a file with --file, or lines on standard input.',
    });
  }
  return collect(readline.createInterface({ input: stdin, crlfDelay: Infinity }));
}

async function classify(given: string[], options: ClassifyOptions, context: CliContext): Promise<void> {
  const texts = await gatherTexts(given, options.file, process.stdin);
  const response = await withModel(context, options.model, async (model): Promise<ClassifyResponse> => {
    const readings = await model.classify(texts);
    const results = readings.map((reading, index) => ({ text: texts[index] ?? '', ...reading }));
    return { model: model.version, results };
  });
  if (options.json === true) printJson(context, response);
  else printLines(context, response.results.map(toLine));
}

const REASONS = {
  'low-confidence': 'not sure',
  'unknown-text': 'not sure: not a text that this model can read',
  empty: 'not sure: nothing to read',
} as const;

/** The text comes last, so that the columns hold whatever its width is (Hangul takes two cells). */
function toLine({ text, label, confidence, abstainReason }: ClassifyResult): string {
  const note = abstainReason === undefined ? '' : `  (${REASONS[abstainReason]})`;
  return `${label.padEnd(8)}  ${(confidence * 100).toFixed(1).padStart(5)} %  ${printable(text)}${note}`;
}
