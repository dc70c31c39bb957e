// The current label of a message from its feedback events: a pure function, no database.
import type { Label } from '../labels.js';

/** Kept instead of an emoji for a label that was chosen in a dialog or with a button. */
export const CHOSEN = 'chosen';

/** One event as the store keeps it; events are given in the order in which they happened. */
export interface LabelEvent {
  id: string;
  /** Pseudonym of the person. */
  person: string;
  moderator: boolean;
  emoji: string;
  /** Under Nunchi's answer; the same emoji under the message is another word. */
  onAnswer: boolean;
  /** null: forget this reading. */
  label: Label | null;
  action: 'added' | 'removed';
  createdAt: Date;
}

export interface Quorum {
  /** Fewest people who must have spoken. */
  people: number;
  /** Part of them who must agree, 0 to 1. */
  agreement: number;
}

export interface LabelPolicy {
  /** Whether, and how, people who are no moderators decide together; null: moderators alone decide. */
  quorum: Quorum | null;
}

export const DEFAULT_QUORUM: Quorum = { people: 3, agreement: 2 / 3 };
export const MODERATORS_ONLY: LabelPolicy = { quorum: null };

export interface DerivedLabel {
  label: Label | null;
  decidedBy: 'moderator' | 'quorum';
  /** The newest event that the decision rests on. */
  eventId: string;
  decidedAt: Date;
  /** Moderators have said different things, and all of them still stand. */
  contested: boolean;
}

/**
 * The latest word of a moderator decides; failing one, the quorum. Null where nothing is decided.
 * A word stands from the event that added its emoji until that person removes the emoji; adding it again changes nothing.
 * What was chosen stands until the same person chooses again, and what is chosen again is a new word.
 */
export function deriveLabel(events: readonly LabelEvent[], policy: LabelPolicy): DerivedLabel | null {
  const standing = standingWords(events);
  const moderatorWords = standing.filter((event) => event.moderator);
  const latest = moderatorWords.at(-1);
  if (latest) {
    // What one person said before changing their mind contests nothing.
    const words = new Map(moderatorWords.map((event) => [event.person, event.label]));
    return { ...decision(latest, 'moderator'), contested: new Set(words.values()).size > 1 };
  }
  return policy.quorum === null ? null : decideByQuorum(standing, policy.quorum);
}

/** Added and not removed since, in order of adding. */
export function standingWords(events: readonly LabelEvent[]): LabelEvent[] {
  const standing = new Map<string, LabelEvent>();
  for (const event of events) {
    const key = JSON.stringify([event.person, event.emoji, event.onAnswer]);
    if (event.action === 'removed' || event.emoji === CHOSEN) standing.delete(key);
    if (event.action === 'removed') continue;
    if (!standing.has(key)) standing.set(key, event);
  }
  return [...standing.values()];
}

/**
 * People who have said their label again: chosen it after they had said it, or taken it back and given it once more.
 * Who says something else begins anew.
 */
export function confirmedBy(events: readonly LabelEvent[]): Set<string> {
  const said = new Map<string, { label: Label | null; takenBack: boolean; again: boolean }>();
  for (const { person, label, action, emoji } of events) {
    const known = said.get(person);
    if (action === 'removed') {
      if (known?.label === label) known.takenBack = true;
    } else if (known?.label !== label) {
      said.set(person, { label, takenBack: false, again: false });
    } else if (emoji === CHOSEN || known.takenBack) {
      known.again = true;
    }
  }
  return new Set([...said].filter(([, { again }]) => again).map(([person]) => person));
}

function decideByQuorum(standing: readonly LabelEvent[], quorum: Quorum): DerivedLabel | null {
  const wordOfPerson = new Map(standing.map((event) => [event.person, event]));
  const people = wordOfPerson.size;
  if (people < quorum.people) return null;
  const words = [...wordOfPerson.values()];
  for (const label of new Set(words.map((event) => event.label))) {
    const agreeing = words.filter((event) => event.label === label);
    // A small slack, because 2/3 of 3 need not be 2 in floating point; half against half decides nothing.
    const enough = agreeing.length >= quorum.agreement * people - 1e-9 && agreeing.length * 2 > people;
    const newest = standing.findLast((event) => agreeing.includes(event));
    if (enough && newest) return decision(newest, 'quorum');
  }
  return null;
}

function decision(event: LabelEvent, decidedBy: DerivedLabel['decidedBy']): DerivedLabel {
  return { label: event.label, decidedBy, eventId: event.id, decidedAt: event.createdAt, contested: false };
}
