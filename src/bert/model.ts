// BERT (Devlin et al. 2019) as a function of its weights, in TensorFlow.js ops: run eagerly or traced into ONNX.
import { tf, type Tensor } from '../onnx/tfjs.js';
import type { BertConfig } from './config.js';
import { embedding, gelu, layerNorm, linear } from './ops.js';

/** Weights by their Hugging Face names; shapes as in `tensorShapes`. */
export type Parameters = Record<string, Tensor>;

export interface BertInputs {
  /** int32 `[batch, length]` */
  inputIds: Tensor;
  /** int32 `[batch, length]`, 1 for a token and 0 for padding */
  attentionMask: Tensor;
  /** int32 `[batch, length]`, the segment of each token */
  tokenTypeIds: Tensor;
}

/** Multiplies a tensor by a random mask while training; the identity otherwise. */
export interface Dropout {
  hidden(x: Tensor): Tensor;
  attention(x: Tensor): Tensor;
  classifier(x: Tensor): Tensor;
}

export const NO_DROPOUT: Dropout = { hidden: (x) => x, attention: (x) => x, classifier: (x) => x };

function parameter(parameters: Parameters, name: string): Tensor {
  const tensor = parameters[name];
  if (tensor === undefined) throw new Error(`the model has no weight ${name}`);
  return tensor;
}

function dense(parameters: Parameters, name: string, x: Tensor): Tensor {
  return linear(x, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`));
}

function normalize(parameters: Parameters, config: BertConfig, name: string, x: Tensor): Tensor {
  const gamma = parameter(parameters, `${name}.weight`);
  return layerNorm(x, gamma, parameter(parameters, `${name}.bias`), config.layerNormEpsilon);
}

/** @returns `[batch * length, hidden]` */
function embed(parameters: Parameters, config: BertConfig, inputs: BertInputs, dropout: Dropout): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  const table = (name: string) => parameter(parameters, `bert.embeddings.${name}.weight`);
  const words = embedding(table('word_embeddings'), inputs.inputIds);
  const segments = embedding(table('token_type_embeddings'), inputs.tokenTypeIds);
  const positions = tf.slice(table('position_embeddings'), [0, 0], [length, config.hiddenSize]);
  const sum = tf.reshape(tf.add(tf.add(words, segments), positions), [batch * length, config.hiddenSize]);
  return dropout.hidden(normalize(parameters, config, 'bert.embeddings.LayerNorm', sum));
}

/**
 * Scaled dot-product attention over several heads (Vaswani et al. 2017).
 * @param x `[batch * length, hidden]`
 * @param bias `[batch, 1, 1, length]`, added to the scores
 */
function attend(
  parameters: Parameters,
  config: BertConfig,
  prefix: string,
  x: Tensor,
  bias: Tensor,
  dropout: Dropout,
): Tensor {
  const [batch, , , length] = bias.shape as [number, number, number, number];
  const size = config.hiddenSize / config.heads;
  const project = (part: string) =>
    tf.reshape(dense(parameters, `${prefix}.self.${part}`, x), [batch, length, config.heads, size]);
  const query = tf.transpose(tf.mul(project('query'), 1 / Math.sqrt(size)), [0, 2, 1, 3]);
  const key = tf.transpose(project('key'), [0, 2, 3, 1]);
  const value = tf.transpose(project('value'), [0, 2, 1, 3]);
  const scores = tf.add(tf.matMul(query, key), bias);
  const weights = dropout.attention(tf.softmax(scores, -1));
  const context = tf.transpose(tf.matMul(weights, value), [0, 2, 1, 3]);
  return tf.reshape(context, [batch * length, config.hiddenSize]);
}

/**
 * The encoder, post-norm as published.
 * @returns `[batch * length, hidden]`
 */
export function encode(
  parameters: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  dropout: Dropout = NO_DROPOUT,
): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  // Padding gets a score far below any other; finite, so that half precision and empty rows stay finite too.
  const mask = tf.reshape(tf.cast(inputs.attentionMask, 'float32'), [batch, 1, 1, length]);
  const bias = tf.mul(tf.sub(1, mask), -10_000);
  let x = embed(parameters, config, inputs, dropout);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `bert.encoder.layer.${layer}`;
    const context = attend(parameters, config, `${prefix}.attention`, x, bias, dropout);
    const attended = dropout.hidden(dense(parameters, `${prefix}.attention.output.dense`, context));
    x = normalize(parameters, config, `${prefix}.attention.output.LayerNorm`, tf.add(attended, x));
    const expanded = gelu(dense(parameters, `${prefix}.intermediate.dense`, x));
    const contracted = dropout.hidden(dense(parameters, `${prefix}.output.dense`, expanded));
    x = normalize(parameters, config, `${prefix}.output.LayerNorm`, tf.add(contracted, x));
  }
  return x;
}

/**
 * The pooler: tanh of a dense layer over the first token.
 * @param hidden `[batch * length, hidden]`
 * @returns `[batch, hidden]`
 */
export function pool(parameters: Parameters, config: BertConfig, inputs: BertInputs, hidden: Tensor): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  const rows = tf.reshape(hidden, [batch, length, config.hiddenSize]);
  const first = tf.reshape(tf.slice(rows, [0, 0, 0], [batch, 1, config.hiddenSize]), [
    batch,
    config.hiddenSize,
  ]);
  return tf.tanh(dense(parameters, 'bert.pooler.dense', first));
}

/** @returns logits `[batch, labels]` */
export function classify(
  parameters: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  dropout: Dropout = NO_DROPOUT,
): Tensor {
  const hidden = encode(parameters, config, inputs, dropout);
  return dense(parameters, 'classifier', dropout.classifier(pool(parameters, config, inputs, hidden)));
}
