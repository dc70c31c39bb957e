// Trains eagerly in TensorFlow.js: on tfjs-node-gpu or tfjs-node where one is installed and works.
import { createRequire } from 'node:module';
import { NunchiError } from '../../errors.js';
import { tf, type Tensor } from '../../onnx/tfjs.js';
import type { Weights } from '../../bert/weights.js';
import type { OptimizerState, TrainingEngine, TrainingSession, TrainingSetup } from '../engine.js';
import { checkFinite, createFeeder, type Feed } from '../step-feeds.js';
import { stateNames, trainingStep, updatedName } from '../step.js';

/** Native packages in the order in which they are tried. */
export const NATIVE_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * Loads a native TensorFlow.js backend, which registers itself as `tensorflow`.
 * @returns the package that was loaded
 * @throws NunchiError `engine-unavailable` where none is installed or its native part does not load
 */
export function loadNativeBackend(): string {
  const require = createRequire(import.meta.url);
  const failures: string[] = [];
  for (const name of NATIVE_PACKAGES) {
    try {
      require(name);
      return name;
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
      failures.push(
        `${name}: ${missing ? 'not installed' : 'installed, but its native library does not load'}`,
      );
    }
  }
  throw new NunchiError('engine-unavailable', `no native TensorFlow.js works here (${failures.join('; ')})`, {
    hint: 'Install @tensorflow/tfjs-node-gpu (CUDA 11) or @tensorflow/tfjs-node, or use the onnxruntime engine.',
  });
}

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

/** @param backend a registered TensorFlow.js backend; `tensorflow` loads a native package first. */
export function createTfjsEngine(backend: 'tensorflow' | 'cpu'): TrainingEngine {
  return {
    name: backend === 'tensorflow' ? 'tfjs-node' : `tfjs-${backend}`,
    async open(setup): Promise<TrainingSession> {
      if (backend === 'tensorflow') loadNativeBackend();
      await tf.setBackend(backend);
      const state = createState(setup);
      const feeder = createFeeder(setup);
      let step = setup.state.step;
      return {
        async step(batch, learningRate) {
          const outputs = tf.tidy(() => {
            const tensors = Object.fromEntries(state);
            for (const feed of feeder(batch, learningRate, step)) tensors[feed.name] = toTensor(feed);
            return trainingStep(setup.config, setup.objective, setup.optimizer, tensors);
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
