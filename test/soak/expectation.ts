// The rules in their simplest form: what every label, text and answer has to be after some steps, whatever broke meanwhile.
import type { Label } from '../../src/labels.js';
import {
  CROWD,
  type Emoji,
  MODERATORS,
  PEOPLE,
  type Reaction,
  type SaidMessage,
  type Step,
} from './steps.js';

/** What a word stands for; `as-read`: the reading is right. */
type Meaning = Label | 'forget' | 'as-read';

interface Word extends Omit<Reaction, 'message'> {
  meaning: Meaning;
  /** About a text that was changed since. */
  stale: boolean;
}

export interface Known extends SaidMessage {
  deleted: boolean;
  /** In the order in which they were given. */
  words: Word[];
  round: number;
  /** Whether an answer may be missing: it was deleted before it had to be answered. */
  mayLackAnswer: boolean;
}

export interface Expectation {
  apply(step: Step, round: number): void;
  messages(): readonly Known[];
  /** @param readingOf the newest reading of a message; undefined where it has none */
  labels(readingOf: (message: number) => Label | undefined): Map<number, Label | null>;
}

const isAddressed = ({ kind }: SaidMessage) => kind !== 'overheard';
const QUORUM = { people: 3, agreement: 2 / 3 };

export function meaningOf(emoji: Emoji, onAnswer: boolean): Meaning | null {
  if (emoji === 'up') return onAnswer ? 'as-read' : null;
  return emoji === 'down' || emoji === 'heart' || emoji === 'joy' ? null : emoji;
}

export function createExpectation(): Expectation {
  const known = new Map<number, Known>();
  const get = (id: number): Known => {
    const found = known.get(id);
    if (found === undefined) throw new Error(`no message ${id} was said`);
    return found;
  };

  function add({ message, ...given }: Reaction): void {
    const meaning = meaningOf(given.emoji, given.onAnswer);
    if (meaning !== null) get(message).words.push({ ...given, meaning, stale: false });
  }

  function remove(message: number, gone: (word: Word) => boolean): void {
    const about = get(message);
    about.words = about.words.filter((word) => !gone(word));
  }

  return {
    apply(step, round) {
      switch (step.type) {
        case 'message':
          known.set(step.id, { ...step, deleted: false, words: [], round, mayLackAnswer: false });
          return;
        case 'edit':
          get(step.message).text = step.text;
          for (const word of get(step.message).words) word.stale = true;
          return;
        case 'deletion':
          get(step.message).deleted = true;
          get(step.message).mayLackAnswer = get(step.message).round === round;
          return;
        case 'reaction':
          return add(step);
        case 'reaction-taken-back':
          return remove(
            step.message,
            (word) =>
              word.person === step.person && word.emoji === step.emoji && word.onAnswer === step.onAnswer,
          );
        case 'reactions-cleared':
          return remove(step.message, (word) => !word.onAnswer && (step.emoji ?? word.emoji) === word.emoji);
        case 'flood':
          for (let one = 0; one < CROWD; one += 1)
            add({ message: step.message, onAnswer: false, person: PEOPLE + one, emoji: step.emoji });
          return;
        case 'command':
        case 'line':
        case 'redelivery':
        case 'faults':
        case 'kill':
        case 'start':
      }
    },
    messages: () => [...known.values()],
    labels(readingOf) {
      const labels = new Map<number, Label | null>();
      for (const { id, words, deleted } of known.values()) {
        // Labels go with their message.
        if (deleted) continue;
        const counting = words.flatMap(({ meaning, stale, person }) => {
          const label = meaning === 'as-read' ? readingOf(id) : meaning === 'forget' ? null : meaning;
          return stale || label === undefined ? [] : [{ person, label }];
        });
        const decided = decide(counting);
        if (decided !== undefined) labels.set(id, decided);
      }
      return labels;
    },
  };
}

/** The latest word of a moderator; failing one, what three people or more say, two thirds of them agreeing. */
function decide(words: readonly { person: number; label: Label | null }[]): Label | null | undefined {
  const moderators = words.filter(({ person }) => person < MODERATORS);
  const latest = moderators.at(-1);
  if (latest !== undefined) return latest.label;
  const byPerson = new Map(words.map(({ person, label }) => [person, label]));
  if (byPerson.size < QUORUM.people) return undefined;
  const said = [...byPerson.values()];
  return [...new Set(said)].find(
    (label) => said.filter((one) => one === label).length >= QUORUM.agreement * said.length - 1e-9,
  );
}

/** Where answers are counted that reply to nothing. */
export const TO_NOTHING = '?';

export interface AnswerCount {
  least: number;
  most: number;
}

/**
 * How many answers there have to be, by where they are: at Discord to each message, in a thread of Slack to those of the
 * thread, in a direct conversation to all of it.
 */
export function answersByPlace(
  messages: readonly Known[],
  whereOf: (message: SaidMessage) => string,
): Map<string, AnswerCount> {
  const counts = new Map<string, AnswerCount>();
  const add = (where: string, least: number) => {
    const before = counts.get(where) ?? { least: 0, most: 0 };
    counts.set(where, { least: before.least + least, most: before.most + 1 });
  };
  for (const message of messages) {
    if (!isAddressed(message)) continue;
    const { mayLackAnswer } = message;
    add(whereOf(message), mayLackAnswer ? 0 : 1);
    // At Discord an answer to what was deleted a moment before replies to nothing any more.
    if (mayLackAnswer && message.platform === 'discord') add(TO_NOTHING, 0);
  }
  return counts;
}
