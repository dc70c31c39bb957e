// What answering requests needs of the rest of Nunchi, and the small things that several answers share.
import type { CommunityHeads } from '../../learn/community/heads.js';
import type { Probes } from '../../learn/trust/probes.js';
import type { Trust } from '../../learn/trust/trust.js';
import type { Logger } from '../../log.js';
import type { SentimentService } from '../../serve/service.js';
import type { StoredMessage } from '../../store/contracts/messages.js';
import type { Store } from '../../store/store.js';
import type { Conversation } from '../conversation.js';
import type { IncomingMessage } from '../platform.js';
import type { ChatAnswer } from '../requests.js';
import type { CommunitySettingsService } from '../settings.js';
import type { TrainingUses } from '../training-use.js';
import { Refused } from './refusals.js';

export interface RequestParts {
  store: Pick<Store, 'messages' | 'predictions' | 'feedback' | 'people' | 'review'>;
  sentiment: Pick<SentimentService, 'classify' | 'explain'>;
  /** What communities read in their own way; without them, all read alike. */
  heads?: Pick<CommunityHeads, 'read'>;
  conversation: Pick<Conversation, 'receive' | 'correct'>;
  settings: Pick<CommunitySettingsService, 'get'>;
  /** Which corrections wait, and for whom; without it, none does. */
  trust?: Pick<Trust, 'waitOf' | 'toReview'>;
  /** For communities that want them. */
  probes?: Probes;
  /** By platform, as the operator has set it. */
  training: TrainingUses;
  logger: Logger;
}

export function privately(text: string): ChatAnswer {
  return { text, private: true };
}

/**
 * The message that a menu was opened on, as far as it is kept: where it is Nunchi's own, the message that it answers.
 * @returns null where it is not kept
 * @throws Refused where its author asked to be left out
 */
export async function findSubject(
  { messages, people }: RequestParts['store'],
  { platform, channelId, messageId, authorId }: IncomingMessage,
): Promise<StoredMessage | null> {
  const known = await messages.find(platform, channelId, messageId);
  if (known?.author === 'nunchi') {
    const asked = known.inReplyTo === null ? null : await messages.get(known.inReplyTo);
    if (asked === null) throw new Refused('unknown-message');
    return asked;
  }
  if (await people.isLeftOut(platform, authorId)) throw new Refused('author-left-out');
  return known;
}
