// One whole training step as a function of tensors: loss, gradients, clipping and AdamW. Engines run or trace it.
import type { BertConfig } from '../bert/config.js';
import { tf, type Tensor } from '../onnx/tfjs.js';
import {
  ADAMW_SCALARS,
  adamWUpdate,
  clipFactor,
  globalNorm,
  type AdamWConfig,
  type AdamWScalars,
} from './adamw.js';
import { dropoutSites, maskedDropout } from './dropout.js';
import type { Objective } from './objective.js';

export interface StepInput {
  name: string;
  type: 'int32' | 'float32';
  shape: number[];
}

export const TOKEN_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'] as const;

/** What the loss is fed beside the weights, for a batch of the given sizes. @param rows of the objective's `rowsInput` */
export function lossInputs(
  config: BertConfig,
  objective: Objective,
  batch: number,
  length: number,
  rows = 0,
): StepInput[] {
  const float = (input: { name: string; shape: number[] }): StepInput => ({ ...input, type: 'float32' });
  return [
    ...TOKEN_INPUTS.map((name): StepInput => ({ name, type: 'int32', shape: [batch, length] })),
    ...objective
      .inputs(config, batch, length, rows)
      .map(({ name, type = 'float32', shape }): StepInput => ({ name, type, shape })),
    ...dropoutSites(config, batch, length, objective.lastLayer).map(({ name, shape }) =>
      float({ name, shape }),
    ),
  ];
}

/** What a whole step is fed beside the optimizer's state. */
export function stepInputs(
  config: BertConfig,
  objective: Objective,
  batch: number,
  length: number,
  rows = 0,
): StepInput[] {
  const scalars = ADAMW_SCALARS.map((name): StepInput => ({ name, type: 'float32', shape: [] }));
  return [...lossInputs(config, objective, batch, length, rows), ...scalars];
}

/** Names of the tensors that one weight has in and out of a step. */
export function stateNames(name: string) {
  return { value: name, m: `m:${name}`, v: `v:${name}` };
}

/** The same after the step. */
export function updatedName(name: string): string {
  return `next:${name}`;
}

/**
 * @param tensors every `stepInputs` tensor and, per weight, the three of `stateNames`
 * @returns `loss`, `gradient_norm` (scalars, before the update) and `updatedName` of every state tensor
 */
export function trainingStep(
  config: BertConfig,
  objective: Objective,
  optimizer: AdamWConfig,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const names = [...objective.parameterShapes(config).keys()];
  const { value: loss, gradients } = lossAndGradients(config, objective, tensors);
  const norm = globalNorm(gradients);
  const clip = clipFactor(norm, optimizer.clipNorm);
  const scalars = Object.fromEntries(
    ADAMW_SCALARS.map((name) => [name, tensors[name]]),
  ) as unknown as AdamWScalars;
  const outputs: Record<string, Tensor> = { loss, gradient_norm: norm };
  names.forEach((name, i) => {
    const keys = stateNames(name);
    const state = { value: tensors[keys.value], m: tensors[keys.m], v: tensors[keys.v] } as Record<
      keyof typeof keys,
      Tensor
    >;
    const next = adamWUpdate(optimizer, name, scalars, state, gradients[i] as Tensor, clip);
    outputs[updatedName(keys.value)] = next.value;
    outputs[updatedName(keys.m)] = next.m;
    outputs[updatedName(keys.v)] = next.v;
  });
  return outputs;
}

/** Name of a weight's gradient among the outputs of `gradientStep`. */
export function gradientName(name: string): string {
  return `gradient:${name}`;
}

/**
 * The part of a step before the update, for engines that update the weights themselves.
 * @param tensors every `lossInputs` tensor, and every weight by its name
 * @returns `loss`, `gradient_norm` (scalars) and `gradientName` of every weight, not clipped
 */
export function gradientStep(
  config: BertConfig,
  objective: Objective,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const { value: loss, gradients } = lossAndGradients(config, objective, tensors);
  const outputs: Record<string, Tensor> = { loss, gradient_norm: globalNorm(gradients) };
  [...objective.parameterShapes(config).keys()].forEach((name, i) => {
    outputs[gradientName(name)] = gradients[i] as Tensor;
  });
  return outputs;
}

/** Loss and the gradient of every trained weight, in the order of `objective.parameterShapes`. */
export function lossAndGradients(
  config: BertConfig,
  objective: Objective,
  tensors: Readonly<Record<string, Tensor>>,
): { value: Tensor; gradients: Tensor[] } {
  const names = [...objective.parameterShapes(config).keys()];
  const [batch, length] = (tensors['input_ids'] as Tensor).shape as [number, number];
  const sites = dropoutSites(config, batch, length, objective.lastLayer);
  const bert = {
    inputIds: tensors['input_ids'] as Tensor,
    attentionMask: tensors['attention_mask'] as Tensor,
    tokenTypeIds: tensors['token_type_ids'] as Tensor,
  };
  const { value, grads } = tf.valueAndGrads((...values: Tensor[]) => {
    const parameters = Object.fromEntries(names.map((name, i) => [name, values[i] as Tensor]));
    return objective.loss(parameters, config, bert, tensors, maskedDropout(sites, tensors));
  })(names.map((name) => tensors[name] as Tensor));
  return { value, gradients: grads };
}
