// Trains eagerly in TensorFlow.js: on tfjs-node-gpu or tfjs-node where one is installed and works.
import { tf, type Tensor } from '../../onnx/tfjs.js';
import type { Weights } from '../../bert/weights.js';
import { pullTensors } from '../anchor.js';
import type { OptimizerState, TrainingEngine, TrainingSession, TrainingSetup } from '../engine.js';
import { checkFinite, createFeeder, type Feed } from '../step-feeds.js';
import { stateNames, trainingStep, updatedName } from '../step.js';
import { loadNativeBackend, type NativeEngine } from './native-tfjs.js';

function toTensor(feed: Pick<Feed, 'data' | 'shape' | 'type'>): Tensor {
  // Copied: the backend may keep a reference while the feeder reuses its buffers.
  return tf.tensor(feed.data.slice(), feed.shape, feed.type);
}

function createState(setup: TrainingSetup): Map<string, Tensor> {
  const state = new Map<string, Tensor>();
  for (const [name, shape] of setup.objective.parameterShapes(setup.config)) {
    const keys = stateNames(name);
    const size = shape.reduce((product, d) => product * d, 1);
    const add = (key: string, weights: Weights) => {
      const data = weights.get(name)?.data ?? new Float32Array(size);
      state.set(key, tf.keep(tf.tensor(data.slice(), shape, 'float32')));
    };
    add(keys.value, setup.state.weights);
    add(keys.m, setup.state.m);
    add(keys.v, setup.state.v);
  }
  return state;
}

async function copyState(
  setup: TrainingSetup,
  state: Map<string, Tensor>,
  step: number,
): Promise<OptimizerState> {
  const copy: OptimizerState = { weights: new Map(), m: new Map(), v: new Map(), step };
  for (const [name, shape] of setup.objective.parameterShapes(setup.config)) {
    const keys = stateNames(name);
    const read = async (key: string) => ({
      shape,
      data: (await (state.get(key) as Tensor).data()) as Float32Array,
    });
    copy.weights.set(name, await read(keys.value));
    copy.m.set(name, await read(keys.m));
    copy.v.set(name, await read(keys.v));
  }
  return copy;
}

/** @param name the native package to load, or TensorFlow.js's own JavaScript backend, slow and always there. */
export function createTfjsEngine(name: NativeEngine | 'tfjs-cpu'): TrainingEngine {
  const backend = name === 'tfjs-cpu' ? 'cpu' : 'tensorflow';
  return {
    name,
    async open(setup): Promise<TrainingSession> {
      if (name !== 'tfjs-cpu') await loadNativeBackend(name);
      await tf.setBackend(backend);
      const state = createState(setup);
      const feeder = createFeeder(setup);
      let step = setup.state.step;
      return {
        async step(batch, learningRate) {
          // Another session of this process may have changed it.
          if (tf.getBackend() !== backend) await tf.setBackend(backend);
          const outputs = tf.tidy(() => {
            const tensors = Object.fromEntries(state);
            for (const feed of feeder(batch, learningRate, step)) tensors[feed.name] = toTensor(feed);
            const outputs = trainingStep(setup.config, setup.objective, setup.optimizer, tensors);
            return setup.anchor === undefined
              ? outputs
              : { ...outputs, ...pullTensors(setup.anchor, setup.optimizer, outputs, learningRate) };
          });
          const { loss: lossTensor, gradient_norm: normTensor } = outputs;
          const [loss] = await (lossTensor as Tensor).data<'float32'>();
          const [gradientNorm] = await (normTensor as Tensor).data<'float32'>();
          tf.dispose([lossTensor, normTensor]);
          checkFinite(loss as number, gradientNorm as number, step);
          for (const [key, tensor] of [...state]) {
            state.set(key, tf.keep(outputs[updatedName(key)] as Tensor));
            tensor.dispose();
          }
          step += 1;
          return { loss: loss as number, gradientNorm: gradientNorm as number };
        },
        state: () => copyState(setup, state, step),
        dispose: () => {
          for (const tensor of state.values()) tensor.dispose();
          return Promise.resolve();
        },
      };
    },
  };
}
