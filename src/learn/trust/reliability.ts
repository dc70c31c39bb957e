// How often each person's labels are right, from what others said about the same texts and from probes. Used to weigh
// corrections and for nothing else: it is neither shown nor kept.
import { LABELS, type Label } from '../../labels.js';
import { dawidSkene } from './dawid-skene.js';
import { groupBy } from './group-by.js';

/** Everything that is said about one text. */
export interface LabelledItem {
  item: string;
  /** What each person says of it, by their pseudonym. */
  words: ReadonlyMap<string, Label>;
  /** Who spoke first of those whose reliability is asked for; null where none of them did. */
  first: string | null;
  /** Of a probe. */
  known: Label | null;
}

export interface Reliability {
  /** Expected part of right labels, 0 to 1. */
  estimate: number;
  /** One-sided bounds, each of 95 %. */
  lower: number;
  upper: number;
  /** First labels that could be held against somebody else's, and those of probes; 0 says that nothing is known. */
  comparable: number;
}

export interface Agreement {
  people: Map<string, Reliability>;
  /** Of each item that somebody labelled, how probable every label is. */
  probabilities: Map<string, Record<Label, number>>;
}

/** What a person whom nobody has checked is taken for: right four times of five, worth five labels. */
const PRIOR = { right: 4, wrong: 1 };
/** Of the normal distribution, for a one-sided bound of 95 %. */
const Z = 1.645;

export function measureAgreement(items: readonly LabelledItem[]): Agreement {
  const annotations = items.flatMap(({ item, words }) =>
    [...words].map(([person, label]) => ({ item, person, label: LABELS.indexOf(label) })),
  );
  const known = new Map(
    items.flatMap(({ item, known: label }): [string, number][] =>
      label === null ? [] : [[item, LABELS.indexOf(label)]],
    ),
  );
  const { truth } = dawidSkene(annotations, { classes: LABELS.length, known, prior: PRIOR });
  const given = new Map(items.map((one) => [one.item, one]));
  const people = new Map<string, Reliability>();
  for (const [person, own] of groupBy(annotations, (annotation) => annotation.person)) {
    // Who agrees with others in the queue all day has not shown that what they correct by themselves is right.
    const comparable = own.filter(({ item }) => {
      const { first, words } = given.get(item) ?? {};
      return known.has(item) || (first === person && (words?.size ?? 0) > 1);
    });
    const right = comparable.reduce((sum, { item, label }) => sum + (truth.get(item)?.[label] ?? 0), 0);
    people.set(person, boundsOf(right, comparable.length));
  }
  const probabilities = new Map(
    [...truth].map(([item, values]): [string, Record<Label, number>] => {
      const [negative = 0, neutral = 0, positive = 0] = values;
      return [item, { negative, neutral, positive }];
    }),
  );
  return { people, probabilities };
}

/** The score interval of E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209–212, over prior and labels. */
function boundsOf(right: number, comparable: number): Reliability {
  const n = comparable + PRIOR.right + PRIOR.wrong;
  const estimate = (right + PRIOR.right) / n;
  const centre = estimate + Z ** 2 / (2 * n);
  const half = Z * Math.sqrt((estimate * (1 - estimate)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  return { estimate, lower: (centre - half) / scale, upper: (centre + half) / scale, comparable };
}
