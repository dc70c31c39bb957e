// `nunchi soften`: writes a model's probabilities for texts as a data file, from which another model can be trained.
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { parseDataSource } from '../../data/data-source.js';
import { SOFT_HEADER, softLine } from '../../data/soft-labels.js';
import { readTexts } from '../../data/texts.js';
import { NunchiError } from '../../errors.js';
import { LABELS, type Scores } from '../../labels.js';
import type { Classifier } from '../../serve/classifier.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { MODEL_OPTION, MODEL_OPTION_HELP, withModel } from '../model-option.js';
import { numberBetween, wholeNumber } from '../numbers.js';
import { printJson, printLines } from '../output.js';

interface SoftenOptions {
  data: string[];
  out: string;
  model?: string;
  temperature: number;
  limit?: number;
  json?: boolean;
}

/** Texts read, and lines written, at once. */
const CHUNK = 2_048;

export const registerSoften: RegisterCommand = (program, context) => {
  program
    .command('soften')
    .description("write a model's probabilities for texts, as data for finetune")
    .requiredOption('--data <file...>', 'texts, one a line, or labelled files; FILE#FROM-TO for some rows')
    .requiredOption(
      '--out <file>',
      'text<TAB>negative<TAB>neutral<TAB>positive; gzip if it ends in .gz; must not exist',
    )
    .option(MODEL_OPTION, MODEL_OPTION_HELP)
    .option(
      '--temperature <t>',
      'above 1 brings the probabilities nearer to each other',
      numberBetween(0.01, 100),
      1,
    )
    .option('--limit <n>', 'use only the first n texts of each file of --data', wholeNumber(1))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  nunchi soften --model big-model --data messages.txt --out soft.tsv.gz\n  nunchi finetune --base small-model --data soft.tsv.gz --out student',
    )
    .action((options: SoftenOptions) => soften(options, context));
};

async function soften(options: SoftenOptions, context: CliContext): Promise<void> {
  const file = path.resolve(options.out);
  if (existsSync(file)) {
    throw new NunchiError('usage', `${file} exists already`, { hint: 'Name a file that does not exist.' });
  }
  const sources = options.data.map((given) => parseDataSource(given, context.config().data));
  const counts = { texts: 0, empty: 0 };
  async function* texts(): AsyncGenerator<string> {
    for (const { file: source, range } of sources) {
      for await (const text of readTexts(source, range, options.limit)) {
        if (text.trim() === '') counts.empty += 1;
        else yield text;
      }
    }
  }
  const version = await withModel(context, options.model, async (model) => {
    const report = createReporter(context);
    const lines = softLines(texts(), model, options.temperature, (written) =>
      report((counts.texts = written)),
    );
    await writeWhole(file, lines);
    return model.version;
  });
  if (context.isTerminal) context.stderr.write('\n');
  if (counts.empty > 0) context.stderr.write(`empty texts left out: ${counts.empty}\n`);
  if (options.json === true) printJson(context, { file, model: version, ...counts });
  else printLines(context, [`probabilities of ${version} for ${counts.texts} texts written to ${file}`]);
}

/** The content of the file, some thousand lines at a time: a file may hold more texts than memory. */
async function* softLines(
  texts: AsyncIterable<string>,
  model: Classifier,
  temperature: number,
  onWritten: (count: number) => void,
): AsyncGenerator<string> {
  yield `${SOFT_HEADER}\n`;
  let written = 0;
  for await (const chunk of inChunks(texts)) {
    const readings = await model.classify(chunk);
    const lines = readings.map(({ scores }, i) => softLine(chunk[i] ?? '', temper(scores, temperature)));
    yield lines.map((line) => `${line}\n`).join('');
    onWritten((written += chunk.length));
  }
}

async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<string[]> {
  let chunk: string[] = [];
  for await (const text of texts) {
    if (chunk.push(text) < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** `p ** (1 / temperature)`, made to sum to 1: what dividing the logits by it gives (Hinton et al. 2015). */
function temper(scores: Scores, temperature: number): Scores {
  const powers = LABELS.map((label) => scores[label] ** (1 / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const [negative = 0, neutral = 0, positive = 0] = powers.map((power) => power / total);
  return { negative, neutral, positive };
}

/** The file is there whole or not at all. */
async function writeWhole(file: string, content: AsyncIterable<string>): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const target = createWriteStream(temporary, { flags: 'wx' });
    if (/\.gz$/i.test(file)) await pipeline(content, createGzip(), target);
    else await pipeline(content, target);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw new NunchiError('usage', `${file} cannot be written`, {
      hint: 'Its folder must exist and be writable.',
      cause: error,
    });
  }
}

/** One line that is written over, on a terminal only. */
function createReporter(context: CliContext): (done: number) => void {
  return (done) => {
    if (context.isTerminal) context.stderr.write(`\r${done} texts`);
  };
}
