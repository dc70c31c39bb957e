// `model export`: a model as the standard folder that transformers.js and transformers open.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { exportCheckpoint } from '../../bert/checkpoint-export.js';
import {
  openModelDirectory,
  type ModelDirectory,
  type QuantizationRecord,
} from '../../bert/model-directory.js';
import { parseDataSource, type DataSource } from '../../data/data-source.js';
import { readLabelledFile } from '../../data/labelled-file.js';
import { NunchiError } from '../../errors.js';
import { readCurrentModel } from '../../learn/current-model.js';
import { resolveDefaultModel } from '../../learn/default-model.js';
import { availableCores } from '../../process/available-cores.js';
import type { CliContext } from '../context.js';
import { printJson, printLines } from '../output.js';
import type { WithBot } from '../with-bot.js';

interface ExportOptions {
  model?: string;
  quantized?: boolean;
  data?: string;
  json?: boolean;
}

export function registerModelExport(model: Command, context: CliContext, withBot: WithBot): void {
  model
    .command('export')
    .argument('<dir>', 'where the folder is written; must not exist')
    .description('write a model as a standard Hugging Face folder with ONNX files')
    .option('--model <dir-or-version>', 'which model (default: the one in use, else the shipped model)')
    .option('--quantized', 'with an int8 model')
    .option('--data <file>', 'labelled texts: no int8 model that loses more than 0.3 points on them')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  $ npm run -s nunchi -- model export my-export --quantized --data ratings_test.txt',
    )
    .action((out: string, options: ExportOptions) => exportModel(out, options, context, withBot));
}

async function findModel(given: string | undefined, context: CliContext, withBot: WithBot): Promise<string> {
  if (given === undefined) {
    const config = context.config();
    return readCurrentModel(config.home) ?? resolveDefaultModel(config);
  }
  if (existsSync(given) || !/^nunchi-[\w.-]+$/.test(given)) return given;
  return (await withBot(context, (bot) => bot.modelShow(given))).directory;
}

async function measure(
  model: ModelDirectory,
  { file, range, name }: DataSource,
): Promise<QuantizationRecord> {
  const { rows } = await readLabelledFile(file, range);
  const { measureQuantization } = await import('../../learn/measure-quantization.js');
  const options = { threads: availableCores(), fromWeights: true };
  return measureQuantization(model.path, [{ data: path.basename(name), rows }], options);
}

async function exportModel(
  out: string,
  options: ExportOptions,
  context: CliContext,
  withBot: WithBot,
): Promise<void> {
  if (options.data !== undefined && options.quantized !== true) {
    throw new NunchiError('usage', '--data measures the int8 model, which --quantized asks for', {
      hint: 'Add --quantized, or leave --data out.',
    });
  }
  const model = await openModelDirectory(await findModel(options.model, context, withBot));
  const { exportClassifier } = await import('../../onnx/classifier-graph.js');
  const { quantizeClassifier } = await import('../../onnx/quantize.js');
  const data = options.data === undefined ? undefined : parseDataSource(options.data, context.config().data);
  const { version, quantization } = await exportCheckpoint({
    model,
    out,
    toOnnx: exportClassifier,
    ...(options.quantized === true ? { toInt8: quantizeClassifier } : {}),
    ...(data === undefined ? {} : { measure: () => measure(model, data) }),
  });
  const directory = path.resolve(out);
  if (quantization?.reason !== undefined) {
    context.stderr.write(`warning: int8 model: ${quantization.reason}\n`);
  }
  if (options.json === true) printJson(context, { directory, version, quantization: quantization ?? null });
  else printLines(context, [`${version} written to ${directory}`]);
}
