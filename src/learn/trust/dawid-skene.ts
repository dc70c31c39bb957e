// Who is right how often, and what is true, from labels alone: people who label the same things are held against each other.
import { groupBy } from './group-by.js';

/** One person's label of one item; a person labels an item once. */
export interface Annotation {
  item: string;
  person: string;
  /** 0 to `classes` − 1 */
  label: number;
}

export interface DawidSkeneConfig {
  classes: number;
  /** Items whose label is known. */
  known?: ReadonlyMap<string, number>;
  /** Labels that every person is taken to have given before: how many were right, how many wrong. */
  prior: { right: number; wrong: number };
  /** @default 100 */
  maxIterations?: number;
  /** The iteration ends when no probability moves by more. @default 1e-6 */
  tolerance?: number;
}

export interface DawidSkene {
  /** Of each item, the probability of every label. */
  truth: Map<string, number[]>;
  /** Of each person, the probability of the label they give (column) where this one is true (row). */
  confusion: Map<string, number[][]>;
  /** How common each label is. */
  prevalence: number[];
}

const SMOOTHING = 1;

/**
 * Expectation–maximisation after A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using
 * the EM Algorithm", Applied Statistics 28 (1979) 20–28, begun from the shares of the votes. With few labels its maximum
 * likelihood runs to 0 and 1, so that the maximum a posteriori under Dirichlet priors is taken: the same formulas with
 * labels given before. Items with a known label keep it.
 */
export function dawidSkene(annotations: readonly Annotation[], config: DawidSkeneConfig): DawidSkene {
  const { classes, known = new Map<string, number>(), prior, maxIterations = 100, tolerance = 1e-6 } = config;
  const labels = Array.from({ length: classes }, (_, label) => label);
  const byItem = groupBy(annotations, ({ item }) => item);
  const people = new Set(annotations.map(({ person }) => person));
  const certain = (label: number) => labels.map((one) => (one === label ? 1 : 0));

  const truth = new Map(
    [...byItem].map(([item, given]): [string, number[]] => {
      const label = known.get(item);
      if (label !== undefined) return [item, certain(label)];
      const votes = labels.map((one) => given.filter((annotation) => annotation.label === one).length);
      return [item, normalized(votes)];
    }),
  );
  const before = labels.map((row) =>
    labels.map((column) => (row === column ? prior.right : prior.wrong / (classes - 1))),
  );

  function maximize(): Pick<DawidSkene, 'confusion' | 'prevalence'> {
    const counts = new Map([...people].map((person) => [person, before.map((row) => [...row])]));
    const seen = labels.map(() => SMOOTHING);
    for (const [item, given] of byItem) {
      const probabilities = truth.get(item) ?? [];
      for (const label of labels) seen[label] = at(seen, label) + at(probabilities, label);
      for (const { person, label } of given) {
        for (const [row, probability] of probabilities.entries()) {
          const columns = counts.get(person)?.[row] ?? [];
          columns[label] = at(columns, label) + probability;
        }
      }
    }
    const confusion = new Map([...counts].map(([person, rows]) => [person, rows.map(normalized)]));
    return { confusion, prevalence: normalized(seen) };
  }

  /** @returns how far the probabilities moved */
  function expect({ confusion, prevalence }: Pick<DawidSkene, 'confusion' | 'prevalence'>): number {
    let moved = 0;
    for (const [item, given] of byItem) {
      if (known.has(item)) continue;
      const logs = labels.map((label) =>
        given.reduce(
          (sum, one) => sum + Math.log(at(confusion.get(one.person)?.[label] ?? [], one.label)),
          Math.log(at(prevalence, label)),
        ),
      );
      const most = Math.max(...logs);
      const probabilities = normalized(logs.map((log) => Math.exp(log - most)));
      const former = truth.get(item) ?? [];
      for (const label of labels)
        moved = Math.max(moved, Math.abs(at(probabilities, label) - at(former, label)));
      truth.set(item, probabilities);
    }
    return moved;
  }

  let estimate = maximize();
  for (let iteration = 0; iteration < maxIterations && expect(estimate) > tolerance; iteration += 1) {
    estimate = maximize();
  }
  return { truth, ...estimate };
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}

function normalized(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}
