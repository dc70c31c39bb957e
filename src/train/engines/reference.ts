// Does an engine compute what it should? A few steps of a tiny model, held to TensorFlow.js's own JavaScript backend,
// which shares no arithmetic with any engine that trains.
import { tensorShapes, type BertConfig } from '../../bert/config.js';
import { createRandom } from '../../bert/random.js';
import type { Weights } from '../../bert/weights.js';
import { LABELS } from '../../labels.js';
import { ADAMW_DEFAULTS, type AdamWConfig } from '../adamw.js';
import type { TrainingBatch, TrainingEngine } from '../engine.js';
import { classification } from '../objective.js';
import { createTfjsEngine } from './tfjs.js';

/**
 * How far an engine may be from the reference. Wide enough for the shortened products (TF32) that CUDA libraries
 * may use: plain float32 stays a thousand times below; a gradient that is wrong in one weight is far above.
 */
export const AGREEMENT_TOLERANCE = {
  /** Of the loss, absolute. */
  loss: 2e-3,
  /** Of the gradient's norm, relative. */
  gradientNorm: 1e-2,
  /** Of what the steps did to a weight tensor: length of the difference by length of the reference's change. */
  update: 3e-2,
} as const;

export interface Deviation {
  loss: number;
  gradientNorm: number;
  update: number;
  /** Where the update differs most. */
  updateOf: string;
}

const CONFIG: BertConfig = {
  vocabularySize: 48,
  hiddenSize: 16,
  layers: 2,
  heads: 2,
  intermediateSize: 24,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: 0.1,
  maxPositions: 32,
  segmentTypes: 2,
  initializerRange: 0.02,
  layerNormEpsilon: 1e-12,
  padTokenId: 0,
  labels: [...LABELS],
};
// Clipping and decay at work, and an epsilon that keeps the update in proportion to the gradient: with the usual
// one, rounding alone decides the direction of an update whose true gradient is 0.
const OPTIMIZER: AdamWConfig = { ...ADAMW_DEFAULTS, epsilon: 1e-2, weightDecay: 0.01, clipNorm: 0.5 };
const LEARNING_RATE = 1e-2;
const STEPS = 2;
const SEED = 20;
/** Of the largest change that the steps could make: below it, a tensor counts as not meant to move. */
const LEAST_CHANGE = 0.01;

function startWeights(): Weights {
  const random = createRandom(SEED);
  return new Map(
    [...tensorShapes(CONFIG)].map(([name, shape]) => {
      const size = shape.reduce((product, d) => product * d, 1);
      const center = name.endsWith('LayerNorm.weight') ? 1 : 0;
      return [
        name,
        { shape, data: Float32Array.from({ length: size }, () => center + random.normal() * 0.2) },
      ];
    }),
  );
}

/** Rows of differing lengths with ids that repeat, so that masks and the sums of the embeddings' gradients count. */
function batchOf(step: number): TrainingBatch {
  const [batch, length] = [3, 5 + step];
  const random = createRandom(SEED + 1 + step);
  const tokens = {
    input_ids: new Int32Array(batch * length),
    attention_mask: new Int32Array(batch * length),
    token_type_ids: new Int32Array(batch * length),
  };
  const targets = new Float32Array(batch * LABELS.length);
  for (let row = 0; row < batch; row += 1) {
    for (let i = 0; i < length - row; i += 1) {
      tokens.input_ids[row * length + i] = 1 + Math.floor(random.next() * 12);
      tokens.attention_mask[row * length + i] = 1;
      tokens.token_type_ids[row * length + i] = i > 2 ? 1 : 0;
    }
    targets[row * LABELS.length + ((row + step) % LABELS.length)] = 1;
  }
  return {
    batch,
    length,
    tokens,
    inputs: { targets, example_weights: new Float32Array(batch).fill(1 / batch) },
  };
}

interface Trajectory {
  losses: number[];
  gradientNorms: number[];
  weights: Weights;
}

/** @throws whatever the engine throws */
async function follow(engine: TrainingEngine, threads: number): Promise<Trajectory> {
  const session = await engine.open({
    config: CONFIG,
    objective: classification,
    optimizer: OPTIMIZER,
    state: { weights: startWeights(), m: new Map(), v: new Map(), step: 0 },
    seed: SEED,
    threads,
  });
  try {
    const [losses, gradientNorms]: [number[], number[]] = [[], []];
    for (let step = 0; step < STEPS; step += 1) {
      const result = await session.step(batchOf(step), LEARNING_RATE);
      losses.push(result.loss);
      gradientNorms.push(result.gradientNorm);
    }
    return { losses, gradientNorms, weights: (await session.state()).weights };
  } finally {
    await session.dispose();
  }
}

const length = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const largest = (values: readonly number[]) =>
  values.reduce((worst, value) => (Number.isNaN(value) || value > worst ? value : worst), 0);

function compare(actual: Trajectory, expected: Trajectory): Deviation {
  const deviation: Deviation = {
    loss: largest(expected.losses.map((loss, i) => Math.abs((actual.losses[i] ?? Number.NaN) - loss))),
    gradientNorm: largest(
      expected.gradientNorms.map((norm, i) => Math.abs((actual.gradientNorms[i] ?? Number.NaN) / norm - 1)),
    ),
    update: 0,
    updateOf: '',
  };
  const start = startWeights();
  for (const [name, { data }] of expected.weights) {
    const before = start.get(name)?.data as Float32Array;
    const other = actual.weights.get(name)?.data;
    const change = length(data.map((value, i) => value - (before[i] as number)));
    const least = LEAST_CHANGE * STEPS * LEARNING_RATE * Math.sqrt(data.length);
    const apart =
      other?.length === data.length
        ? length(data.map((value, i) => (other[i] as number) - value))
        : Number.POSITIVE_INFINITY;
    const update = apart / Math.max(change, least);
    if (update <= deviation.update) continue;
    deviation.update = update;
    deviation.updateOf = name;
    if (Number.isNaN(update)) break;
  }
  return deviation;
}

let reference: Promise<Trajectory> | undefined;

/** Runs the steps on `engine` and says how far it strays from the reference, which is computed once per process. */
export async function deviationOf(engine: TrainingEngine, threads: number): Promise<Deviation> {
  const actual = await follow(engine, threads);
  reference ??= follow(createTfjsEngine('tfjs-cpu'), 1);
  return compare(actual, await reference);
}

/** What is wrong with the engine, in words, or null where it agrees. */
export function disagreement(deviation: Deviation): string | null {
  const parts: string[] = [];
  const check = (what: string, found: number, allowed: number) => {
    // Written so that NaN disagrees.
    if (!(found <= allowed)) parts.push(`${what} by ${found.toPrecision(2)} (allowed ${allowed})`);
  };
  check('its loss', deviation.loss, AGREEMENT_TOLERANCE.loss);
  check('the norm of its gradient', deviation.gradientNorm, AGREEMENT_TOLERANCE.gradientNorm);
  check(`its update of ${deviation.updateOf}`, deviation.update, AGREEMENT_TOLERANCE.update);
  return parts.length === 0 ? null : `does not agree with the reference: ${parts.join(', ')} off`;
}
