// Traced loss, gradients and AdamW, run by ONNX Runtime, against TensorFlow.js's own cpu backend.
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorShapes } from '../../src/bert/config.js';
import { trace, type TraceRequest } from '../../src/onnx/trace.js';
import { chooseMarkers } from '../../src/onnx/symbolic.js';
import { fixedDimensions } from '../../src/onnx/classifier-graph.js';
import { tf, type Tensor } from '../../src/onnx/tfjs.js';
import {
  ADAMW_DEFAULTS,
  adamWScalars,
  adamWUpdate,
  type AdamWConfig,
  type AdamWScalars,
  type ParameterState,
} from '../../src/train/adamw.js';
import { classification } from '../../src/train/objective.js';
import { createFeeder } from '../../src/train/step-feeds.js';
import { lossAndGradients, stepInputs } from '../../src/train/step.js';
import { randomBatch, randomWeights, TINY_CONFIG as config } from '../fixtures/random-model.js';
import { ADAMW_TOLERANCE, GRADIENT_TOLERANCE } from '../fixtures/tolerances.js';

const weights = randomWeights(config, 3);
const names = [...tensorShapes(config).keys()];

function gradientGraph(): TraceRequest {
  const [length, batch] = chooseMarkers([config.maxPositions, 251], fixedDimensions(config)) as [
    number,
    number,
  ];
  return {
    name: 'gradients',
    axes: [
      { name: 'batch', marker: batch, input: 'input_ids', dimension: 0 },
      { name: 'length', marker: length, input: 'input_ids', dimension: 1 },
    ],
    inputs: stepInputs(config, classification, batch, length),
    constants: [...weights].map(([name, w]) => ({ name, shape: w.shape, data: w.data })),
    body: (tensors) => {
      const { value, gradients } = lossAndGradients(config, classification, tensors);
      return {
        loss: value,
        ...Object.fromEntries(names.map((name, i) => [`d:${name}`, gradients[i] as Tensor])),
      };
    },
  };
}

describe('traced gradients', () => {
  let session: InferenceSession;
  beforeAll(async () => {
    session = await InferenceSession.create(trace(gradientGraph()), {
      intraOpNumThreads: 2,
      logSeverityLevel: 3,
    });
    await tf.setBackend('cpu');
  });

  // Masks of dropout are inputs, so that both sides drop the same elements.
  it.each([
    [1, 1],
    [1, 5],
    [3, 17],
    [2, 128],
  ])('agree at batch %i, length %i', async (batch, length) => {
    const setup = {
      config,
      objective: classification,
      optimizer: ADAMW_DEFAULTS,
      state: { weights, m: new Map(), v: new Map(), step: 0 },
      seed: 5,
      threads: 1,
    };
    const feeds = createFeeder(setup)(randomBatch(config, batch, length, 11), 1e-3, 0);
    const outputs = await session.run(
      Object.fromEntries(
        feeds
          .filter((f) => session.inputNames.includes(f.name))
          .map((f) => [f.name, new OrtTensor(f.type, f.data, f.shape)]),
      ),
    );
    const expected = tf.tidy(() => {
      const tensors: Record<string, Tensor> = {};
      for (const feed of feeds) tensors[feed.name] = tf.tensor(feed.data, feed.shape, feed.type);
      for (const [name, w] of weights) tensors[name] = tf.tensor(w.data, w.shape);
      const { value, gradients } = lossAndGradients(config, classification, tensors);
      return {
        loss: value.dataSync<'float32'>()[0] as number,
        gradients: gradients.map((g) => g.dataSync<'float32'>()),
      };
    });
    expect(Math.abs(((outputs['loss']?.data as Float32Array)[0] as number) - expected.loss)).toBeLessThan(
      1e-5,
    );
    names.forEach((name, i) => {
      const actual = outputs[`d:${name}`]?.data as Float32Array;
      const reference = expected.gradients[i] as Float32Array;
      expect(actual.length, name).toBe(reference.length);
      reference.forEach((value, j) => {
        const limit = GRADIENT_TOLERANCE.absolute + GRADIENT_TOLERANCE.relative * Math.abs(value);
        const distance = Math.abs(value - (actual[j] as number));
        // An assertion per element would take minutes.
        if (!(distance <= limit)) expect(distance, `${name}[${j}] = ${value}`).toBeLessThanOrEqual(limit);
      });
    });
  });
});

