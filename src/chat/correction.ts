// A person corrects Nunchi with an emoji: what it means, what is recorded, and whether it will be learned.
import type { Trust } from '../learn/trust/trust.js';
import { NunchiError } from '../errors.js';
import type { Label } from '../labels.js';
import { CHOSEN } from '../store/derive-label.js';
import type { CurrentLabel } from '../store/contracts/labels.js';
import type { StoredMessage } from '../store/contracts/messages.js';
import type { Store } from '../store/store.js';
import { distressIn } from './distress.js';
import { emojiFor, feedbackMeaning, type FeedbackMeaning } from './feedback.js';
import { customMeaning, type CommunitySettings } from './settings.js';

export interface Feedback {
  /** The store's id of the message under which the emoji was put: a person's message or Nunchi's answer. */
  messageId: string;
  personId: string;
  moderator: boolean;
  /** As the platform sent it. */
  emoji: string;
  action: 'added' | 'removed';
  /** The platform shows one choice at a time: a new one takes the place of the one before. */
  exclusive?: boolean;
  /** Chosen in a dialog or with a button: no reaction that comes or goes touches it, and chosen again it is the newest word. */
  chosen?: boolean;
  /** What the community has set for its own emoji and its quorum; the defaults are none and no quorum. */
  settings?: Pick<CommunitySettings, 'emoji' | 'quorum'>;
}

export type CorrectionOutcome =
  /** Recorded as the label of the message; the next training learns it. */
  | 'learned-as-label'
  /** Recorded as the label; before it is learned, another moderator is to look at it. */
  | 'awaits-second'
  /** Recorded as the label; before it is learned, whoever gave it is asked once more. */
  | 'awaits-confirmation'
  /** Recorded: the reading is to be forgotten, nothing is learned from it. */
  | 'forgotten'
  | 'taken-back'
  /** 👎: nothing recorded yet, the person is asked for the right label. */
  | 'asks'
  /** Recorded, but the platform's rules (or what the message is) forbid training on it. */
  | 'not-trainable'
  /** Recorded, but it does not decide alone. */
  | 'awaits-others'
  /** The text is erased: there is nothing to learn from. */
  | 'text-erased'
  /** An ordinary reaction: nothing recorded. */
  | 'not-feedback';

export interface CorrectionResult {
  outcome: CorrectionOutcome;
  /** The person's message that is corrected, also where the emoji was put on the answer. */
  messageId: string;
  current: CurrentLabel | null;
}

function meaningOf({ emoji, settings }: Feedback, author: StoredMessage['author']): FeedbackMeaning | null {
  const own = settings && customMeaning(settings, emoji);
  if (own) return own === 'forget' ? { kind: 'forget' } : { kind: 'set', label: own };
  return feedbackMeaning(emoji, author);
}

/** The label an emoji stands for, `forget`, or undefined where it names none (👎, 👍 of an answer without a guess). */
async function labelOf(
  store: Store,
  meaning: FeedbackMeaning,
  target: StoredMessage,
): Promise<Label | 'forget' | undefined> {
  switch (meaning.kind) {
    case 'set':
      return meaning.label;
    case 'forget':
      return 'forget';
    case 'ask':
      return undefined;
    case 'confirm': {
      const [newest] = await store.predictions.of(target.id);
      const guessed = newest && (!newest.abstained || newest.abstainReason === 'low-confidence');
      return guessed ? newest.label : undefined;
    }
  }
}

function outcomeOf(current: CurrentLabel | null, wanted: Label | 'forget'): CorrectionOutcome {
  if (current?.label !== (wanted === 'forget' ? null : wanted)) return 'awaits-others';
  if (wanted === 'forget') return 'forgotten';
  return current.trainable ? 'learned-as-label' : 'not-trainable';
}

/**
 * @param waitOf whom a correction waits for before it is learned
 * @throws NunchiError `not-found` for an unknown message.
 */
export async function recordCorrection(
  store: Store,
  feedback: Feedback,
  waitOf?: Trust['waitOf'],
): Promise<CorrectionResult> {
  const marked = await store.messages.get(feedback.messageId);
  const target = marked?.author === 'nunchi' ? await store.messages.get(marked.inReplyTo ?? '') : marked;
  if (!marked || !target) {
    throw new NunchiError('not-found', 'There is no such message', {
      hint: 'It may have been cleared; load the conversation again.',
    });
  }
  const current = async () => (await store.feedback.current([target.id])).get(target.id) ?? null;
  const result = async (outcome: CorrectionOutcome): Promise<CorrectionResult> => ({
    outcome,
    messageId: target.id,
    current: await current(),
  });

  const meaning = meaningOf(feedback, marked.author);
  if (!meaning) return result('not-feedback');
  if (target.text === null && feedback.action === 'added') return result('text-erased');
  // No chart label for a person in distress, whoever sets it.
  if (target.text !== null && distressIn(target.text) !== null) return result('not-trainable');

  const wanted = await labelOf(store, meaning, target);
  if (wanted === undefined) return result('asks');
  const before = await current();
  const record = (emoji: string, action: Feedback['action'], label: Label | null) =>
    store.feedback.record(
      {
        messageId: target.id,
        platform: target.platform,
        personId: feedback.personId,
        moderator: feedback.moderator,
        emoji: feedback.chosen === true ? CHOSEN : emoji,
        // Where there is one choice at a time, it is the same one under the message and under the answer.
        onAnswer: marked.author === 'nunchi' && feedback.exclusive !== true,
        label,
        action,
      },
      { quorum: feedback.settings?.quorum ?? null },
    );

  // Added before the former one is removed: killed in between, the new choice stands.
  let after = await record(feedback.emoji, feedback.action, wanted === 'forget' ? null : wanted);
  if (feedback.exclusive && before) {
    for (const emoji of emojiFor(before.label)) {
      if (emoji !== feedback.emoji) after = await record(emoji, 'removed', before.label);
    }
  }
  let outcome = feedback.action === 'removed' ? 'taken-back' : outcomeOf(after, wanted);
  if (
    outcome === 'learned-as-label' &&
    waitOf !== undefined &&
    (await isSurprising(store, target.id, after))
  ) {
    const waitsFor = (await waitOf(target.id))?.waitsFor;
    if (waitsFor === 'moderator') outcome = 'awaits-second';
    if (waitsFor === 'author') outcome = 'awaits-confirmation';
  }
  return { outcome, messageId: target.id, current: after };
}

/** All that was ever said has to be weighed to know what waits: too much for each of the many emoji that surprise nobody. */
async function isSurprising(
  store: Pick<Store, 'predictions'>,
  messageId: string,
  current: CurrentLabel | null,
): Promise<boolean> {
  const [newest] = await store.predictions.of(messageId);
  return current?.contested === true || (newest !== undefined && newest.label !== current?.label);
}
