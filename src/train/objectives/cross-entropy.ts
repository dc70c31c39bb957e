// Cross-entropy against classes by their ids, for heads of many classes.
import { tf, type Tensor } from '../../onnx/tfjs.js';

/**
 * Cross-entropy against one class per row, with a gradient of one pass over the logits.
 * @param logits `[rows, classes]`
 * @param ids int32 `[rows]`
 * @param weights `[rows]`; 1 / rows each for the mean
 * @returns scalar
 */
export function crossEntropy(logits: Tensor, ids: Tensor, weights: Tensor): Tensor {
  const [rows, classes] = logits.shape as [number, number];
  const targets = tf.mul(tf.oneHot(ids, classes, 1, 0, 'float32'), tf.reshape(weights, [rows, 1]));
  const apply = tf.customGrad<Tensor>((...args) => {
    const [input, expected] = args as unknown as [Tensor, Tensor];
    const save = args[2] as unknown as (tensors: Tensor[]) => void;
    const logProbabilities = tf.logSoftmax(input, -1);
    save([logProbabilities, expected]);
    return {
      value: tf.neg(tf.sum(tf.mul(logProbabilities, expected))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [logs, kept] = saved as [Tensor, Tensor];
        const share = tf.sum(kept, -1, true);
        return [tf.mul(dy, tf.sub(tf.mul(tf.exp(logs), share), kept)), tf.zerosLike(kept)];
      },
    };
  });
  return apply(logits, targets);
}
