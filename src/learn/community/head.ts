// A community's own head: an affine map of the model's logits, after vector and matrix scaling (Guo et al. 2017, section 4.2),
// fitted on the labels of one community. Twelve numbers, which so few corrections determine; where they say nothing it is the
// identity, the shared reading.
import { LABELS, type Label, type Scores } from '../../labels.js';

/** Row by row: for each label read, the weights of the three logits and a bias. */
export type Head = Float64Array;

export interface LabelledScores {
  /** The model's. */
  scores: Scores;
  label: Label;
}

/** Strength of the pull to the identity; docs/learning.md. */
const PULL = 0.03;
const STEPS = 1_000;
/** Less than this says no more than this. */
const SMALLEST = 1e-6;

const ROWS = LABELS.length;
const COLUMNS = ROWS + 1;
const IDENTITY: Head = Float64Array.from({ length: ROWS * COLUMNS }, (_, at) =>
  Math.floor(at / COLUMNS) === at % COLUMNS ? 1 : 0,
);

const inputOf = (scores: Scores) => [
  ...LABELS.map((label) => Math.log(Math.max(scores[label], SMALLEST))),
  1,
];

/** Softmax of the map of the input that begins at `from`, written into `read`. */
function readInto(read: Float64Array, head: Head, inputs: ArrayLike<number>, from: number): void {
  let most = -Infinity;
  for (let row = 0; row < ROWS; row += 1) {
    let sum = 0;
    for (let column = 0; column < COLUMNS; column += 1) {
      sum += (head[row * COLUMNS + column] as number) * (inputs[from + column] as number);
    }
    read[row] = sum;
    if (sum > most) most = sum;
  }
  let total = 0;
  for (let row = 0; row < ROWS; row += 1) {
    const value = Math.exp((read[row] as number) - most);
    read[row] = value;
    total += value;
  }
  for (let row = 0; row < ROWS; row += 1) read[row] = (read[row] as number) / total;
}

export function applyHead(head: Head, scores: Scores): Scores {
  const read = new Float64Array(ROWS);
  readInto(read, head, inputOf(scores), 0);
  const [negative = 0, neutral = 0, positive = 0] = read;
  return { negative, neutral, positive };
}

/**
 * Gradient descent on the mean cross-entropy plus `PULL`/2 times the squared distance to the identity, a convex problem, with
 * a step of one over the bound of its curvature. The same rows give the same head.
 */
export function fitHead(rows: readonly LabelledScores[]): Head {
  const inputs = Float64Array.from(rows.flatMap(({ scores }) => inputOf(scores)));
  const targets = rows.map(({ label }) => LABELS.indexOf(label));
  const count = Math.max(rows.length, 1);
  const rate = 1 / (inputs.reduce((sum, value) => sum + value * value, 0) / count / 2 + PULL);
  const head = Float64Array.from(IDENTITY);
  const slope = new Float64Array(head.length);
  const read = new Float64Array(ROWS);
  for (let step = 0; step < STEPS; step += 1) {
    for (let at = 0; at < head.length; at += 1) {
      slope[at] = PULL * ((head[at] as number) - (IDENTITY[at] as number));
    }
    for (let one = 0; one < targets.length; one += 1) {
      readInto(read, head, inputs, one * COLUMNS);
      for (let row = 0; row < ROWS; row += 1) {
        const error = ((read[row] as number) - (row === targets[one] ? 1 : 0)) / count;
        for (let column = 0; column < COLUMNS; column += 1) {
          const at = row * COLUMNS + column;
          slope[at] = (slope[at] as number) + error * (inputs[one * COLUMNS + column] as number);
        }
      }
    }
    for (let at = 0; at < head.length; at += 1)
      head[at] = (head[at] as number) - rate * (slope[at] as number);
  }
  return head;
}

export const labelOf = (scores: Scores): Label =>
  LABELS.reduce((best, label) => (scores[label] > scores[best] ? label : best));
