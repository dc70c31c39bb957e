// A pull of the weights back to those of the base model, so that little data moves them little. L2-SP (Li, Grandvalet &
// Davoine 2018, https://arxiv.org/abs/1802.01483) pulls all alike, elastic weight consolidation (Kirkpatrick et al. 2017,
// https://arxiv.org/abs/1612.00796) each by how much it matters to what is known.
import { tf, type Tensor } from '../onnx/tfjs.js';
import type { Weights } from '../bert/weights.js';
import type { AdamWConfig } from './adamw.js';
import { stateNames, updatedName } from './step.js';

/**
 * The penalty ½ · strength · Σ importance · (θ − θ₀)². It is decoupled from the gradient, as AdamW's decay is, because Adam
 * would divide it by the size of the gradients; and its step is the proximal one, θ ← (θ + kθ₀) / (1 + k) with
 * k = learning rate · strength · importance, which no strength makes unstable (Zhuang et al. 2022,
 * https://arxiv.org/abs/2202.00089).
 */
export interface Anchor {
  /** θ₀, of every trained weight. */
  weights: Weights;
  strength: number;
  /** Of every single weight; 1 for each where left out. */
  importance?: Weights;
}

/** Pulls the weight `name` in place. */
export type Pull = (name: string, value: Float32Array, learningRate: number) => void;

/** For engines that keep their weights on the processor. */
export function createPull({ weights, strength, importance }: Anchor, optimizer: AdamWConfig): Pull {
  return (name, value, learningRate) => {
    const base = weights.get(name)?.data;
    if (base === undefined) return;
    const rate = learningRate * (optimizer.rateFactor?.(name) ?? 1) * strength;
    const matters = importance?.get(name)?.data;
    if (matters === undefined) {
      const kept = rate / (1 + rate);
      for (let i = 0; i < value.length; i += 1) {
        const now = value[i] as number;
        value[i] = now + ((base[i] as number) - now) * kept;
      }
      return;
    }
    for (let i = 0; i < value.length; i += 1) {
      const now = value[i] as number;
      const k = rate * (matters[i] as number);
      value[i] = now + ((base[i] as number) - now) * (k / (1 + k));
    }
  };
}

/**
 * The same in TensorFlow.js ops, for engines that keep their weights elsewhere.
 * @param outputs of `trainingStep`
 * @returns those that change
 */
export function pullTensors(
  { weights, strength, importance }: Anchor,
  optimizer: AdamWConfig,
  outputs: Readonly<Record<string, Tensor>>,
  learningRate: number,
): Record<string, Tensor> {
  const pulled: Record<string, Tensor> = {};
  for (const [name, { shape, data }] of weights) {
    const key = updatedName(stateNames(name).value);
    const value = outputs[key];
    if (value === undefined) continue;
    const rate = learningRate * (optimizer.rateFactor?.(name) ?? 1) * strength;
    const matters = importance?.get(name)?.data;
    const base = tf.tensor(data.slice(), shape, 'float32');
    const k =
      matters === undefined ? tf.scalar(rate) : tf.mul(tf.tensor(matters.slice(), shape, 'float32'), rate);
    pulled[key] = tf.add(value, tf.mul(tf.sub(base, value), tf.div(k, tf.add(k, 1))));
  }
  return pulled;
}
