// Whole runs of AdamW with clipping and schedule on both engines, against PyTorch's stored ones (test/reference).
import { describe, expect, it } from 'vitest';
import type { TrainingEngine } from '../../src/train/engine.js';
import { createOnnxRuntimeEngine } from '../../src/train/engines/onnxruntime.js';
import { createTfjsEngine } from '../../src/train/engines/tfjs.js';
import { classification } from '../../src/train/objective.js';
import { pretraining } from '../../src/train/objectives/pretraining.js';
import { linearSchedule } from '../../src/train/schedule.js';
import { REFERENCE_CURVE_TOLERANCE, REFERENCE_TRAINED_TOLERANCE } from '../fixtures/tolerances.js';
import {
  expected,
  referenceBatch,
  referenceConfig as config,
  referenceOptimizer,
  referenceTensors,
} from '../reference/expectations.js';

const { steps, warmup_steps: warmupSteps, learning_rate: peak } = expected.optimizer;

const engines: TrainingEngine[] = [createOnnxRuntimeEngine('cpu'), createTfjsEngine('tfjs-cpu')];
const runs = engines.flatMap((engine) =>
  [classification, pretraining].map((objective) => ({
    name: engine.name,
    of: objective.name,
    engine,
    objective,
  })),
);

describe('training beside PyTorch', () => {
  it.each(runs)('$name: the same losses, norms and weights in $of', async ({ engine, objective }) => {
    const name = objective === classification ? 'classification' : 'pretraining';
    const curve = expected[name];
    const trained = objective.parameterShapes(config);
    const weights = new Map([...referenceTensors('weights')].filter(([key]) => trained.has(key)));
    const state = { weights, m: new Map(), v: new Map(), step: 0 };
    const setup = { config, objective, optimizer: referenceOptimizer, state, seed: 1, threads: 1 };
    const session = await engine.open(setup);
    for (let step = 0; step < steps; step += 1) {
      const learningRate = peak * linearSchedule(step, steps, warmupSteps / steps);
      expect(learningRate).toBeCloseTo(curve.learning_rates[step] as number, 10);
      const { loss, gradientNorm } = await session.step(referenceBatch(name, step), learningRate);
      const at = (values: number[]) => values[step] as number;
      expect(Math.abs(loss - at(curve.losses)), `loss of step ${step}`).toBeLessThan(
        REFERENCE_CURVE_TOLERANCE,
      );
      const drift = Math.abs(gradientNorm / at(curve.gradient_norms) - 1);
      expect(drift, `norm of step ${step}`).toBeLessThan(REFERENCE_CURVE_TOLERANCE);
    }
    const result = (await session.state()).weights;
    await session.dispose();
    for (const [weight, { data }] of referenceTensors(`${name}/trained`)) {
      const found = result.get(weight)?.data as Float32Array;
      expect(found.length, weight).toBe(data.length);
      const worst = data.reduce((w, value, i) => Math.max(w, Math.abs(value - (found[i] as number))), 0);
      const limit = REFERENCE_TRAINED_TOLERANCE[weight.endsWith('key.bias') ? 'keyBias' : 'weight'];
      expect(worst, weight).toBeLessThan(limit);
    }
  });
});
