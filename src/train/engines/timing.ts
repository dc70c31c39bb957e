// How long an engine takes for a step of a size that matters: a GPU is not judged by a model that fits in a cache line,
// and a processor is done within a second.
import type { BertConfig } from '../../bert/config.js';
import { createUntrainedWeights } from '../../bert/untrained.js';
import { LABELS } from '../../labels.js';
import { ADAMW_DEFAULTS } from '../adamw.js';
import type { TrainingBatch, TrainingEngine } from '../engine.js';
import { classification } from '../objective.js';

/** Layers as wide as the default model's, fewer of them and with fewer tokens to know. */
const CONFIG: BertConfig = {
  vocabularySize: 4_000,
  hiddenSize: 256,
  layers: 2,
  heads: 4,
  intermediateSize: 1_024,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: 0.1,
  maxPositions: 64,
  segmentTypes: 2,
  initializerRange: 0.02,
  layerNormEpsilon: 1e-12,
  padTokenId: 0,
  labels: [...LABELS],
};
const BATCH = 16;
const LENGTH = 32;
/** The median of these counts; the steps before them allocate and compile. */
const TIMED_STEPS = 3;
const WARM_UP_STEPS = 1;

/** What is timed, for people. */
export const TIMED_STEP = `${CONFIG.layers} layers of ${CONFIG.hiddenSize}, batch ${BATCH} × ${LENGTH}`;

function timingBatch(): TrainingBatch {
  const size = BATCH * LENGTH;
  const targets = new Float32Array(BATCH * LABELS.length);
  for (let row = 0; row < BATCH; row += 1) targets[row * LABELS.length + (row % LABELS.length)] = 1;
  return {
    batch: BATCH,
    length: LENGTH,
    tokens: {
      input_ids: Int32Array.from({ length: size }, (_, i) => 1 + ((i * 37) % (CONFIG.vocabularySize - 1))),
      attention_mask: new Int32Array(size).fill(1),
      token_type_ids: new Int32Array(size),
    },
    inputs: { targets, example_weights: new Float32Array(BATCH).fill(1 / BATCH) },
  };
}

/** @returns milliseconds of one step */
export async function timeStep(engine: TrainingEngine, threads: number): Promise<number> {
  const session = await engine.open({
    config: CONFIG,
    objective: classification,
    optimizer: ADAMW_DEFAULTS,
    state: { weights: createUntrainedWeights(CONFIG, 1), m: new Map(), v: new Map(), step: 0 },
    seed: 1,
    threads,
  });
  try {
    const batch = timingBatch();
    const times: number[] = [];
    for (let step = 0; step < WARM_UP_STEPS + TIMED_STEPS; step += 1) {
      const start = performance.now();
      await session.step(batch, 1e-4);
      times.push(performance.now() - start);
    }
    const timed = times.slice(WARM_UP_STEPS).sort((a, b) => a - b);
    return timed[Math.floor(timed.length / 2)] as number;
  } finally {
    await session.dispose();
  }
}
