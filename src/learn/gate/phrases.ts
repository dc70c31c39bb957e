// Which phrases stand out in the corrections that a candidate learned: often there, rare in what was known before, and
// nearly always under one label. So looks a trigger that somebody plants; honest topics look so too, which is why a
// phrase found here only becomes a test (canary.ts).
import type { Label } from '../../labels.js';
import type { LabelledText } from '../../train/job.js';

export interface Phrase {
  text: string;
  /** What most corrections with it say. */
  label: Label;
  /** Corrections that hold it. */
  corrections: number;
}

export interface PhraseConfig {
  /** A phrase in fewer corrections than this, or in a smaller part of them, does not stand out. */
  minCorrections: number;
  minShare: number;
  /** Part of the corrections with it that have one label. */
  purity: number;
  /** How much more often than in the known sentences it is there. */
  lift: number;
  longestWords: number;
  /** The ones in most corrections. */
  most: number;
}

const PICTURES = /\p{Extended_Pictographic}/gu;

function wordsOf(text: string): string[] {
  return text.normalize('NFC').toLowerCase().split(/\s+/u).filter(Boolean);
}

/** Runs of words, the words without the marks around them, and single emoji. */
function phrasesOf(text: string, longestWords: number): Set<string> {
  const found = new Set<string>(text.match(PICTURES) ?? []);
  const words = wordsOf(text);
  const bare = words.map((word) => word.replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, '') || word);
  for (const sequence of [words, bare]) {
    for (let from = 0; from < sequence.length; from += 1) {
      for (let to = from + 1; to <= Math.min(sequence.length, from + longestWords); to += 1) {
        found.add(sequence.slice(from, to).join(' '));
      }
    }
  }
  return found;
}

/** @param known sentences that say how usual a phrase is */
export function standingOut(
  corrections: readonly LabelledText[],
  known: readonly string[],
  config: PhraseConfig,
): Phrase[] {
  const counted = new Map<string, Map<Label, number>>();
  for (const { text, label } of corrections) {
    for (const phrase of phrasesOf(text, config.longestWords)) {
      const labels = counted.get(phrase) ?? new Map<Label, number>();
      labels.set(label, (labels.get(label) ?? 0) + 1);
      counted.set(phrase, labels);
    }
  }
  const needed = Math.max(config.minCorrections, config.minShare * corrections.length);
  const phrases: Phrase[] = [];
  for (const [text, labels] of counted) {
    const total = [...labels.values()].reduce((sum, count) => sum + count, 0);
    const [label, most] = [...labels].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
    if (total >= needed && most >= config.purity * total) phrases.push({ text, label, corrections: total });
  }
  const usual = countKnown(known, new Set(phrases.map(({ text }) => text)), config.longestWords);
  return withoutParts(
    phrases.filter(({ text, corrections: own }) => {
      // One known sentence more than there are, so that a phrase in none of them has a rate too.
      const before = ((usual.get(text) ?? 0) + 1) / (known.length + 1);
      return own / corrections.length >= config.lift * before;
    }),
  ).slice(0, config.most);
}

function countKnown(known: readonly string[], wanted: ReadonlySet<string>, longestWords: number) {
  const counts = new Map<string, number>();
  if (wanted.size === 0) return counts;
  for (const text of known) {
    for (const phrase of phrasesOf(text, longestWords)) {
      if (wanted.has(phrase)) counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
    }
  }
  return counts;
}

/** The longest phrase stands for its parts where they come together; those in most corrections first. */
function withoutParts(phrases: readonly Phrase[]): Phrase[] {
  const longestFirst = [...phrases].sort(
    (a, b) => b.text.length - a.text.length || (a.text < b.text ? -1 : 1),
  );
  const kept: Phrase[] = [];
  for (const phrase of longestFirst) {
    const covered = kept.some(
      (other) =>
        ` ${other.text} `.includes(` ${phrase.text} `) && other.corrections >= 0.8 * phrase.corrections,
    );
    if (!covered) kept.push(phrase);
  }
  return kept.sort((a, b) => b.corrections - a.corrections || (a.text < b.text ? -1 : 1));
}
