// Logits, losses and gradients against PyTorch's stored ones (test/reference), eagerly and traced.
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { pretrainingShapes } from '../../src/bert/config.js';
import { classify } from '../../src/bert/model.js';
import { fixedDimensions } from '../../src/onnx/classifier-graph.js';
import { chooseMarkers } from '../../src/onnx/symbolic.js';
import { tf, type Tensor } from '../../src/onnx/tfjs.js';
import { trace } from '../../src/onnx/trace.js';
import type { TrainingBatch } from '../../src/train/engine.js';
import { classification, type Objective } from '../../src/train/objective.js';
import { pretraining } from '../../src/train/objectives/pretraining.js';
import { createFeeder, type Feed } from '../../src/train/step-feeds.js';
import { lossAndGradients, stepInputs } from '../../src/train/step.js';
import { REFERENCE_GRADIENT_TOLERANCE, REFERENCE_TOLERANCE } from '../fixtures/tolerances.js';
import {
  expected,
  referenceBatch,
  referenceConfig as config,
  referenceOptimizer,
  referenceTensors,
} from '../reference/expectations.js';

/** Each output's name to its flat values. */
type Values = Record<string, ArrayLike<number>>;
type Evaluate = (batch: TrainingBatch) => Promise<Values>;

const weights = referenceTensors('weights');

function outputsOf(objective: Objective, tensors: Record<string, Tensor>): Record<string, Tensor> {
  const { value, gradients } = lossAndGradients(config, objective, tensors);
  const outputs: Record<string, Tensor> = { loss: value };
  [...objective.parameterShapes(config).keys()].forEach((name, i) => {
    outputs[name] = gradients[i] as Tensor;
  });
  if (objective === classification) {
    outputs['logits'] = classify(tensors, config, {
      inputIds: tensors['input_ids'] as Tensor,
      attentionMask: tensors['attention_mask'] as Tensor,
      tokenTypeIds: tensors['token_type_ids'] as Tensor,
    });
  }
  return outputs;
}

function feedsOf(objective: Objective, batch: TrainingBatch): Feed[] {
  const state = { weights, m: new Map(), v: new Map(), step: 0 };
  const setup = { config, objective, optimizer: referenceOptimizer, state, seed: 1, threads: 1 };
  return createFeeder(setup)(batch, 0, 0);
}

const eager =
  (objective: Objective): Evaluate =>
  async (batch) => {
    await tf.setBackend('cpu');
    return tf.tidy(() => {
      const tensors: Record<string, Tensor> = {};
      for (const feed of feedsOf(objective, batch))
        tensors[feed.name] = tf.tensor(feed.data, feed.shape, feed.type);
      for (const [name, { data, shape }] of weights) tensors[name] = tf.tensor(data, shape);
      const outputs = Object.entries(outputsOf(objective, tensors));
      return Object.fromEntries(outputs.map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]));
    });
  };

/** One graph with free batch, length and masked rows, for batches of every size. */
async function traced(objective: Objective): Promise<Evaluate> {
  const markers = chooseMarkers([config.maxPositions, 251, 509], fixedDimensions(config));
  const [length, batch, rows] = markers as [number, number, number];
  const { rowsInput } = objective;
  const graph = trace({
    name: 'reference',
    axes: [
      { name: 'batch', marker: batch, input: 'input_ids', dimension: 0 },
      { name: 'length', marker: length, input: 'input_ids', dimension: 1 },
      ...(rowsInput === undefined ? [] : [{ name: 'rows', marker: rows, input: rowsInput, dimension: 0 }]),
    ],
    inputs: stepInputs(config, objective, batch, length, rows),
    constants: [...weights].map(([name, { shape, data }]) => ({ name, shape, data })),
    body: (tensors) =>
      Object.fromEntries(
        Object.entries(outputsOf(objective, tensors)).map(([name, t]) => [`out:${name}`, t]),
      ),
  });
  const session = await InferenceSession.create(graph, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  return async (values) => {
    const feeds = feedsOf(objective, values).filter(({ name }) => session.inputNames.includes(name));
    const outputs = await session.run(
      Object.fromEntries(feeds.map((feed) => [feed.name, new OrtTensor(feed.type, feed.data, feed.shape)])),
    );
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [
        name.replace('out:', ''),
        tensor.data as Float32Array,
      ]),
    );
  };
}

/** The largest distance of two arrays of one length. */
function distance(found: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(found.length).toBe(reference.length);
  return Array.from(reference).reduce(
    // NaN is far from everything.
    (worst, value, i) =>
      Math.max(worst, Math.abs((found[i] as number) - value) || (found[i] === value ? 0 : Infinity)),
    0,
  );
}

const indices = expected.batches.map((_, index) => index);

describe.each([
  ['eager', (objective: Objective) => Promise.resolve(eager(objective))],
  ['traced', traced],
] as const)('%s, beside PyTorch', (_name, open) => {
  let classified: Evaluate;
  let pretrained: Evaluate;
  beforeAll(async () => {
    classified = await open(classification);
    pretrained = await open(pretraining);
  });

  it.each(indices)('gives the logits of batch %i', async (index) => {
    const { logits } = await classified(referenceBatch('classification', index));
    expect(distance(logits ?? [], expected.logits[index] as number[])).toBeLessThan(REFERENCE_TOLERANCE);
  });

  it.each(indices)('gives the losses of masked tokens and next sentences of batch %i', async (index) => {
    for (const filler of [0, 3]) {
      const batch = referenceBatch('pretraining', index, filler);
      const without = (input: string) => {
        const zeros = new Float32Array((batch.inputs[input] as Float32Array).length);
        return pretrained({ ...batch, inputs: { ...batch.inputs, [input]: zeros } });
      };
      const { loss: masked } = await without('next_sentence_weights');
      const { loss: next } = await without('masked_weights');
      const [first, second] = [expected.masked_losses[index], expected.next_sentence_losses[index]] as [
        number,
        number,
      ];
      expect(distance(masked ?? [], [first])).toBeLessThan(REFERENCE_TOLERANCE);
      expect(distance(next ?? [], [second])).toBeLessThan(REFERENCE_TOLERANCE);
      const { loss: both } = await pretrained(batch);
      expect(distance(both ?? [], [first + second])).toBeLessThan(REFERENCE_TOLERANCE);
    }
  });

  it.each(['classification', 'pretraining'] as const)(
    'gives the gradient of every weight in %s',
    async (name) => {
      const [evaluate, objective] =
        name === 'classification' ? [classified, classification] : [pretrained, pretraining];
      const found = await evaluate(referenceBatch(name, 0));
      const reference = referenceTensors(`${name}/gradient`);
      expect([...objective.parameterShapes(config).keys()].sort()).toEqual([...reference.keys()].sort());
      for (const [weight, { data }] of reference) {
        expect(distance(found[weight] ?? [], data), weight).toBeLessThan(REFERENCE_GRADIENT_TOLERANCE);
      }
    },
  );
});

describe('weights of pre-training', () => {
  it('have the shapes of the reference', () => {
    const shapes = pretrainingShapes(config);
    for (const [name, shape] of shapes) expect(weights.get(name)?.shape, name).toEqual(shape);
    const heads = [...weights.keys()].filter((name) => !name.startsWith('classifier'));
    expect([...shapes.keys()].sort()).toEqual(heads.sort());
  });
});
