// The buttons by which a label is chosen, and the ids that come back when they are pressed.
import { CHOICES, EMOJI_OF, type Choice } from './feedback.js';
import type { Language } from './platform.js';
import type { Button } from './requests.js';
import { CHOICE_BUTTONS } from './wording-corrections.js';

/** `queue-` buttons lead to the next message; `skipped` says how many of the queue were passed over on the way to this one. */
export type Pressed =
  /** Asked after a reading was called wrong. */
  | { type: 'answer'; messageId: string; choice: Choice }
  | { type: 'queue-label'; messageId: string; choice: Choice; skipped: number }
  | { type: 'queue-skip'; skipped: number };

const CHOICE = `(${CHOICES.join('|')})`;
const ID = '([0-9a-f-]{36})';
const ANSWER = new RegExp(`^ask:${ID}:${CHOICE}$`, 'u');
const QUEUE_LABEL = new RegExp(`^queue:label:${ID}:${CHOICE}:(\\d{1,5})$`, 'u');
const QUEUE_SKIP = /^queue:skip:(\d{1,5})$/u;

/** @returns null where it is none of these buttons */
export function parseButton(id: string): Pressed | null {
  const answer = ANSWER.exec(id);
  if (answer) return { type: 'answer', messageId: answer[1] ?? '', choice: answer[2] as Choice };
  const label = QUEUE_LABEL.exec(id);
  if (label) {
    const [, messageId = '', choice, skipped] = label;
    return { type: 'queue-label', messageId, choice: choice as Choice, skipped: Number(skipped) };
  }
  const skip = QUEUE_SKIP.exec(id);
  return skip ? { type: 'queue-skip', skipped: Number(skip[1]) } : null;
}

/** @param messageId the store's */
export function askButtons(messageId: string, language: Language): Button[] {
  return choiceButtons((choice) => `ask:${messageId}:${choice}`, language);
}

/** @param messageId the store's */
export function queueButtons(messageId: string, skipped: number, language: Language): Button[] {
  return [
    ...choiceButtons((choice) => `queue:label:${messageId}:${choice}:${skipped}`, language),
    {
      id: `queue:skip:${skipped + 1}`,
      text: language === 'ko' ? '건너뛰기' : 'Skip',
      style: 'plain',
    },
  ];
}

function choiceButtons(idOf: (choice: Choice) => string, language: Language): Button[] {
  return CHOICES.map((choice) => ({
    id: idOf(choice),
    text: CHOICE_BUTTONS[language][choice],
    emoji: EMOJI_OF[choice],
    style: 'plain',
  }));
}
