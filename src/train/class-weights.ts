// How much each label counts in the loss.
import { LABELS, type Label } from '../labels.js';
import { probabilityOf, type FinetuneJob, type TrainingExample } from './job.js';

/**
 * Weights with which all labels count the same: n / (labels present · count of the label), as scikit-learn's `balanced`.
 * A distribution counts for each label by its probability, an example by its weight; a label that does not occur weighs 1.
 */
export function balancedWeights(examples: readonly TrainingExample[]): FinetuneJob['classWeights'] {
  const counts = new Map(LABELS.map((label) => [label, 0]));
  let total = 0;
  for (const example of examples) {
    const { weight = 1 } = example;
    total += weight;
    for (const label of LABELS) {
      counts.set(label, (counts.get(label) ?? 0) + weight * probabilityOf(example, label));
    }
  }
  const present = LABELS.filter((label) => (counts.get(label) ?? 0) > 0).length;
  const weightOf = (label: Label) => {
    const count = counts.get(label) ?? 0;
    return count === 0 ? 1 : total / (present * count);
  };
  return { negative: weightOf('negative'), neutral: weightOf('neutral'), positive: weightOf('positive') };
}
