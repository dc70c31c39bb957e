// Loads the model that a command was asked to use, in the command's own process, on all cores.
import { readCurrentModel } from '../learn/current-model.js';
import { resolveDefaultModel } from '../learn/default-model.js';
import { availableCores } from '../process/available-cores.js';
import type { Classifier } from '../serve/classifier.js';
import type { CliContext } from './context.js';

export const MODEL_OPTION = '--model <dir>';
export const MODEL_OPTION_HELP = 'model directory (default: the one in use, else the shipped model)';

/** Runs `use` with the model and releases it afterwards. @throws NunchiError where it cannot be loaded */
export async function withModel<T>(
  context: CliContext,
  directory: string | undefined,
  use: (model: Classifier) => Promise<T>,
): Promise<T> {
  const config = context.config();
  // Loaded here only: ONNX Runtime and the language data would slow the start of every other command.
  const { loadClassifier } = await import('../serve/classifier.js');
  const { withoutForeign } = await import('../serve/foreign-text.js');
  const model = await loadClassifier(
    directory ?? readCurrentModel(config.home) ?? resolveDefaultModel(config),
    {
      threads: availableCores(),
      threshold: config.threshold,
    },
  );
  try {
    return await use({
      ...model,
      classify: async (texts) =>
        (await model.classify(texts)).map((reading, index) => withoutForeign(texts[index] ?? '', reading)),
    });
  } finally {
    await model.dispose();
  }
}
