// What Nunchi does with what a platform tells it. Handling the same event twice comes to the same.
import { NunchiError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { Conversation, Outcome } from './conversation.js';
import { whisperAbout } from './correction-whispers.js';
import type { ChatEvent, ChatPlatform, IncomingMessage } from './platform.js';
import { feedbackMeaning } from './feedback.js';
import { compareShown } from './reconciliation.js';
import {
  customMeaning,
  isModerator,
  modeOf,
  type CommunitySettings,
  type CommunitySettingsService,
} from './settings.js';
import { trainingUseOf, type TrainingUses } from './training-use.js';

type EventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>;

export interface EventHandlerConfig {
  platform: Pick<ChatPlatform, 'react' | 'fetch' | 'whisper'>;
  conversation: Pick<Conversation, 'receive' | 'revise' | 'correct'>;
  store: Pick<Store, 'messages' | 'feedback' | 'people'>;
  settings: CommunitySettingsService;
  /** Confidence from which a reading is shown as a reaction, where a community has set none. */
  threshold: number;
  /** By platform, as the operator has set it. @default what platforms have that are not named */
  training?: TrainingUses;
}

/** @throws NunchiError `busy` where a message could not be read now: the event is to be handled again. */
export type HandleEvent = (event: ChatEvent) => Promise<void>;

export function createEventHandler(config: EventHandlerConfig): HandleEvent {
  const { platform, conversation, store, settings, training = {} } = config;

  async function onMessage({ message }: EventOf<'message'>): Promise<void> {
    const { communityId, channelId, authorId, addressed } = message;
    const community = await settings.get(message.platform, communityId);
    const mode = modeOf(community, channelId, message.parentChannelId);
    if (!addressed && (mode === 'off' || mode === 'request')) return;
    const leftOut = await store.people.isLeftOut(message.platform, authorId);
    if (leftOut && !addressed) return;
    // Who asked to be left out and speaks to Nunchi is answered; the text is not kept, and nothing is learned from it.
    const received = await conversation.receive(leftOut ? { ...message, trainable: false } : message);
    const outcome = await received.settled;
    if (outcome.kind === 'unread') {
      throw new NunchiError('busy', 'A message could not be read now', { hint: 'It is read again later.' });
    }
    if (leftOut) await store.messages.eraseText(received.message.id);
    else if (!addressed && mode === 'react') await showMood(message, outcome, community);
  }

  /** Only where it is sure: a wrong emoji under a message is worse than none. */
  async function showMood(message: IncomingMessage, outcome: Outcome, community: CommunitySettings) {
    if (outcome.kind !== 'read' || outcome.reading === null) return;
    const { label, confidence, abstained } = outcome.reading;
    const threshold = community.threshold ?? config.threshold;
    if (abstained || label === 'neutral' || confidence < threshold) return;
    await platform.react?.(message.channelId, message.messageId, label);
  }

  async function onDeletion({ platform: name, channelId, messageId }: EventOf<'deletion'>): Promise<void> {
    const known = await store.messages.find(name, channelId, messageId);
    if (known?.author === 'person') await store.messages.eraseText(known.id);
  }

  async function onReaction(event: EventOf<'reaction'>): Promise<void> {
    const { platform: name, communityId, channelId, messageId, person, emoji, action } = event;
    if (await store.people.isLeftOut(name, person.id)) return;
    const community = await settings.get(name, communityId);
    const moderator = isModerator(community, person);
    const known =
      (await store.messages.find(name, channelId, messageId)) ??
      (moderator && action === 'added' ? await fetchLabelled(event, community) : null);
    if (known === null) return;
    const result = await conversation.correct({
      messageId: known.id,
      personId: person.id,
      moderator,
      emoji,
      action,
      settings: community,
    });
    if (action === 'removed') return;
    const whisper = whisperAbout({
      personId: person.id,
      moderator,
      marked: known,
      messageId,
      result,
      settings: community,
      training: trainingUseOf(training, name),
    });
    if (whisper !== null) await platform.whisper?.(channelId, whisper);
  }

  /** A moderator labels a message that Nunchi has not read, such as one from before it came. */
  async function fetchLabelled(event: EventOf<'reaction'>, community: CommunitySettings) {
    const isFeedback = customMeaning(community, event.emoji) ?? feedbackMeaning(event.emoji, 'person');
    if (isFeedback === null || platform.fetch === undefined) return null;
    const message = await platform.fetch(event.channelId, event.messageId);
    if (message === null || (await store.people.isLeftOut(message.platform, message.authorId))) return null;
    const { message: kept, settled } = await conversation.receive({ ...message, addressed: false });
    await settled;
    return kept;
  }

  async function onCleared(event: EventOf<'reactions-cleared'>): Promise<void> {
    const { platform: name, communityId, channelId, messageId, emoji } = event;
    const known = await store.messages.find(name, channelId, messageId);
    if (known === null) return;
    const { quorum } = await settings.get(name, communityId);
    const onAnswer = known.author === 'nunchi';
    const target = onAnswer ? known.inReplyTo : known.id;
    if (target !== null) await store.feedback.revoke(target, { emoji, onAnswer }, { quorum });
  }

  async function onShown(event: EventOf<'reactions-shown'>): Promise<void> {
    const { platform: name, communityId, channelId, messageId, shown, newer } = event;
    const known = await store.messages.find(name, channelId, messageId);
    if (known === null) return;
    const { quorum } = await settings.get(name, communityId);
    const { added, gone } = await compareShown(store, known, shown, newer);
    const target = known.author === 'nunchi' ? known.inReplyTo : known.id;
    if (gone.length > 0 && target !== null) await store.feedback.revoke(target, { words: gone }, { quorum });
    for (const { emoji, person } of added) {
      if (person !== null) await onReaction({ ...event, type: 'reaction', person, emoji, action: 'added' });
    }
  }

  return async (event) => {
    switch (event.type) {
      case 'message':
        return onMessage(event);
      case 'edit':
        await conversation.revise(event);
        return;
      case 'deletion':
        return onDeletion(event);
      case 'reaction':
        return onReaction(event);
      case 'reactions-cleared':
        return onCleared(event);
      case 'reactions-shown':
        return onShown(event);
    }
  };
}

/** Events of one message are handled in the order in which they came. */
export function laneOf(event: ChatEvent): string {
  const { channelId, messageId } = event.type === 'message' ? event.message : event;
  return `${channelId}/${messageId}`;
}
