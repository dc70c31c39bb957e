// Testimonies for tests of the trust rules: each test says only what differs.
import type { Label } from '../../../src/labels.js';
import type { ModelReading, Testimony, Word } from '../../../src/store/contracts/testimony.js';

let count = 0;
const nextId = () => String((count += 1)).padStart(8, '0');

/** `kim:positive`, `lee:neutral?` by somebody who is no moderator, `kim:negative!` said again, `kim:` for forget. */
export function wordOf(short: string): Word {
  const [, person = '', said = '', mark = ''] = /^(\w+):(\w*)([?!]?)$/u.exec(short) ?? [];
  count += 1;
  return {
    id: nextId(),
    person,
    moderator: mark !== '?',
    label: said === '' ? null : (said as Label),
    confirmed: mark === '!',
    at: new Date(count),
  };
}

export interface Told {
  words: string[];
  /** Of the champion and of the base model, such as `negative 0.95`. */
  reading?: string;
  baseReading?: string;
  text?: string | null;
  knownLabel?: Label;
  communityId?: string;
  learnedInRun?: string;
}

function readingOf(short: string | undefined): ModelReading | null {
  const [label, confidence] = short?.split(' ') ?? [];
  return label === undefined
    ? null
    : { modelVersion: 'nunchi-1', label: label as Label, confidence: Number(confidence) };
}

/** The last word decides. */
export function testimony(told: Told): Testimony {
  const words = told.words.map(wordOf);
  const decided = words.findLast(({ moderator }) => moderator) ?? words.at(-1);
  const id = nextId();
  return {
    messageId: id,
    platform: 'discord',
    communityId: told.communityId ?? 'home',
    consent: 'given',
    trainable: told.knownLabel === undefined,
    text: told.text === undefined ? `text ${id}` : told.text,
    knownLabel: told.knownLabel ?? null,
    words,
    correction:
      decided?.label == null || told.knownLabel !== undefined || told.text === null
        ? null
        : {
            label: decided.label,
            eventId: decided.id,
            decidedAt: decided.at,
            learnedInRun: told.learnedInRun ?? null,
          },
    reading: readingOf(told.reading),
    baseReading: readingOf(told.baseReading),
  };
}
