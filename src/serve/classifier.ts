// A loaded model that reads texts in this process: tokenizes, runs each text once, turns logits into readings.
import { openModelDirectory, type ModelDirectory } from '../bert/model-directory.js';
import type { EncodedText } from '../bert/tokenizer.js';
import { NunchiError } from '../errors.js';
import type { Reading } from '../labels.js';
import { openLogitsSession, type LogitsSession } from '../onnx/logits-session.js';
import { toReading, type ReadingRules } from './reading.js';
import { encodeText } from './text-scores.js';

export interface ClassifierOptions {
  threads: number;
  /** A reading with less confidence is "not sure", 0 to 1. */
  threshold: number;
  /** Opens the model for inference; a test may put its own in. */
  openSession?: (model: ModelDirectory, options: { threads: number }) => Promise<LogitsSession>;
}

export interface Classifier {
  readonly version: string;
  /** Absolute path. */
  readonly directory: string;
  readonly engine: string;
  /** How logits become readings; their rows are in the order of its labels. */
  readonly rules: ReadingRules;
  /** One reading per text, in their order; equal texts are read once. */
  classify(texts: readonly string[]): Promise<Reading[]>;
  /** Row-major `[texts, labels]`: for checks. */
  logits(texts: readonly string[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * @throws NunchiError what `openModelDirectory` and `openLogitsSession` throw, `model-config-invalid` for a model without
 * a classification head.
 */
export async function loadClassifier(directory: string, options: ClassifierOptions): Promise<Classifier> {
  const model = await openModelDirectory(directory);
  const { config, tokenizer, manifest } = model;
  if (config.labels.length === 0) {
    throw new NunchiError('model-config-invalid', `${directory}: the model has no labels that Nunchi knows`, {
      hint: 'Its config.json must have an id2label of negative, neutral and positive: train it with "nunchi finetune".',
    });
  }
  const session = await (options.openSession ?? openLogitsSession)(model, { threads: options.threads });
  const rules: ReadingRules = {
    labels: config.labels,
    temperature: manifest.metrics['temperature'] ?? 1,
    threshold: options.threshold,
  };
  const encode = (text: string) => encodeText(tokenizer, config, text);

  return {
    version: model.version,
    directory: model.path,
    engine: session.engine,
    rules,
    async classify(texts) {
      const unique = [...new Set(texts)];
      const encoded = unique.map(encode);
      const logits = await session.run(encoded.map(({ ids }) => ids));
      if (!logits.every(Number.isFinite)) {
        throw new NunchiError('model-weights-invalid', `${directory} gives scores that are not numbers`, {
          hint: 'Its weights are damaged; "nunchi model import" names the tensor.',
        });
      }
      const width = config.labels.length;
      const readings = new Map(
        unique.map((text, row): [string, Reading] => {
          const own = logits.subarray(row * width, (row + 1) * width);
          return [text, toReading(text, encoded[row] as EncodedText, own, rules)];
        }),
      );
      return texts.map((text) => readings.get(text) as Reading);
    },
    logits: (texts) => session.run(texts.map((text) => encode(text).ids)),
    dispose: () => session.dispose(),
  };
}
