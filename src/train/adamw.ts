// AdamW (Loshchilov & Hutter 2019) and clipping by global norm, in TensorFlow.js ops; the arithmetic of PyTorch's.
import { tf, type Tensor } from '../onnx/tfjs.js';

export interface AdamWConfig {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Global gradient norm limit. */
  clipNorm: number;
  /** Factor on the learning rate of the weight of this name. @default 1 for every weight */
  rateFactor?: (name: string) => number;
}

export const ADAMW_DEFAULTS: AdamWConfig = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
};

/** What changes from step to step; scalars. */
export interface AdamWScalars {
  /** learning rate · √(1 − β2ᵗ) / (1 − β1ᵗ) */
  step_size: Tensor;
  /** ε · √(1 − β2ᵗ) */
  scaled_epsilon: Tensor;
  /** 1 − learning rate · weight decay */
  decay: Tensor;
}

export const ADAMW_SCALARS = ['step_size', 'scaled_epsilon', 'decay'] as const;

/**
 * The scalars of step `t`. Folding both bias corrections into them leaves
 * `θ ← θ·decay − step_size · m / (√v + scaled_epsilon)`, equal to PyTorch's form.
 * @param t from 1
 */
export function adamWScalars(
  config: AdamWConfig,
  learningRate: number,
  t: number,
): Record<keyof AdamWScalars, number> {
  const correction = Math.sqrt(1 - config.beta2 ** t);
  return {
    step_size: (learningRate * correction) / (1 - config.beta1 ** t),
    scaled_epsilon: config.epsilon * correction,
    decay: 1 - learningRate * config.weightDecay,
  };
}

/** Biases and layer norms are not decayed, as in the BERT paper's code. */
export function isDecayed(name: string): boolean {
  return !name.endsWith('.bias') && !name.includes('LayerNorm');
}

/** √Σ‖g‖² over all gradients; scalar. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  const squares = gradients.map((g) => tf.sum(tf.mul(g, g)));
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
}

/** The factor that brings a norm down to `clipNorm`, as `torch.nn.utils.clip_grad_norm_`; scalar. */
export function clipFactor(norm: Tensor, clipNorm: number): Tensor {
  return tf.minimum(tf.div(clipNorm, tf.add(norm, 1e-6)), 1);
}

/** `clipFactor` of a norm that is a number. */
export function clipFactorOf(norm: number, clipNorm: number): number {
  return Math.min(clipNorm / (norm + 1e-6), 1);
}

export interface ParameterState {
  value: Tensor;
  /** First moment, same shape. */
  m: Tensor;
  /** Second moment, same shape. */
  v: Tensor;
}

/** The scalars of a weight whose learning rate is `factor` times that of the step. */
function scaledBy(scalars: AdamWScalars, factor: number): AdamWScalars {
  if (factor === 1) return scalars;
  return {
    step_size: tf.mul(scalars.step_size, factor),
    scaled_epsilon: scalars.scaled_epsilon,
    decay: tf.sub(1, tf.mul(tf.sub(1, scalars.decay), factor)),
  };
}

/**
 * One update of the weight `name`; the gradient is scaled by `clip` (scalar) first.
 * @param stepScalars those of the step, before `config.rateFactor`
 */
export function adamWUpdate(
  config: AdamWConfig,
  name: string,
  stepScalars: AdamWScalars,
  state: ParameterState,
  gradient: Tensor,
  clip: Tensor,
): ParameterState {
  const scalars = scaledBy(stepScalars, config.rateFactor?.(name) ?? 1);
  const m = tf.add(tf.mul(state.m, config.beta1), tf.mul(gradient, tf.mul(clip, 1 - config.beta1)));
  const squared = tf.mul(tf.mul(gradient, gradient), tf.mul(tf.mul(clip, clip), 1 - config.beta2));
  const v = tf.add(tf.mul(state.v, config.beta2), squared);
  const update = tf.mul(tf.div(m, tf.add(tf.sqrt(v), scalars.scaled_epsilon)), scalars.step_size);
  const kept = isDecayed(name) && config.weightDecay !== 0 ? tf.mul(state.value, scalars.decay) : state.value;
  return { value: tf.sub(kept, update), m, v };
}
