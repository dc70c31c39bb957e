// Which corrections may be trained now, and what the others wait for: a pure function of what was said and read.
import { textKey } from '../../data/text-key.js';
import type { Label } from '../../labels.js';
import { DEFAULT_QUORUM } from '../../store/derive-label.js';
import type { Testimony, Word } from '../../store/contracts/testimony.js';
import { groupBy } from './group-by.js';
import { measureAgreement, type Agreement, type LabelledItem } from './reliability.js';
import type { TrustSettings } from './settings.js';

/** Why a correction waits. `limit`: for a later night, one person's being enough for this one. */
export type WaitReason = 'evidence' | 'author' | 'disagreement' | 'limit';
/** Who can end it: another moderator, or the only one there is by saying it again; null: nobody has to. */
export type WaitsFor = 'moderator' | 'author' | null;

export interface Waiting {
  testimony: Testimony;
  reason: WaitReason;
  waitsFor: WaitsFor;
  /** Whose word it rests on. */
  author: string;
}

export interface Admitted {
  testimony: Testimony;
  author: string;
  /** It rests on one person's word. */
  lone: boolean;
}

export interface Judged {
  admitted: Admitted[];
  waiting: Waiting[];
  people: Agreement['people'];
}

/** A text and everything that is said about it, in whichever messages it was written. */
interface Item {
  key: string;
  testimonies: Testimony[];
  /** The newest word of each moderator, and of each other person, in the order in which they first spoke. */
  moderators: Map<string, Word>;
  others: Map<string, Word>;
}

type Verdict = { reason: WaitReason; waitsFor: WaitsFor } | null;

/** @param testimonies everything that was said, corrections or not, oldest first */
export function judgeCorrections(testimonies: readonly Testimony[], settings: TrustSettings): Judged {
  const items = [...groupBy(testimonies, keyOf)].map(([key, group]) => toItem(key, group));
  const agreement = measureAgreement(items.map(labelledItem));
  const moderatorsOf = new Map(
    [...groupBy(testimonies, communityOf)].map(([community, group]): [string, number] => {
      const words = group.flatMap((testimony) => testimony.words).filter(({ moderator }) => moderator);
      return [community, new Set(words.map(({ person }) => person)).size];
    }),
  );

  function verdictOf(testimony: Testimony, label: Label, item: Item): Verdict {
    const { moderators } = item;
    if (moderators.size === 0) {
      return contradicted(testimony, label, item, settings)
        ? { reason: 'evidence', waitsFor: 'moderator' }
        : null;
    }
    if (moderators.size > 1) {
      const forgotten = [...moderators.values()].some((word) => word.label === null);
      const certainty = agreement.probabilities.get(item.key)?.[label] ?? 0;
      return forgotten || certainty < settings.agreed
        ? { reason: 'disagreement', waitsFor: 'moderator' }
        : null;
    }
    const [[author, word]] = [...moderators] as [[string, Word]];
    const reliability = agreement.people.get(author);
    const reason: WaitReason | null =
      reliability !== undefined && reliability.upper < settings.unreliableBelow
        ? 'author'
        : contradicted(testimony, label, item, settings)
          ? 'evidence'
          : null;
    if (reason === null) return null;
    if ((moderatorsOf.get(communityOf(testimony)) ?? 0) > 1) return { reason, waitsFor: 'moderator' };
    return word.confirmed ? null : { reason, waitsFor: 'author' };
  }

  const judged: Judged = { admitted: [], waiting: [], people: agreement.people };
  const itemOf = new Map(items.flatMap((item) => item.testimonies.map((one) => [one, item] as const)));
  for (const testimony of testimonies) {
    const { correction } = testimony;
    const item = itemOf.get(testimony);
    if (correction === null || item === undefined) continue;
    const author = authorOf(testimony.words, correction);
    const verdict = verdictOf(testimony, correction.label, item);
    if (verdict === null) judged.admitted.push({ testimony, author, lone: item.moderators.size < 2 });
    else judged.waiting.push({ testimony, author, ...verdict });
  }
  return judged;
}

/** Whoever decided first; where they have taken it back and somebody else says the same, that one. */
function authorOf(words: readonly Word[], { eventId, label }: { eventId: string; label: Label }): string {
  const decided = words.find(({ id }) => id === eventId) ?? words.find((word) => word.label === label);
  return decided?.person ?? '';
}

const keyOf = ({ text, messageId }: Testimony) => (text === null ? messageId : textKey(text));
const communityOf = ({ platform, communityId }: Testimony) => JSON.stringify([platform, communityId]);

function toItem(key: string, testimonies: Testimony[]): Item {
  const words = testimonies
    .flatMap((testimony) => testimony.words)
    .sort((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1));
  const newest = (moderator: boolean) =>
    new Map(words.filter((word) => word.moderator === moderator).map((word) => [word.person, word]));
  return { key, testimonies, moderators: newest(true), others: newest(false) };
}

function labelledItem({ key, testimonies, moderators, others }: Item): LabelledItem {
  const words = new Map<string, Label>();
  for (const [person, { label }] of [...others, ...moderators]) if (label !== null) words.set(person, label);
  const [first = null] = moderators.keys();
  return {
    item: key,
    words,
    first,
    known: testimonies.find(({ knownLabel }) => knownLabel !== null)?.knownLabel ?? null,
  };
}

/** Both models, as far as they have read the text, are sure of something else; or enough people agree on something else. */
function contradicted(
  { reading, baseReading }: Testimony,
  label: Label,
  { others }: Item,
  settings: TrustSettings,
): boolean {
  const readings = [reading, baseReading].filter((one) => one !== null);
  const read =
    settings.certain < 1 &&
    readings.length > 0 &&
    readings.every((one) => one.label !== label && one.confidence >= settings.certain);
  if (read) return true;
  const against = [...groupBy(others.values(), (word) => word.label)].some(
    ([said, words]) =>
      said !== label && words.length >= Math.max(2, DEFAULT_QUORUM.agreement * others.size - 1e-9),
  );
  return others.size >= DEFAULT_QUORUM.people && against;
}
