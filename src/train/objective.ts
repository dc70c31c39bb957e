// What a run minimises: which weights it trains, what it feeds beside the tokens, and the loss.
import { tensorShapes, type BertConfig } from '../bert/config.js';
import { classify, type BertInputs, type Dropout, type Parameters, type Rows } from '../bert/model.js';
import { tf, type Tensor } from '../onnx/tfjs.js';

export interface ObjectiveInput {
  name: string;
  /** @default 'float32' */
  type?: 'int32' | 'float32';
  shape: number[];
}

export interface Objective {
  readonly name: string;
  /** Rows of the encoder's last layer that the loss needs. */
  readonly lastLayer: Rows;
  /** Weights that are trained: Hugging Face name to shape. */
  parameterShapes(config: BertConfig): Map<string, number[]>;
  /** The input whose first dimension is a free size of its own, `rows`, beside batch and length; at least 1. */
  readonly rowsInput?: string;
  /** Inputs beside the tokens, for the given sizes. @param rows the size of `rowsInput`, 0 without one */
  inputs(config: BertConfig, batch: number, length: number, rows: number): ObjectiveInput[];
  /** @returns the scalar loss */
  loss(
    parameters: Parameters,
    config: BertConfig,
    bert: BertInputs,
    inputs: Readonly<Record<string, Tensor>>,
    dropout: Dropout,
  ): Tensor;
}

/**
 * Cross-entropy of a classification head against target distributions.
 * `targets` `[batch, labels]`, normally rows that sum to 1 (label smoothing, soft labels and class weights are in them);
 * `example_weights` `[batch]` normally 1 / batch each.
 */
export const classification: Objective = {
  name: 'classification',
  lastLayer: 'first',
  parameterShapes: tensorShapes,
  inputs: (config, batch) => [
    { name: 'targets', shape: [batch, config.labels.length] },
    { name: 'example_weights', shape: [batch] },
  ],
  loss(parameters, config, bert, inputs, dropout) {
    const logProbabilities = tf.logSoftmax(classify(parameters, config, bert, dropout), -1);
    const perExample = tf.sum(tf.mul(logProbabilities, inputs['targets'] as Tensor), 1);
    return tf.neg(tf.sum(tf.mul(perExample, inputs['example_weights'] as Tensor)));
  },
};
