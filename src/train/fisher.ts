// How much each weight matters to what the base model reads: the diagonal of the Fisher information, estimated on known texts.
import { createRandom } from '../bert/random.js';
import type { Weights } from '../bert/weights.js';
import { ADAMW_DEFAULTS } from './adamw.js';
import { encodeExamples, toBatch } from './batches.js';
import { readTexts, type ReadingModel } from './text-readings.js';
import type { TrainingSession, TrainingSetup } from './engine.js';
import { classification } from './objective.js';

/** Texts that it is estimated on; one step of a batch of one each. */
export const FISHER_TEXTS = 256;

/**
 * The mean over texts of the squared gradient of log p(label | text), the label drawn from what the model itself reads. It is
 * AdamW's second moment after steps of single texts at learning rate 0, so every engine can compute it as it is.
 * @param open opens a training session
 * @returns of mean 1 over all weights
 */
export async function estimateFisher(
  base: ReadingModel,
  texts: readonly string[],
  seed: number,
  open: (setup: TrainingSetup) => Promise<TrainingSession>,
): Promise<Weights> {
  const config = { ...base.config, hiddenDropout: 0, attentionDropout: 0, classifierDropout: 0 };
  const random = createRandom(seed, FISHER_TEXTS);
  const chosen = random.shuffle([...texts]).slice(0, FISHER_TEXTS);
  const readings = await readTexts(base, chosen);
  const examples = encodeExamples(
    chosen.map((text, i) => {
      let left = random.next();
      const label =
        config.labels.find((one) => (left -= readings[i]?.[one] ?? 0) < 0) ?? config.labels.at(-1);
      return { text, label: label ?? 'neutral' };
    }),
    base.tokenizer,
    config.maxPositions,
    config.labels,
  );
  const batchConfig = {
    classWeights: config.labels.map(() => 1),
    padTokenId: config.padTokenId,
    maskTokenId: base.tokenizer.maskId,
    labelSmoothing: 0,
    tokenDropout: 0,
    seed,
  };
  const session = await open({
    config,
    objective: classification,
    optimizer: { ...ADAMW_DEFAULTS, clipNorm: Infinity },
    state: { weights: base.weights, m: new Map(), v: new Map(), step: 0 },
    seed,
    threads: base.threads,
  });
  try {
    for (const i of chosen.keys()) await session.step(toBatch(examples, [i], batchConfig, i), 0);
    return toMeanOne((await session.state()).v);
  } finally {
    await session.dispose();
  }
}

function toMeanOne(moments: Weights): Weights {
  let [sum, count] = [0, 0];
  for (const { data } of moments.values()) {
    for (const value of data) sum += value;
    count += data.length;
  }
  const scale = sum === 0 ? 0 : count / sum;
  return new Map(
    [...moments].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => value * scale) },
    ]),
  );
}
