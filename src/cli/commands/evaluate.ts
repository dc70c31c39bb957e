// `nunchi evaluate`: how often a model is right on labelled texts, and how fast it reads them. What else can be measured
// is beside it: the int8 form in evaluate-int8.ts, the behaviour set in evaluate-behaviour.ts.
import path from 'node:path';
import { Option } from 'commander';
import { replaceFileDurably } from '../../bert/model-files.js';
import { NunchiError } from '../../errors.js';
import { LABELS } from '../../labels.js';
import { drawConfusionMatrix } from '../../learn/charts/confusion-matrix.js';
import { drawReliabilityDiagram } from '../../learn/charts/reliability-diagram.js';
import { evaluateTexts, type Evaluation } from '../../learn/evaluate.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { readLabelledSets } from '../labelled-sets.js';
import { MODEL_OPTION, MODEL_OPTION_HELP, withModel } from '../model-option.js';
import { wholeNumber } from '../numbers.js';
import { columns, percent, printJson, printLines } from '../output.js';
import { textProgress } from '../progress.js';
import { evaluateBehaviourSet } from './evaluate-behaviour.js';
import { compareInt8 } from './evaluate-int8.js';

interface EvaluateOptions {
  data?: string[];
  model?: string;
  limit?: number;
  charts?: string;
  int8?: boolean;
  write?: boolean;
  behaviour?: true | string[];
  failures?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  nunchi evaluate --data ratings_test.txt --limit 5000 --charts charts
  nunchi evaluate --data reviews.tsv chat.tsv --int8 --write --model my-model
  nunchi evaluate --behaviour --failures`;

export const registerEvaluate: RegisterCommand = (program, context) => {
  program
    .command('evaluate')
    .description('measure a model on labelled texts or on the behaviour set')
    .option(
      '--data <file...>',
      'text<TAB>label, or NSMC (id document label); plain or gzip; FILE#FROM-TO for some rows',
    )
    .option(MODEL_OPTION, MODEL_OPTION_HELP)
    .option('--limit <n>', 'read only the first n rows', wholeNumber(1))
    .option('--charts <dir>', 'draw a confusion matrix and a reliability diagram there (SVG)')
    .option('--int8', "compare the model's int8 form with its float one instead")
    .option('--write', 'with --int8: record the result in manifest.json, which decides what serves')
    .addOption(
      new Option(
        '--behaviour [file...]',
        'instead of data: items of single capabilities (default: the set that comes with Nunchi)',
      ).conflicts(['data', 'limit', 'charts', 'int8', 'write']),
    )
    .option('--failures', 'with --behaviour: list what is read wrongly')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((options: EvaluateOptions) => evaluate(options, context));
};

function usage(message: string, hint: string): NunchiError {
  return new NunchiError('usage', message, { hint });
}

async function evaluate(options: EvaluateOptions, context: CliContext): Promise<void> {
  const { data = [], behaviour, failures = false, write = false, json = false } = options;
  if (failures && behaviour === undefined) {
    throw usage('--failures lists items of a behaviour set', 'Add --behaviour, or leave it out.');
  }
  if (write && options.int8 !== true) {
    throw usage('--write records what --int8 measures', 'Add --int8, or leave it out.');
  }
  if (behaviour !== undefined) {
    const files = behaviour === true ? undefined : behaviour;
    return evaluateBehaviourSet({ files, model: options.model, failures, json }, context);
  }
  if (data.length === 0)
    throw usage('There is nothing to evaluate', 'Name a file with --data, or add --behaviour.');
  if (options.int8 === true) {
    if (options.charts !== undefined)
      throw usage('--charts draws no int8 comparison', 'Leave it or --int8 out.');
    return compareInt8({ data, model: options.model, limit: options.limit, write, json }, context);
  }
  if (data.length > 1) throw usage('Only one file can be evaluated at a time', 'Run it once for each file.');
  await evaluateData(data, options, context);
}

async function evaluateData(
  files: readonly string[],
  { model: directory, limit, charts, json }: EvaluateOptions,
  context: CliContext,
): Promise<void> {
  const [set] = await readLabelledSets(files, limit, context);
  const { data = '', rows = [] } = set ?? {};
  const document = await withModel(context, directory, async (model) => {
    const evaluation = await evaluateTexts((texts) => model.classify(texts), rows, textProgress(context));
    return { model: model.version, ...evaluation };
  });
  const drawn = charts === undefined ? {} : { charts: await drawCharts(document, data, charts) };
  if (json === true) printJson(context, { ...document, ...drawn });
  else printLines(context, toLines({ ...document, ...drawn }));
}

/** @returns the paths written */
async function drawCharts(
  evaluation: Evaluation & { model: string },
  data: string,
  directory: string,
): Promise<string[]> {
  const subject = `${evaluation.model} on ${data}`;
  const charts = {
    'confusion-matrix.svg': drawConfusionMatrix(evaluation, subject),
    'reliability-diagram.svg': drawReliabilityDiagram(evaluation, subject),
  };
  const written: string[] = [];
  for (const [name, content] of Object.entries(charts)) {
    const file = path.join(directory, name);
    await replaceFileDurably(file, content);
    written.push(file);
  }
  return written;
}

function toLines(document: Evaluation & { model: string; charts?: string[] }): string[] {
  const perLabel = LABELS.flatMap((label) => {
    const m = document.perLabel[label];
    return m ? [[label, percent(m.precision), percent(m.recall), percent(m.f1), String(m.support)]] : [];
  });
  return [
    `model       ${document.model}`,
    `texts       ${document.n} (${document.itemsPerSecond} a second)`,
    `accuracy    ${percent(document.accuracy)}`,
    `macro F1    ${percent(document.macroF1)}`,
    `calibration ${document.ece.toFixed(4)} (expected error, 0 is best)`,
    ...(document.charts ?? []).map((file) => `chart       ${file}`),
    '',
    ...columns([['label', 'precision', 'recall', 'F1', 'texts'], ...perLabel]),
  ];
}
