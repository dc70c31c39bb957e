// What was reacted and taken back while Nunchi was away: what a platform shows against the feedback that is kept.
import { CHOSEN } from '../store/derive-label.js';
import type { StoredMessage } from '../store/contracts/messages.js';
import type { Store } from '../store/store.js';
import { feedbackMeaning, foldEmoji } from './feedback.js';
import type { ShownReaction } from './platform.js';
import { customMeaning, type CommunitySettings } from './settings.js';

type Given = Pick<ShownReaction, 'emoji' | 'personId'>;

export interface ShownDifference<Reaction extends Given> {
  /** Shown, and not kept. */
  added: Reaction[];
  /** Ids of the words kept that are no longer shown. */
  gone: string[];
}

/** The same for 👍 and 👍🏽: platforms do not name an emoji alike in an event and in a list. */
const keyOf = ({ emoji, personId }: Given) => JSON.stringify([foldEmoji(emoji), personId]);

/** Whether the emoji is kept as somebody's word: 👎 only asks for one. */
export function isWord(
  community: Pick<CommunitySettings, 'emoji'>,
  emoji: string,
  author: StoredMessage['author'],
): boolean {
  const meaning = feedbackMeaning(emoji, author);
  return customMeaning(community, emoji) !== null || (meaning !== null && meaning.kind !== 'ask');
}

/** @param message under which they are shown: a person's, or Nunchi's answer. */
export async function compareShown<Reaction extends Given>(
  store: Pick<Store, 'feedback'>,
  message: StoredMessage,
  shown: readonly Reaction[],
  newer: readonly Given[],
): Promise<ShownDifference<Reaction>> {
  const onAnswer = message.author === 'nunchi';
  const target = onAnswer ? message.inReplyTo : message.id;
  if (target === null) return { added: [], gone: [] };
  const people = [...new Set([...shown, ...newer].map(({ personId }) => personId))];
  const standing = await store.feedback.standing(target, onAnswer, people);

  const kept = new Map<string, string[]>();
  const orphaned: string[] = [];
  const gone: string[] = [];
  const unclear = new Set(newer.map(keyOf));
  const visible = new Map(shown.map((reaction) => [keyOf(reaction), reaction]));
  for (const { id, emoji, personId, erased } of standing) {
    // Chosen in a dialog or with a button: no platform shows it as a reaction.
    if (emoji === CHOSEN) continue;
    if (erased) orphaned.push(foldEmoji(emoji));
    else if (personId === null) gone.push(id);
    else kept.set(keyOf({ emoji, personId }), [...(kept.get(keyOf({ emoji, personId })) ?? []), id]);
  }
  for (const [key, ids] of kept) if (!visible.has(key) && !unclear.has(key)) gone.push(...ids);
  const added = [...visible].flatMap(([key, reaction]) => {
    if (kept.has(key) || unclear.has(key)) return [];
    // The emoji of somebody who had themselves erased stays on the platform; it must not lead to them again.
    const orphan = orphaned.indexOf(foldEmoji(reaction.emoji));
    if (orphan === -1) return [reaction];
    orphaned.splice(orphan, 1);
    return [];
  });
  return { added, gone };
}
