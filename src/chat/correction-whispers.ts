// What a person is told, alone, about a correction that they made with an emoji.
import { createHash } from 'node:crypto';
import type { StoredMessage } from '../store/contracts/messages.js';
import { askButtons } from './choice-buttons.js';
import type { CorrectionResult } from './correction.js';
import { answerLanguage } from './language.js';
import type { Whisper } from './platform.js';
import type { CommunitySettings } from './settings.js';
import { whyUntrained, type TrainingUse } from './training-use.js';
import { askOnceMore, sayStoredOnly, sayWaitsForSecond, sayWhichIsRight } from './wording-corrections.js';

export interface CorrectionByEmoji {
  /** The platform's own id. */
  personId: string;
  moderator: boolean;
  /** Under which the emoji was put: a person's message or Nunchi's answer. */
  marked: StoredMessage;
  /** The platform's own id of it. */
  messageId: string;
  result: CorrectionResult;
  settings: CommunitySettings;
  training: TrainingUse;
}

/** @returns null where the emoji did what it says, or is none of Nunchi's concern */
export function whisperAbout(correction: CorrectionByEmoji): Whisper | null {
  const { personId, moderator, marked, messageId, settings, training } = correction;
  const { outcome, messageId: target, current } = correction.result;
  const language = answerLanguage(settings, marked.text ?? '', 'ko');
  const place = { personId, messageId, threadId: marked.threadId };
  if (outcome === 'asks') {
    // Every moderator; of everybody else the first, so that a crowd of 👎 does not fill a channel with one question.
    const key = keyOf('ask', target, moderator ? personId : '');
    return { ...place, key, text: sayWhichIsRight(language), buttons: [askButtons(target, language)] };
  }
  if (outcome === 'awaits-confirmation' && moderator) {
    // Of each thing that they may have said, since who says something else begins anew.
    const key = keyOf('once-more', target, personId, String(current?.label));
    return { ...place, key, text: askOnceMore(language), buttons: [askButtons(target, language)] };
  }
  if (outcome === 'awaits-second' && moderator) {
    const key = keyOf('second', marked.communityId, personId);
    return { ...place, key, text: sayWaitsForSecond(language), buttons: [] };
  }
  // Where nothing is recorded, as of words of distress, nothing is said to be stored.
  if (outcome !== 'not-trainable' || !moderator || current === null) return null;
  const untrained = whyUntrained(marked.text ?? '', training);
  if (untrained === 'distress') return null;
  const key = keyOf('stored-only', marked.communityId, personId);
  return { ...place, key, text: sayStoredOnly(untrained, language), buttons: [] };
}

/** Names people only as a digest: keys are still there when what was sent is erased. */
function keyOf(what: string, ...parts: readonly string[]): string {
  return `${what}:${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;
}
