// BERT's two heads of pre-training, masked-token prediction and next-sentence prediction, in TensorFlow.js ops as model.ts.
import type { Tensor } from '../onnx/tfjs.js';
import type { BertConfig } from './config.js';
import { dense, normalize, parameter, type Parameters } from './model.js';
import { embedding, gelu, linear } from './ops.js';

const WORDS = 'bert.embeddings.word_embeddings.weight';

/**
 * Which word each masked token was. The product with the whole vocabulary runs over the given rows only.
 * @param hidden the encoder's output, `[batch * length, hidden]`
 * @param positions int32 `[rows]`: `text * length + token` of each masked token
 * @returns logits `[rows, vocabulary]`
 */
export function predictMasked(
  parameters: Parameters,
  config: BertConfig,
  hidden: Tensor,
  positions: Tensor,
): Tensor {
  const name = 'cls.predictions.transform';
  const transformed = gelu(dense(parameters, `${name}.dense`, embedding(hidden, positions)));
  const normalized = normalize(parameters, config, `${name}.LayerNorm`, transformed);
  return linear(normalized, parameter(parameters, WORDS), parameter(parameters, 'cls.predictions.bias'));
}

/**
 * Whether the second segment follows the first in its source.
 * @param pooled `[batch, hidden]`
 * @returns logits `[batch, 2]`: class 0 follows, class 1 was drawn at random
 */
export function predictNextSentence(parameters: Parameters, pooled: Tensor): Tensor {
  return dense(parameters, 'cls.seq_relationship', pooled);
}
