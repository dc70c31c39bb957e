// Whether a model's int8 form is good enough to be used, from what was measured of it.
import type { QuantizationRecord } from './model-directory.js';

/** Accuracy, 0 to 1, that the int8 form may lose on any of the sets: 0.3 points. */
const TOLERATED_LOSS = 0.003;
/** 0.9 - 0.897 is a little more than 0.003 in binary; far below one text in any data set. */
const ROUNDING = 1e-9;

/** @returns what belongs into the model's manifest */
export function judgeQuantization(evaluations: QuantizationRecord['evaluations']): QuantizationRecord {
  if (evaluations.every(({ n }) => n === 0)) {
    return { used: false, reason: 'nothing was evaluated', evaluations };
  }
  const lossOf = (e: { accuracyFloat: number; accuracyInt8: number }) => e.accuracyFloat - e.accuracyInt8;
  // Written so that NaN is refused too.
  const lost = evaluations.filter((e) => !(lossOf(e) <= TOLERATED_LOSS + ROUNDING));
  const [worst] = lost.sort((a, b) => lossOf(b) - lossOf(a));
  if (worst === undefined) return { used: true, evaluations };
  const points = (lossOf(worst) * 100).toFixed(2);
  return {
    used: false,
    reason: `int8 loses ${points} points of accuracy on ${worst.data}, more than ${(TOLERATED_LOSS * 100).toFixed(2)}`,
    evaluations,
  };
}
