// Who is right how often, from labels alone: against answers that are known because the labels were made from them.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/bert/random.js';
import { dawidSkene, type Annotation } from '../../../src/learn/trust/dawid-skene.js';

const PRIOR = { right: 4, wrong: 1 };
const row = (values: readonly number[] | undefined) => values ?? [];

/** Labels of people who are right with these probabilities, else wrong at random. */
function label(accuracies: Record<string, number>, items: number, seed: number) {
  const random = createRandom(seed);
  const truth = new Map<string, number>();
  const annotations: Annotation[] = [];
  for (let index = 0; index < items; index += 1) {
    const item = `item-${index}`;
    const right = Math.floor(random.next() * 3);
    truth.set(item, right);
    for (const [person, accuracy] of Object.entries(accuracies)) {
      const wrong = (right + 1 + Math.floor(random.next() * 2)) % 3;
      annotations.push({ item, person, label: random.next() < accuracy ? right : wrong });
    }
  }
  return { annotations, truth };
}

const rightShare = (truth: Map<string, number>, found: Map<string, number[]>) =>
  [...truth].filter(([item, right]) => {
    const probabilities = row(found.get(item));
    return probabilities.indexOf(Math.max(...probabilities)) === right;
  }).length / truth.size;

describe('Dawid–Skene', () => {
  it('finds how reliable each person is, and more of the truth than the majority', () => {
    const accuracies = { expert: 0.95, good: 0.8, guesser: 0.34, wrong: 0.1, second: 0.15 };
    const { annotations, truth } = label(accuracies, 400, 7);
    const found = dawidSkene(annotations, { classes: 3, prior: PRIOR });
    for (const [person, accuracy] of Object.entries(accuracies)) {
      const rows = found.confusion.get(person) ?? [];
      const estimate = rows.reduce((sum, columns, index) => sum + (columns[index] ?? 0), 0) / 3;
      expect(Math.abs(estimate - accuracy), person).toBeLessThan(0.07);
    }
    const votes = new Map(
      [...truth.keys()].map((item): [string, number[]] => {
        const given = annotations.filter((annotation) => annotation.item === item);
        return [item, [0, 1, 2].map((one) => given.filter((annotation) => annotation.label === one).length)];
      }),
    );
    expect(rightShare(truth, found.truth)).toBeGreaterThan(0.9);
    expect(rightShare(truth, found.truth)).toBeGreaterThan(rightShare(truth, votes) + 0.2);
  });

  it('gives the figures of the formulas worked out by hand', () => {
    const found = dawidSkene(
      [
        { item: 'x', person: 'a', label: 0 },
        { item: 'x', person: 'b', label: 1 },
        { item: 'known', person: 'a', label: 1 },
      ],
      { classes: 2, known: new Map([['known', 0]]), prior: { right: 3, wrong: 1 }, maxIterations: 0 },
    );
    // x is split half and half: a was right 3 + 0.5 times and wrong 1 + 1 times where 0 is true.
    expect(row(found.truth.get('x'))).toEqual([0.5, 0.5]);
    expect(row(found.confusion.get('a')?.[0])).toEqual([3.5 / 5.5, 2 / 5.5]);
    expect(row(found.confusion.get('a')?.[1])).toEqual([1.5 / 4.5, 3 / 4.5]);
    expect(found.prevalence).toEqual([2.5 / 4, 1.5 / 4]);
  });

  it('keeps what is known, and learns from it who is wrong where nobody else speaks', () => {
    const annotations = Array.from({ length: 20 }, (_, index) => ({
      item: `probe-${index}`,
      person: 'wrong',
      label: (index + 1) % 3,
    }));
    const known = new Map(annotations.map(({ item }, index) => [item, index % 3]));
    const found = dawidSkene(annotations, { classes: 3, known, prior: PRIOR });
    expect(row(found.truth.get('probe-0'))).toEqual([1, 0, 0]);
    const rows = found.confusion.get('wrong') ?? [];
    for (const [index, columns] of rows.entries()) expect(columns[index]).toBeLessThan(0.5);
  });

  it('stays within probabilities where there is next to nothing', () => {
    expect(dawidSkene([], { classes: 3, prior: PRIOR }).truth.size).toBe(0);
    const { truth, confusion } = dawidSkene([{ item: 'x', person: 'a', label: 2 }], {
      classes: 3,
      prior: PRIOR,
    });
    const [negative = 0, neutral = 0, positive = 0] = row(truth.get('x'));
    expect(negative + neutral + positive).toBeCloseTo(1);
    expect(positive).toBeGreaterThan(0.8);
    for (const columns of confusion.get('a') ?? []) {
      expect(columns.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1);
    }
  });
});
