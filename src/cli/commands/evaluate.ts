// `nunchi evaluate`: how often a model is right on labelled texts, and how fast it reads them.
import { findDataFile } from '../../data/find-data-file.js';
import { readLabelledFile } from '../../data/labelled-file.js';
import { LABELS } from '../../labels.js';
import { evaluateTexts, type Evaluation } from '../../learn/evaluate.js';
import type { LabelledSet } from '../../learn/measure-quantization.js';
import { availableCores } from '../../process/available-cores.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { MODEL_OPTION, MODEL_OPTION_HELP, withModel } from '../model-option.js';
import { wholeNumber } from '../numbers.js';
import { columns, printJson, printLines } from '../output.js';

interface EvaluateOptions {
  data: string;
  model?: string;
  limit?: number;
  int8?: boolean;
  json?: boolean;
}

export const registerEvaluate: RegisterCommand = (program, context) => {
  program
    .command('evaluate')
    .description('measure a model on labelled texts')
    .requiredOption('--data <file>', 'text<TAB>label, or NSMC (id document label); plain or gzip')
    .option(MODEL_OPTION, MODEL_OPTION_HELP)
    .option('--limit <n>', 'read only the first n rows', wholeNumber(1))
    .option(
      '--int8',
      "compare the model's int8 form with its float one instead: the record for manifest.json",
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  nunchi evaluate --data ratings_test.txt --limit 5000')
    .action((options: EvaluateOptions) => evaluate(options, context));
};

async function evaluate(options: EvaluateOptions, context: CliContext): Promise<void> {
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  const { rows } = await readLabelledFile(findDataFile(options.data, context.config().data), limit);
  if (options.int8 === true) return compareInt8(options, rows, context);
  const document = await withModel(context, options.model, async (model) => {
    const onProgress = createReporter(context);
    const evaluation = await evaluateTexts((texts) => model.classify(texts), rows, { onProgress });
    return { model: model.version, ...evaluation };
  });
  if (options.json === true) printJson(context, document);
  else printLines(context, toLines(document));
}

async function compareInt8(
  options: EvaluateOptions,
  rows: LabelledSet['rows'],
  context: CliContext,
): Promise<void> {
  const onProgress = createReporter(context);
  // Loaded here only: its language data would slow the start of every other command.
  const { measureQuantization } = await import('../../learn/measure-quantization.js');
  // The measurement opens each form itself; the model's place is all that is needed of it here.
  const directory = await withModel(context, options.model, (model) => Promise.resolve(model.directory));
  const record = await measureQuantization(directory, [{ data: options.data, rows }], {
    threads: availableCores(),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (options.json === true) return printJson(context, record);
  const measured = record.evaluations.map(
    ({ n, accuracyFloat, accuracyInt8 }) =>
      `${n} texts: float ${percent(accuracyFloat)}, int8 ${percent(accuracyInt8)}`,
  );
  printLines(context, [
    ...measured,
    record.used ? 'int8 may be used' : `int8 is not used: ${record.reason ?? ''}`,
  ]);
}

/** One line that is written over, on a terminal only. */
function createReporter(context: CliContext): ((done: number, total: number) => void) | undefined {
  if (!context.isTerminal) return undefined;
  return (done, total) => {
    context.stderr.write(`\r${done} of ${total} texts${done === total ? '\n' : ''}`);
  };
}

const percent = (part: number) => `${(part * 100).toFixed(2)} %`;

function toLines(document: Evaluation & { model: string }): string[] {
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
    '',
    ...columns([['label', 'precision', 'recall', 'F1', 'texts'], ...perLabel]),
  ];
}
