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

/** Items about which the same people said the same: they have the same truth. */
interface Pattern {
  items: string[];
  given: readonly Annotation[];
  /** undefined where nobody knows the label beforehand. */
  known: number | undefined;
  truth: number[];
}

/**
 * Expectation–maximisation after A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using
 * the EM Algorithm", Applied Statistics 28 (1979) 20–28, begun from the shares of the votes. With few labels its maximum
 * likelihood runs to 0 and 1, so that the maximum a posteriori under Dirichlet priors is taken: the same formulas with
 * labels given before. Items with a known label keep it.
 */
export function dawidSkene(annotations: readonly Annotation[], config: DawidSkeneConfig): DawidSkene {
  const { classes, known = new Map<string, number>(), prior, maxIterations = 100, tolerance = 1e-6 } = config;
  const labels = Array.from({ length: classes }, (_, label) => label);
  const patterns = patternsOf(annotations, known, labels);
  const people = new Set(annotations.map(({ person }) => person));
  const before = labels.map((row) =>
    labels.map((column) => (row === column ? prior.right : prior.wrong / (classes - 1))),
  );

  function maximize(): Pick<DawidSkene, 'confusion' | 'prevalence'> {
    const counts = new Map([...people].map((person) => [person, before.map((row) => [...row])]));
    const seen = labels.map(() => SMOOTHING);
    for (const { items, given, truth } of patterns) {
      for (const label of labels) seen[label] = at(seen, label) + items.length * at(truth, label);
      for (const { person, label } of given) {
        for (const [row, probability] of truth.entries()) {
          const columns = counts.get(person)?.[row] ?? [];
          columns[label] = at(columns, label) + items.length * probability;
        }
      }
    }
    const confusion = new Map([...counts].map(([person, rows]) => [person, rows.map(normalized)]));
    return { confusion, prevalence: normalized(seen) };
  }

  /** @returns how far the probabilities moved */
  function expect({ confusion, prevalence }: Pick<DawidSkene, 'confusion' | 'prevalence'>): number {
    let moved = 0;
    for (const pattern of patterns) {
      if (pattern.known !== undefined) continue;
      const logs = labels.map((label) =>
        pattern.given.reduce(
          (sum, one) => sum + Math.log(at(confusion.get(one.person)?.[label] ?? [], one.label)),
          Math.log(at(prevalence, label)),
        ),
      );
      const most = Math.max(...logs);
      const probabilities = normalized(logs.map((log) => Math.exp(log - most)));
      for (const label of labels)
        moved = Math.max(moved, Math.abs(at(probabilities, label) - at(pattern.truth, label)));
      pattern.truth = probabilities;
    }
    return moved;
  }

  let estimate = maximize();
  for (let iteration = 0; iteration < maxIterations && expect(estimate) > tolerance; iteration += 1) {
    estimate = maximize();
  }
  const truth = new Map(patterns.flatMap((one) => one.items.map((item) => [item, one.truth] as const)));
  return { truth, ...estimate };
}

function patternsOf(
  annotations: readonly Annotation[],
  known: ReadonlyMap<string, number>,
  labels: readonly number[],
): Pattern[] {
  const byItem = groupBy(annotations, ({ item }) => item);
  const said = ([item, given]: [string, Annotation[]]) =>
    JSON.stringify([known.get(item), ...given.map(({ person, label }) => `${label} ${person}`).sort()]);
  return [...groupBy(byItem, said).values()].map((alike) => {
    const [item, given] = alike[0] as [string, Annotation[]];
    const label = known.get(item);
    const votes = labels.map((one) =>
      label === undefined
        ? given.filter((annotation) => annotation.label === one).length
        : Number(one === label),
    );
    return { items: alike.map(([name]) => name), given, known: label, truth: normalized(votes) };
  });
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}

function normalized(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}
