// Each training engine against the contract, and against each other on the same steps.
import { describe, expect, it } from 'vitest';
import { tensorShapes } from '../../src/bert/config.js';
import { tf } from '../../src/onnx/tfjs.js';
import { ADAMW_DEFAULTS } from '../../src/train/adamw.js';
import type { TrainingEngine } from '../../src/train/engine.js';
import { candidatesOf } from '../../src/train/engines/choose.js';
import { createOnnxRuntimeEngine } from '../../src/train/engines/onnxruntime.js';
import { createTfjsEngine } from '../../src/train/engines/tfjs.js';
import { classification } from '../../src/train/objective.js';
import { trainingEngineContract } from '../contracts/training-engine.js';
import { randomBatch, randomWeights, TINY_CONFIG as config } from '../fixtures/random-model.js';

const traced = createOnnxRuntimeEngine('cpu');
const eager = createTfjsEngine('tfjs-cpu');

trainingEngineContract(traced);
trainingEngineContract(eager);
for (const candidate of candidatesOf('auto').filter(({ name }) => name !== traced.name)) {
  trainingEngineContract(candidate.create(), await whyNotHere(candidate));
}

async function whyNotHere(candidate: ReturnType<typeof candidatesOf>[number]): Promise<string | null> {
  const absent = await candidate.check().then(
    () => null,
    (error: Error) => error.message,
  );
  if (absent !== null) return absent;
  const probe = await candidate.probe({ threads: 1, timed: false });
  // One that is here and computes wrongly is held to the contract, and fails it.
  return probe.state === 'unavailable' ? probe.reason : null;
}

const open = (engine: TrainingEngine) =>
  engine.open({
    config,
    objective: classification,
    optimizer: { ...ADAMW_DEFAULTS, weightDecay: 0.01 },
    state: { weights: randomWeights(config, 2), m: new Map(), v: new Map(), step: 0 },
    seed: 3,
    threads: 2,
  });

describe('engines together', () => {
  it('compute the same losses, gradient norms and weights, dropout included', async () => {
    const [a, b] = [await open(traced), await open(eager)];
    for (let step = 0; step < 3; step += 1) {
      const batch = randomBatch(config, 4, 7 + step, step);
      const [left, right] = [await a.step(batch, 1e-3), await b.step(batch, 1e-3)];
      expect(left.loss).toBeCloseTo(right.loss, 4);
      expect(left.gradientNorm).toBeCloseTo(right.gradientNorm, 3);
    }
    const [left, right] = [(await a.state()).weights, (await b.state()).weights];
    // Adam divides by the size of the gradient: where that is near 0, rounding decides the direction of a step of
    // about the learning rate. So nearly all weights agree closely and none strays by more than the steps' length.
    for (const name of tensorShapes(config).keys()) {
      const [x, y] = [left.get(name)?.data as Float32Array, right.get(name)?.data as Float32Array];
      const distances = [...x].map((value, i) => Math.abs(value - (y[i] as number))).sort((p, q) => p - q);
      expect(distances.at(-1), name).toBeLessThan(3.1e-3 * 2);
      // A key's bias moves no softmax: its true gradient is 0 and all that is left is rounding.
      if (name.endsWith('key.bias')) continue;
      expect(distances[Math.floor(distances.length * 0.9)], name).toBeLessThan(2e-5);
    }
    await Promise.all([a.dispose(), b.dispose()]);
  });
});

describe('the eager engine', () => {
  it('holds no more tensors after a step than before it, and none after its end', async () => {
    const before = tf.memory().numTensors;
    const session = await open(eager);
    await session.step(randomBatch(config, 2, 6, 0), 1e-3);
    const held = tf.memory().numTensors;
    await session.step(randomBatch(config, 3, 9, 1), 1e-3);
    expect(tf.memory().numTensors).toBe(held);
    await session.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
