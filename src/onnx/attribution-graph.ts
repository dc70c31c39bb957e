// Integrated gradients (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365) of a classifier as an ONNX graph: what
// each token adds to each logit, on the way from a text without words to the text.
import { classify } from '../bert/model.js';
import type { BertConfig } from '../bert/config.js';
import { embedding } from '../bert/ops.js';
import type { Weights } from '../bert/weights.js';
import { fixedDimensions, weightConstants } from './classifier-graph.js';
import { chooseMarkers } from './symbolic.js';
import { tf, type Tensor } from './tfjs.js';
import { trace } from './trace.js';

/** Parts of the way; the trapezoidal rule looks at one point more. */
const STEPS = 24;
export const ATTRIBUTION_POINTS = STEPS + 1;

export function attributionOutput(label: number): string {
  return `attribution_${label}`;
}

/**
 * Inputs `input_ids` and `baseline_ids` (int64 `[1, length]`): the text, and the text with a token that says nothing in the
 * place of each one to be explained. Outputs: `attributionOutput` of each label (float32 `[length]`), which sum to the
 * difference of that logit between text and baseline, up to the error of the rule; and `logits` (float32
 * `[ATTRIBUTION_POINTS, labels]`) from the baseline to the text.
 */
export function exportAttribution(config: BertConfig, weights: Weights): Uint8Array {
  const [length] = chooseMarkers([config.maxPositions], [...fixedDimensions(config), ATTRIBUTION_POINTS]) as [
    number,
  ];
  return trace({
    name: 'bert-attribution',
    axes: [{ name: 'length', marker: length, input: 'input_ids', dimension: 1 }],
    inputs: ['input_ids', 'baseline_ids'].map((name) => ({ name, type: 'int64', shape: [1, length] })),
    constants: weightConstants(config, weights),
    body: (t) => attribute(t, config, t['input_ids']!, t['baseline_ids']!),
  });
}

function attribute(
  parameters: Record<string, Tensor>,
  config: BertConfig,
  ids: Tensor,
  baselineIds: Tensor,
): Record<string, Tensor> {
  const table = parameters['bert.embeddings.word_embeddings.weight']!;
  const from = embedding(table, baselineIds);
  const way = tf.sub(embedding(table, ids), from); // [1, length, hidden]
  const column = (values: number[]) => tf.tensor(values, [ATTRIBUTION_POINTS, 1, 1], 'float32');
  const at = Array.from({ length: ATTRIBUTION_POINTS }, (_, k) => k / STEPS);
  const share = column(at.map((x) => (x === 0 || x === 1 ? 0.5 : 1) / STEPS));
  const points = tf.add(from, tf.mul(way, column(at))); // [points, length, hidden]

  const inputIds = tf.add(tf.zeros([ATTRIBUTION_POINTS, 1], 'int32'), ids);
  const rest = { inputIds, attentionMask: tf.onesLike(inputIds), tokenTypeIds: tf.zerosLike(inputIds) };
  const logitsOf = (words: Tensor) => classify(parameters, config, { ...rest, words });
  const outputs: Record<string, Tensor> = {};
  for (const label of config.labels.keys()) {
    const gradient = tf.grad((words) =>
      tf.sum(tf.slice(logitsOf(words), [0, label], [ATTRIBUTION_POINTS, 1])),
    )(points);
    const mean = tf.sum(tf.mul(gradient, share), 0, true);
    outputs[attributionOutput(label)] = tf.reshape(tf.sum(tf.mul(mean, way), -1), [ids.shape[1]!]);
  }
  return { ...outputs, logits: logitsOf(points) };
}
