// The objective of BERT's pre-training (Devlin et al. 2019): the masked tokens and, jointly, the next sentence.
import { tf, type Tensor } from '../../onnx/tfjs.js';
import { encode, pool } from '../../bert/model.js';
import { pretrainingShapes } from '../../bert/config.js';
import { predictMasked, predictNextSentence } from '../../bert/heads.js';
import type { Objective } from '../objective.js';
import { crossEntropy } from './cross-entropy.js';

/**
 * Mean cross-entropy of the masked tokens plus mean cross-entropy of the next sentence. With as many rows as tokens are
 * masked in the batch, at least one:
 * `masked_positions` int32 `[rows]`: `text * length + token`; `masked_ids` int32 `[rows]`: what stood there;
 * `masked_weights` `[rows]`: normally 1 / rows each, 0 for a row that only fills up;
 * `next_sentence` int32 `[batch]`: 0 where the second segment follows the first, 1 where it was drawn at random;
 * `next_sentence_weights` `[batch]`: normally 1 / batch each, 0 where a text has one segment.
 */
export const pretraining: Objective = {
  name: 'pretraining',
  lastLayer: 'all',
  rowsInput: 'masked_positions',
  parameterShapes: pretrainingShapes,
  inputs: (_config, batch, _length, rows) => [
    { name: 'masked_positions', type: 'int32', shape: [rows] },
    { name: 'masked_ids', type: 'int32', shape: [rows] },
    { name: 'masked_weights', shape: [rows] },
    { name: 'next_sentence', type: 'int32', shape: [batch] },
    { name: 'next_sentence_weights', shape: [batch] },
  ],
  loss(parameters, config, bert, inputs, dropout) {
    const input = (name: string) => inputs[name] as Tensor;
    const hidden = encode(parameters, config, bert, dropout);
    const masked = predictMasked(parameters, config, hidden, input('masked_positions'));
    const next = predictNextSentence(parameters, pool(parameters, config, bert, hidden));
    return tf.add(
      crossEntropy(masked, input('masked_ids'), input('masked_weights')),
      crossEntropy(next, input('next_sentence'), input('next_sentence_weights')),
    );
  },
};
