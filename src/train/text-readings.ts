// How weights of a run read its examples: those of the base for distillation and for what EWC holds to matter, those of the
// moment to see whether the run has learned what it was to learn.
import type { BertConfig } from '../bert/config.js';
import type { BertTokenizer } from '../bert/tokenizer.js';
import type { Weights } from '../bert/weights.js';
import { LABELS, type Label, type Scores } from '../labels.js';
import { openLogitsWeights } from '../onnx/logits-session.js';
import { encodeText, toScores } from '../serve/text-scores.js';
import { probabilityOf, type TrainingExample } from './job.js';

const CHUNK = 512;

export interface ReadingModel {
  config: BertConfig;
  weights: Weights;
  tokenizer: BertTokenizer;
  threads: number;
}

/** The probabilities that the weights give each label, for each text, in float32. */
export async function readTexts(base: ReadingModel, texts: readonly string[]): Promise<Scores[]> {
  const { config, weights, tokenizer, threads } = base;
  const session = await openLogitsWeights(config, weights, { threads, spin: false, precision: 'float32' });
  const width = config.labels.length;
  const readings: Scores[] = [];
  try {
    for (let start = 0; start < texts.length; start += CHUNK) {
      const chunk = texts.slice(start, start + CHUNK);
      const logits = await session.run(chunk.map((text) => encodeText(tokenizer, config, text).ids));
      chunk.forEach((_, i) => {
        const row = logits.subarray(i * width, (i + 1) * width);
        readings.push(toScores(row, { labels: config.labels, temperature: 1 }));
      });
    }
  } finally {
    await session.dispose();
  }
  return readings;
}

/** Which part of the examples that are not known is read as labelled, with at least this confidence; 1 where there are none. */
export async function learnedShare(
  model: ReadingModel,
  examples: readonly TrainingExample[],
  confidence: number,
): Promise<number> {
  const wanted = new Map(
    examples.filter(({ known }) => known !== true).map((example) => [example.text, example]),
  );
  const readings = await readTexts(model, [...wanted.keys()]);
  const learned = [...wanted.values()].filter((example, i) => {
    const scores = readings[i];
    return LABELS.some(
      (label) => scores !== undefined && scores[label] >= confidence && probabilityOf(example, label) > 0.5,
    );
  });
  return wanted.size === 0 ? 1 : learned.length / wanted.size;
}

/**
 * Learning without forgetting (Li & Hoiem 2016, https://arxiv.org/abs/1606.09282): the target of a known example is partly
 * how the base model reads it, so that a run keeps its doubts too.
 * @param share of that reading in the target, 0 to 1
 */
export async function distilKnown(
  base: ReadingModel,
  examples: readonly TrainingExample[],
  share: number,
): Promise<TrainingExample[]> {
  const known = examples.filter((example) => example.known === true);
  const readings = await readTexts(
    base,
    known.map(({ text }) => text),
  );
  const readingOf = new Map(known.map((example, i) => [example, readings[i]]));
  return examples.map((example) => {
    const reading = readingOf.get(example);
    if (reading === undefined) return example;
    const mixed = (label: Label) => (1 - share) * probabilityOf(example, label) + share * reading[label];
    return {
      ...example,
      label: Object.fromEntries(LABELS.map((label) => [label, mixed(label)])) as unknown as Scores,
    };
  });
}