/** PyTorch's AdamW, single tensor, in double precision (torch.optim.AdamW, `_single_tensor_adamw`). */
function referenceAdamW(c: AdamWConfig, lr: number, t: number, p: number, g: number, m: number, v: number) {
  const decayed = p * (1 - lr * c.weightDecay);
  const nextM = c.beta1 * m + (1 - c.beta1) * g;
  const nextV = c.beta2 * v + (1 - c.beta2) * g * g;
  const denominator = Math.sqrt(nextV) / Math.sqrt(1 - c.beta2 ** t) + c.epsilon;
  return { value: decayed - ((lr / (1 - c.beta1 ** t)) * nextM) / denominator, m: nextM, v: nextV };
}

describe('traced AdamW', () => {
  it.each([
    { t: 1, clip: 1, weightDecay: 0 },
    { t: 1, clip: 0.25, weightDecay: 0.01 },
    { t: 1000, clip: 0.5, weightDecay: 0.1 },
  ])('matches PyTorch’s arithmetic, given the same gradients: %o', async ({ t, clip, weightDecay }) => {
    const optimizer = { ...ADAMW_DEFAULTS, weightDecay };
    const lr = 1e-3;
    const values = {
      value: [0.5, -0.25, 2, 0, -1.5, 0.125],
      m: t === 1 ? [0, 0, 0, 0, 0, 0] : [0.1, -0.2, 0.3, 0, 1e-5, -1e-8],
      v: t === 1 ? [0, 0, 0, 0, 0, 0] : [0.01, 0.04, 1e-8, 0, 0.5, 1e-12],
      gradient: [0.3, -2, 1e-6, 0, 4, -1e-4],
    };
    const shape = [2, 3];
    const scalars = adamWScalars(optimizer, lr, t);
    const model = trace({
      name: 'adamw',
      axes: [],
      inputs: [
        ...Object.keys(values).map((name) => ({ name, type: 'float32' as const, shape })),
        ...[...Object.keys(scalars), 'clip'].map((name) => ({ name, type: 'float32' as const, shape: [] })),
      ],
      body: (x) => ({
        ...prefixed(
          adamWUpdate(
            optimizer,
            'dense.weight',
            x as unknown as AdamWScalars,
            { value: x['value'] as Tensor, m: x['m'] as Tensor, v: x['v'] as Tensor },
            x['gradient'] as Tensor,
            x['clip'] as Tensor,
          ),
        ),
      }),
    });
    const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, data] of Object.entries(values))
      feeds[name] = new OrtTensor('float32', Float32Array.from(data), shape);
    for (const [name, value] of Object.entries({ ...scalars, clip })) {
      if (session.inputNames.includes(name))
        feeds[name] = new OrtTensor('float32', Float32Array.of(value), []);
    }
    const outputs = await session.run(feeds);
    values.value.forEach((p, i) => {
      const g = (values.gradient[i] as number) * clip;
      const expected = referenceAdamW(optimizer, lr, t, p, g, values.m[i] as number, values.v[i] as number);
      for (const part of ['value', 'm', 'v'] as const) {
        const actual = (outputs[`next_${part}`]?.data as Float32Array)[i] as number;
        expect(Math.abs(actual - expected[part]), `${part}[${i}]`).toBeLessThan(ADAMW_TOLERANCE);
      }
    });
  });
});

function prefixed(state: ParameterState): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`next_${name}`, tensor]));
}
