// The dense building blocks of BERT with hand-written gradients, which keep a traced training graph small.
import { tf, type Tensor } from '../onnx/tfjs.js';

type Save = (tensors: Tensor[]) => void;
/** `tf.customGrad` with the saved tensors typed. */
type CustomGradient = (...args: (Tensor | Save)[]) => {
  value: Tensor;
  gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[];
};

function withGradient(f: CustomGradient): (...inputs: Tensor[]) => Tensor {
  return tf.customGrad<Tensor>(f);
}

/**
 * `x·Wᵀ + b`.
 * @param x `[rows, in]`
 * @param weight `[out, in]`, as PyTorch keeps it
 * @param bias `[out]`
 * @returns `[rows, out]`
 */
export const linear = withGradient((x, weight, bias, save) => {
  const [input, kernel, offset] = [x, weight, bias] as Tensor[] as [Tensor, Tensor, Tensor];
  (save as Save)([input, kernel]);
  return {
    value: tf.add(tf.matMul(input, kernel, false, true), offset),
    gradFunc: (dy, saved) => {
      const [savedInput, savedKernel] = saved as [Tensor, Tensor];
      return [tf.matMul(dy, savedKernel), tf.matMul(dy, savedInput, true, false), tf.sum(dy, 0)];
    },
  };
});

/**
 * Layer normalisation over the last axis (Ba et al. 2016).
 * @param x `[rows, hidden]`
 * @param gamma `[hidden]`
 * @param beta `[hidden]`
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const apply = withGradient((...args) => {
    const [input, scale, offset] = args as [Tensor, Tensor, Tensor];
    const save = args[3] as Save;
    const centered = tf.sub(input, tf.mean(input, -1, true));
    const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
    const normalized = tf.div(centered, deviation);
    save([normalized, deviation, scale]);
    return {
      value: tf.add(tf.mul(normalized, scale), offset),
      gradFunc: (dy, saved) => {
        const [xHat, sigma, savedScale] = saved as [Tensor, Tensor, Tensor];
        const dyScaled = tf.mul(dy, savedScale);
        const dyXHat = tf.mul(dy, xHat);
        const meanTerm = tf.mean(dyScaled, -1, true);
        const projection = tf.mean(tf.mul(dyScaled, xHat), -1, true);
        const dx = tf.div(tf.sub(tf.sub(dyScaled, meanTerm), tf.mul(xHat, projection)), sigma);
        return [dx, tf.sum(dyXHat, 0), tf.sum(dy, 0)];
      },
    };
  });
  return apply(x, gamma, beta);
}

const SQRT_HALF = Math.SQRT1_2;
/** ln(1/√π) */
const LOG_INVERSE_SQRT_PI = -0.5 * Math.log(Math.PI);

/** GELU in its exact form, `x·Φ(x)` (Hendrycks & Gimpel 2016). Any shape. */
export const gelu = withGradient((x, save) => {
  const input = x as Tensor;
  const scaled = tf.mul(input, SQRT_HALF);
  const cdf = tf.add(tf.mul(tf.erf(scaled), 0.5), 0.5);
  // Not the input itself: with u = x/√2, x·φ(x) is u·exp(−u²)/√π, and one tensor less is kept for the gradient.
  (save as Save)([scaled, cdf]);
  return {
    value: tf.mul(input, cdf),
    gradFunc: (dy, saved) => {
      const [u, savedCdf] = saved as [Tensor, Tensor];
      const slope = tf.mul(u, tf.exp(tf.sub(LOG_INVERSE_SQRT_PI, tf.mul(u, u))));
      return [tf.mul(dy, tf.add(savedCdf, slope))];
    },
  };
});

/**
 * Rows of an embedding table.
 * @param table `[rows, hidden]`
 * @param ids int32, any shape
 * @returns the shape of `ids` with `hidden` appended
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  return tf.gather(table, ids, 0);
}
