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
  /** `[batch, length, hidden]`, in the place of the rows of the word table that `inputIds` names. */
  words?: Tensor;
}

/** Multiplies a tensor by a random mask while training; the identity otherwise. */
export interface Dropout {
  hidden(x: Tensor): Tensor;
  attention(x: Tensor): Tensor;
  classifier(x: Tensor): Tensor;
}

export const NO_DROPOUT: Dropout = { hidden: (x) => x, attention: (x) => x, classifier: (x) => x };

/** A weight by its name. */
export function parameter(parameters: Parameters, name: string): Tensor {
  const tensor = parameters[name];
  if (tensor === undefined) throw new Error(`the model has no weight ${name}`);
  return tensor;
}

/** A dense layer by its name: `[rows, in]` to `[rows, out]`. */
export function dense(parameters: Parameters, name: string, x: Tensor): Tensor {
  return linear(x, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`));
}

/** A layer normalisation by its name. */
export function normalize(parameters: Parameters, config: BertConfig, name: string, x: Tensor): Tensor {
  const gamma = parameter(parameters, `${name}.weight`);
  return layerNorm(x, gamma, parameter(parameters, `${name}.bias`), config.layerNormEpsilon);
}

/** @returns `[batch * length, hidden]` */
function embed(parameters: Parameters, config: BertConfig, inputs: BertInputs, dropout: Dropout): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  const table = (name: string) => parameter(parameters, `bert.embeddings.${name}.weight`);
  const words = inputs.words ?? embedding(table('word_embeddings'), inputs.inputIds);
  const segments = embedding(table('token_type_embeddings'), inputs.tokenTypeIds);
  const positions = tf.slice(table('position_embeddings'), [0, 0], [length, config.hiddenSize]);
  const sum = tf.reshape(tf.add(tf.add(words, segments), positions), [batch * length, config.hiddenSize]);
  return dropout.hidden(normalize(parameters, config, 'bert.embeddings.LayerNorm', sum));
}

/** Rows that a layer computes: every token's, or the first token's of each text alone. */
export type Rows = 'all' | 'first';

/**
 * @param x `[batch * length, hidden]`
 * @returns the rows of the first tokens, `[batch, hidden]`
 */
function firstRows(x: Tensor, config: BertConfig, batch: number, length: number): Tensor {
  const rows = tf.reshape(x, [batch, length, config.hiddenSize]);
  const first = tf.slice(rows, [0, 0, 0], [batch, 1, config.hiddenSize]);
  return tf.reshape(first, [batch, config.hiddenSize]);
}

/**
 * Scaled dot-product attention over several heads (Vaswani et al. 2017).
 * @param x `[batch * length, hidden]`: what is attended to
 * @param queries the rows that attend: `x`, or `[batch, hidden]`
 * @param bias `[batch, 1, 1, length]`, added to the scores
 * @returns the shape of `queries`
 */
function attend(
  parameters: Parameters,
  config: BertConfig,
  prefix: string,
  x: Tensor,
  queries: Tensor,
  bias: Tensor,
  dropout: Dropout,
): Tensor {
  const [batch, , , length] = bias.shape as [number, number, number, number];
  const attending = queries === x ? length : 1;
  const size = config.hiddenSize / config.heads;
  const project = (part: string, from: Tensor, count: number) =>
    tf.reshape(dense(parameters, `${prefix}.self.${part}`, from), [batch, count, config.heads, size]);
  const scaled = tf.mul(project('query', queries, attending), 1 / Math.sqrt(size));
  const query = tf.transpose(scaled, [0, 2, 1, 3]);
  const key = tf.transpose(project('key', x, length), [0, 2, 3, 1]);
  const value = tf.transpose(project('value', x, length), [0, 2, 1, 3]);
  const scores = tf.add(tf.matMul(query, key), bias);
  const weights = dropout.attention(tf.softmax(scores, -1));
  const context = tf.transpose(tf.matMul(weights, value), [0, 2, 1, 3]);
  return tf.reshape(context, [batch * attending, config.hiddenSize]);
}

/** One encoder layer, post-norm as published. */
function encodeLayer(
  parameters: Parameters,
  config: BertConfig,
  index: number,
  x: Tensor,
  bias: Tensor,
  dropout: Dropout,
  rows: Rows,
): Tensor {
  const [batch, , , length] = bias.shape as [number, number, number, number];
  const prefix = `bert.encoder.layer.${index}`;
  const queries = rows === 'all' ? x : firstRows(x, config, batch, length);
  const context = attend(parameters, config, `${prefix}.attention`, x, queries, bias, dropout);
  const projected = dropout.hidden(dense(parameters, `${prefix}.attention.output.dense`, context));
  const norm = (name: string, sum: Tensor) => normalize(parameters, config, `${prefix}.${name}`, sum);
  const attended = norm('attention.output.LayerNorm', tf.add(projected, queries));
  const expanded = gelu(dense(parameters, `${prefix}.intermediate.dense`, attended));
  const contracted = dropout.hidden(dense(parameters, `${prefix}.output.dense`, expanded));
  return norm('output.LayerNorm', tf.add(contracted, attended));
}

/**
 * The encoder.
 * @param lastLayer `first` where nothing behind the encoder looks at any but the first token of each text: the last layer
 * then computes those rows alone, and its dropout masks have one row per text.
 * @returns `[batch * length, hidden]`, or `[batch, hidden]` of the first tokens
 */
export function encode(
  parameters: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  dropout: Dropout = NO_DROPOUT,
  lastLayer: Rows = 'all',
): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  // Padding gets a score far below any other; finite, so that half precision and empty rows stay finite too.
  const mask = tf.reshape(tf.cast(inputs.attentionMask, 'float32'), [batch, 1, 1, length]);
  const bias = tf.mul(tf.sub(1, mask), -10_000);
  let x = embed(parameters, config, inputs, dropout);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const rows = layer === config.layers - 1 ? lastLayer : 'all';
    x = encodeLayer(parameters, config, layer, x, bias, dropout, rows);
  }
  return x;
}

/**
 * The pooler: tanh of a dense layer over the first token.
 * @param hidden the encoder's output: all rows `[batch * length, hidden]`, or the first ones `[batch, hidden]`
 * @returns `[batch, hidden]`
 */
export function pool(parameters: Parameters, config: BertConfig, inputs: BertInputs, hidden: Tensor): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  const first = hidden.shape[0] === batch ? hidden : firstRows(hidden, config, batch, length);
  return tf.tanh(dense(parameters, 'bert.pooler.dense', first));
}

/** @returns logits `[batch, labels]` */
export function classify(
  parameters: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  dropout: Dropout = NO_DROPOUT,
): Tensor {
  const hidden = encode(parameters, config, inputs, dropout, 'first');
  return dense(parameters, 'classifier', dropout.classifier(pool(parameters, config, inputs, hidden)));
}
