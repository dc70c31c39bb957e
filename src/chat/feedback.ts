// What an emoji means as feedback: one table for every platform. Ordinary social reactions mean nothing here.
import type { Label } from '../labels.js';

export type Choice = Label | 'forget';

/** What can be chosen for a message, in the order in which it is offered. */
export const CHOICES: readonly Choice[] = ['positive', 'neutral', 'negative', 'forget'];

/** The emoji that stands for a choice everywhere. */
export const EMOJI_OF: Record<Choice, string> = {
  positive: '🟢',
  neutral: '⚪',
  negative: '🔴',
  forget: '❌',
};

export type FeedbackMeaning =
  | { kind: 'set'; label: Label }
  /** The reading is to be forgotten. */
  | { kind: 'forget' }
  /** The reading is right. */
  | { kind: 'confirm' }
  /** The reading is wrong: ask for the right one. */
  | { kind: 'ask' };

/** Distinctive emoji, feedback wherever they are put, with the names that Slack gives them. */
const EVERYWHERE: Record<string, FeedbackMeaning> = {
  '🟢': { kind: 'set', label: 'positive' },
  large_green_circle: { kind: 'set', label: 'positive' },
  '⚪': { kind: 'set', label: 'neutral' },
  white_circle: { kind: 'set', label: 'neutral' },
  '🔴': { kind: 'set', label: 'negative' },
  red_circle: { kind: 'set', label: 'negative' },
  '❌': { kind: 'forget' },
  x: { kind: 'forget' },
};

/** The emoji of a label where Nunchi itself shows it. */
export const LABEL_EMOJI: Record<Label, string> = { positive: '🟢', neutral: '⚪', negative: '🔴' };

/** Under a person's message these are social (agreement, not a mood); under Nunchi's answer they speak of the answer. */
const ON_ANSWERS: Record<string, FeedbackMeaning> = {
  '👍': { kind: 'confirm' },
  '+1': { kind: 'confirm' },
  thumbsup: { kind: 'confirm' },
  '👎': { kind: 'ask' },
  '-1': { kind: 'ask' },
  thumbsdown: { kind: 'ask' },
};

/** The emoji offered under a message, in the order in which they are shown. */
export const OFFERED_EMOJI = {
  person: ['🟢', '⚪', '🔴', '❌'],
  nunchi: ['👍', '👎', '🟢', '⚪', '🔴', '❌'],
} as const;

/** Colons, skin tones (`+1::skin-tone-3`, 👍🏽) and variation selectors folded away. */
export function foldEmoji(raw: string): string {
  return raw
    .replace(/^:|:$/gu, '')
    .replace(/::?skin-tone-[2-6]$/u, '')
    .replace(/[\u{1F3FB}-\u{1F3FF}\uFE0E\uFE0F]/gu, '');
}

/**
 * @param raw the emoji as the platform sent it: a character or Slack's name for it.
 * @param author who wrote the message under which it was put.
 * @returns null where the emoji is not feedback.
 */
export function feedbackMeaning(raw: string, author: 'person' | 'nunchi'): FeedbackMeaning | null {
  const emoji = foldEmoji(raw);
  const found = Object.hasOwn(EVERYWHERE, emoji)
    ? EVERYWHERE[emoji]
    : author === 'nunchi' && Object.hasOwn(ON_ANSWERS, emoji)
      ? ON_ANSWERS[emoji]
      : undefined;
  return found ?? null;
}

/** The emoji by which a person may have set this label; null stands for ❌. */
export function emojiFor(label: Label | null): readonly string[] {
  switch (label) {
    case 'positive':
      return ['🟢', '👍'];
    case 'neutral':
      return ['⚪', '👍'];
    case 'negative':
      return ['🔴', '👍'];
    case null:
      return ['❌'];
  }
}
