// Is a model that was just loaded sound? Known texts must give finite numbers, the same alone as beside longer texts.
import { NunchiError } from '../errors.js';
import type { Classifier } from './classifier.js';

/** How far logits of one text may differ between two batches (other shapes, other order of summing). */
export const BATCH_TOLERANCE = 1e-3;

const PROBES = [
  '정말 재미있어요 ㅋㅋㅋ',
  '별로예요',
  'this is great',
  'I do not like it at all, and I waited so long for it',
] as const;

/**
 * Also warms the session up: its memory is laid out and its code paged in when the first message comes.
 * @throws NunchiError `model-check-failed`
 */
export async function checkModel(model: Classifier): Promise<void> {
  const fail = (problem: string) =>
    new NunchiError('model-check-failed', `Model ${model.version} ${problem}`, {
      hint: 'The weights may be damaged or the training may have diverged; use another model.',
    });
  const together = await model.logits(PROBES);
  const labels = together.length / PROBES.length;
  if (!Number.isInteger(labels) || labels === 0) throw fail('gives a wrong number of scores');
  for (const [index, text] of PROBES.entries()) {
    const alone = await model.logits([text]);
    const row = together.subarray(index * labels, (index + 1) * labels);
    if (![...alone, ...row].every(Number.isFinite)) throw fail('gives scores that are not numbers');
    if (alone.length !== labels) throw fail('gives a wrong number of scores');
    if (row.some((value, i) => Math.abs(value - (alone[i] ?? NaN)) > BATCH_TOLERANCE)) {
      throw fail('reads a text otherwise alone than beside others');
    }
  }
}
