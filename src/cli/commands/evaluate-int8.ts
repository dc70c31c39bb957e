// `evaluate --int8`: what the int8 form of a model costs beside its float one, and with `--write` whether it serves.
import { requireManifest, updateManifest } from '../../bert/model-directory.js';
import { availableCores } from '../../process/available-cores.js';
import type { CliContext } from '../context.js';
import { readLabelledSets } from '../labelled-sets.js';
import { withModel } from '../model-option.js';
import { percent, printJson, printLines } from '../output.js';
import { textProgress } from '../progress.js';

interface Int8Options {
  data: readonly string[];
  model: string | undefined;
  limit: number | undefined;
  write: boolean;
  json: boolean;
}

export async function compareInt8(options: Int8Options, context: CliContext): Promise<void> {
  const { data, limit, write, json } = options;
  const sets = await readLabelledSets(data, limit, context);
  // Loaded here only: ONNX Runtime would slow the start of every other command.
  const { measureQuantization } = await import('../../learn/measure-quantization.js');
  // The measurement opens each form itself; the model's place is all that is needed of it here.
  const directory = await withModel(context, options.model, (model) => Promise.resolve(model.directory));
  if (write) requireManifest(directory);
  const record = await measureQuantization(directory, sets, {
    threads: availableCores(),
    ...textProgress(context),
  });
  if (write) await updateManifest(directory, { quantization: record });
  if (json) return printJson(context, record);
  printLines(context, [
    ...record.evaluations.map(
      (e) => `${e.data}, ${e.n} texts: float ${percent(e.accuracyFloat)}, int8 ${percent(e.accuracyInt8)}`,
    ),
    record.used ? 'int8 may be used' : `int8 is not used: ${record.reason ?? ''}`,
    ...(write ? [`recorded in ${requireManifest(directory)}`] : []),
  ]);
}
