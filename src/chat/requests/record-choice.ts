// A label chosen in a dialog or with a button becomes feedback, whichever of them it came from.
import type { StoredMessage } from '../../store/contracts/messages.js';
import { EMOJI_OF, type Choice } from '../feedback.js';
import type { ChatRequest } from '../requests.js';
import { DEFAULT_SETTINGS } from '../settings.js';
import { trainingUseOf, whyUntrained } from '../training-use.js';
import { sayRecorded, type ChoiceOutcome } from '../wording-corrections.js';
import type { RequestContext } from './handler.js';
import type { RequestParts } from './parts.js';
import { Refused } from './refusals.js';

/**
 * @param messageId the store's
 * @throws Refused where the person asked to be left out, or the message is not one of the community
 */
export async function recordChoice(
  parts: Pick<RequestParts, 'store' | 'conversation' | 'training'>,
  messageId: string,
  choice: Choice,
  request: ChatRequest,
  context: RequestContext,
): Promise<{ outcome: ChoiceOutcome; text: string }> {
  const { platform, person } = request;
  const target = await messageOf(parts.store, messageId, request);
  if (await parts.store.people.isLeftOut(platform, person.id)) throw new Refused('asker-left-out');
  const { quorum } = context.settings;
  const { outcome } = await parts.conversation.correct({
    messageId: target.id,
    personId: person.id,
    moderator: context.moderator,
    emoji: EMOJI_OF[choice],
    action: 'added',
    chosen: true,
    // What a community lets its own emoji mean has no say in what was chosen by name.
    settings: { quorum, emoji: DEFAULT_SETTINGS.emoji },
  });
  if (outcome === 'taken-back' || outcome === 'asks' || outcome === 'not-feedback') {
    throw new Error(`A choice came to ${outcome}`);
  }
  const untrained = whyUntrained(target.text ?? '', trainingUseOf(parts.training, platform));
  const recorded = { outcome, choice, untrained, quorum: quorum !== null };
  return { outcome, text: sayRecorded(recorded, context.language) };
}

/** Ids come back from clients: those of other communities name nothing here. */
async function messageOf(
  { messages }: RequestParts['store'],
  messageId: string,
  { platform, communityId }: ChatRequest,
): Promise<StoredMessage> {
  const message = await messages.get(messageId);
  const own = message?.platform === platform && message.communityId === communityId;
  if (!own) throw new Refused('unknown-message');
  return message;
}
