// The forward pass of a classification model as an ONNX file: weights inside, batch and length free.
import { classify } from '../bert/model.js';
import { tensorShapes, type BertConfig } from '../bert/config.js';
import type { Weights } from '../bert/weights.js';
import { chooseMarkers } from './symbolic.js';
import { trace, type TraceConstant } from './trace.js';

/** Every fixed size of a model, which no marker may divide. */
export function fixedDimensions(config: BertConfig): number[] {
  const sizes = new Set([...tensorShapes(config).values()].flat());
  for (const d of [config.heads, config.hiddenSize / config.heads, config.segmentTypes, config.maxPositions])
    sizes.add(d);
  return [...sizes].filter((d) => d > 1);
}

/** Every weight of the model as an initializer. */
export function weightConstants(config: BertConfig, weights: Weights): TraceConstant[] {
  return [...tensorShapes(config)].map(([name, shape]) => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`the model has no weight ${name}`);
    return { name, shape, data: tensor.data };
  });
}

/**
 * Inputs `input_ids`, `attention_mask`, `token_type_ids` (int64 `[batch, length]`), output `logits`
 * (float32 `[batch, labels]`), as transformers.js and ONNX Runtime expect them.
 */
export function exportClassifier(config: BertConfig, weights: Weights): Uint8Array {
  const [length, batch] = chooseMarkers([config.maxPositions, 251], fixedDimensions(config)) as [
    number,
    number,
  ];
  const shape = [batch, length];
  return trace({
    name: 'bert-classifier',
    axes: [
      { name: 'batch', marker: batch, input: 'input_ids', dimension: 0 },
      { name: 'length', marker: length, input: 'input_ids', dimension: 1 },
    ],
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => ({ name, type: 'int64', shape })),
    constants: weightConstants(config, weights),
    body: (t) => {
      const inputs = {
        inputIds: t['input_ids']!,
        attentionMask: t['attention_mask']!,
        tokenTypeIds: t['token_type_ids']!,
      };
      return { logits: classify(t, config, inputs) };
    },
  });
}
