// `nunchi calibrate`: finds the temperature that makes a model's confidence honest, and records it in its manifest.
import { requireManifest, updateManifest } from '../../bert/model-directory.js';
import type { Calibration } from '../../learn/calibrate.js';
import { availableCores } from '../../process/available-cores.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { readLabelledSets } from '../labelled-sets.js';
import { columns, printJson, printLines } from '../output.js';
import { textProgress } from '../progress.js';

interface CalibrateOptions {
  model: string;
  data: string[];
  dryRun?: boolean;
  json?: boolean;
}

export const registerCalibrate: RegisterCommand = (program, context) => {
  program
    .command('calibrate')
    .description("find the temperature that makes a model's confidence honest (Guo et al. 2017)")
    .requiredOption('--model <dir>', 'model directory, whose manifest.json is rewritten')
    .requiredOption(
      '--data <file...>',
      'labelled texts that the model was not trained on; each counts the same',
    )
    .option('--dry-run', 'write nothing')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  nunchi calibrate --model my-model --data reviews-dev.tsv chat-dev.tsv',
    )
    .action((options: CalibrateOptions) => run(options, context));
};

async function run(options: CalibrateOptions, context: CliContext): Promise<void> {
  const written = options.dryRun !== true;
  const manifest = written ? requireManifest(options.model) : undefined;
  const sets = await readLabelledSets(options.data, undefined, context);
  // Loaded here only: ONNX Runtime would slow the start of every other command.
  const { calibrate } = await import('../../learn/calibrate.js');
  const calibration = await calibrate(options.model, sets, {
    threads: availableCores(),
    ...textProgress(context),
  });
  const temperature = calibration.temperature.after;
  if (written) await updateManifest(options.model, { metrics: { temperature } });
  if (options.json === true) return printJson(context, { ...calibration, written });
  printLines(context, [
    ...toLines(calibration),
    '',
    manifest === undefined ? 'nothing written (--dry-run)' : `recorded in ${manifest}`,
  ]);
}

function toLines({ model, engine, temperature, sets }: Calibration): string[] {
  const figure = (value: number) => value.toFixed(4);
  return [
    `model        ${model} (${engine})`,
    `temperature  ${figure(temperature.before)} before, ${figure(temperature.after)} after`,
    '',
    ...columns([
      ['NLL before', 'after', 'ECE before', 'after', 'texts', 'data'],
      ...sets.map(({ data, n, before, after }) => [
        ...[before.nll, after.nll, before.ece, after.ece].map(figure),
        String(n),
        data,
      ]),
    ]),
  ];
}
