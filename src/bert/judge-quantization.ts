// Whether a model's int8 form is good enough to be used, from what was measured of it.
import type { QuantizationRecord } from './model-directory.js';

/** Accuracy, 0 to 1, that the int8 form may lose on the average of the sets: 0.3 points. */
const TOLERATED_LOSS = 0.003;
/** And on any one of them, since a set of a thousand texts moves by 0.3 points where three are read otherwise. */
const TOLERATED_ON_ONE = 0.01;
/** 0.9 - 0.897 is a little more than 0.003 in binary; far below one text in any data set. */
const ROUNDING = 1e-9;

/** @returns what belongs into the model's manifest */
export function judgeQuantization(evaluations: QuantizationRecord['evaluations']): QuantizationRecord {
  const measured = evaluations.filter(({ n }) => n > 0);
  if (measured.length === 0) return { used: false, reason: 'nothing was evaluated', evaluations };
  const losses = measured.map(({ data, accuracyFloat, accuracyInt8 }) => ({
    where: `on ${data}`,
    loss: accuracyFloat - accuracyInt8,
    tolerated: TOLERATED_ON_ONE,
  }));
  const mean = losses.reduce((sum, { loss }) => sum + loss, 0) / losses.length;
  const average = { where: 'on average', loss: mean, tolerated: TOLERATED_LOSS };
  // Written so that NaN is refused too.
  const [worst] = [...losses, average]
    .filter(({ loss, tolerated }) => !(loss <= tolerated + ROUNDING))
    .sort((a, b) => b.loss - a.loss);
  if (worst === undefined) return { used: true, evaluations };
  const points = (part: number) => (part * 100).toFixed(2);
  const { where, loss, tolerated } = worst;
  return {
    used: false,
    reason: `int8 loses ${points(loss)} points of accuracy ${where}, more than ${points(tolerated)}`,
    evaluations,
  };
}
