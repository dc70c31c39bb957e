// What Nunchi has to say as rows of the outbox, and what becomes of a row when its turn comes: by then an answer may have been
// amended, a message deleted, a reading changed.
import { createHash } from 'node:crypto';
import { LABEL_EMOJI } from '../feedback.js';
import type { Label } from '../../labels.js';
import { newId } from '../../store/ids.js';
import type { NewOutboxItem, OutboxItem } from '../../store/contracts/delivery.js';
import type { Store } from '../../store/store.js';
import type { Delivery, PlatformAdapter } from '../adapter.js';
import type { OutgoingReply, Whisper } from '../platform.js';
import type { Attachment } from '../requests.js';
import type { CommunitySettingsService } from '../settings.js';
import { DeliveryPostponed, DeliveryRefused } from './outbox-runner.js';

/** Ids of answers and questions are the store's, the others the platform's own. */
type Outgoing =
  | { type: 'reply'; answerId: string; inReplyTo: string; text: string }
  | { type: 'amend'; answerId: string }
  | { type: 'reaction'; messageId: string; label: Label }
  | { type: 'post'; text: string; attachment: Attachment | null }
  | ({ type: 'whisper' } & Omit<Whisper, 'key'>);

type Row = Omit<NewOutboxItem, 'platform'>;
type Base = Pick<Delivery, 'nonce' | 'again' | 'channelId'>;

export interface OutgoingConfig {
  adapter: Pick<PlatformAdapter, 'name' | 'send'>;
  store: Pick<Store, 'messages' | 'predictions' | 'outbox'>;
  settings: CommunitySettingsService;
}

export interface OutgoingRows {
  /** null where the platform shows the answer already. */
  reply(channelId: string, reply: OutgoingReply): Promise<Row | null>;
  amend(channelId: string, reply: OutgoingReply): Row;
  react(channelId: string, messageId: string, label: Label): Row;
  post(channelId: string, key: string, post: { text: string; attachment: Attachment | null }): Row;
  whisper(channelId: string, whisper: Whisper): Row;
  /** @param again it may have been sent before */
  send(item: OutboxItem, again: boolean): Promise<string | null>;
  noteSent(item: OutboxItem, deliveredId: string | null): Promise<void>;
}

/** As long as Discord's nonces may be. */
const NONCE_LENGTH = 25;
/** Amendments remembered; of older ones the store has long had the text. */
const MOST_AMENDED = 1_000;
/** How long an amendment waits for an answer that is on its way. */
const AFTER_REPLY_MS = 1_000;

/** The same for the same key, on every machine. */
export function nonceOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, NONCE_LENGTH);
}

const replyKey = (answerId: string) => `reply:${answerId}`;

export function createOutgoing({ adapter, store, settings }: OutgoingConfig): OutgoingRows {
  /** What an answer is to say, from the amendment until the store has it; `shown`: its reply said so already. */
  const amended = new Map<string, { text: string; shown: boolean }>();

  async function newestText(answerId: string): Promise<string | null> {
    return amended.get(answerId)?.text ?? (await store.messages.get(answerId))?.text ?? null;
  }

  async function sendReply(
    content: Extract<Outgoing, { type: 'reply' }>,
    base: Base,
  ): Promise<string | null> {
    const { answerId, inReplyTo } = content;
    const question = await store.messages.get(inReplyTo);
    if (question === null) throw new DeliveryRefused('the message that was to be answered is not known');
    const text = (await newestText(answerId)) ?? content.text;
    const replyTo = { messageId: question.externalId, threadId: question.threadId };
    const deliveredId = await adapter.send({ ...base, type: 'reply', replyTo, text });
    const amendment = amended.get(answerId);
    // One that may have been sent before may also have been sent with the text before.
    if (amendment !== undefined) amendment.shown = !base.again && amendment.text === text;
    return deliveredId;
  }

  async function sendAmendment(answerId: string, base: Base): Promise<null> {
    const answer = await store.messages.get(answerId);
    const text = await newestText(answerId);
    if (answer?.deliveredId == null) {
      const reply = await store.outbox.find(adapter.name, replyKey(answerId));
      if (reply?.state !== 'waiting') return null;
      throw new DeliveryPostponed(AFTER_REPLY_MS);
    }
    const amendment = amended.get(answerId);
    if (text !== null && amendment?.shown !== true) {
      await adapter.send({ ...base, type: 'amend', messageId: answer.deliveredId, text });
    }
    // Another one may have come meanwhile; it has a row of its own.
    if (amended.get(answerId) === amendment) forget(answerId, answer.text);
    return null;
  }

  /** Only what the store says as well may be forgotten: it learns of an amendment after the outbox has it. */
  function forget(answerId: string, stored: string | null): void {
    if (amended.get(answerId)?.text === stored) amended.delete(answerId);
  }

  async function sendReaction(
    { messageId, label }: Extract<Outgoing, { type: 'reaction' }>,
    base: Base,
  ): Promise<null> {
    const message = await store.messages.find(adapter.name, base.channelId, messageId);
    if (message?.text == null) return null;
    const newest = (await store.predictions.latest([message.id])).get(message.id);
    // It was edited since and reads differently: no emoji is better than a wrong one.
    if (newest !== undefined && newest.label !== label) return null;
    const { emoji } = await settings.get(adapter.name, message.communityId);
    const [own = LABEL_EMOJI[label]] = emoji[label];
    await adapter.send({ ...base, type: 'reaction', messageId, emoji: own });
    return null;
  }

  return {
    async reply(channelId, { id: answerId, inReplyTo, text }) {
      // The outbox forgets its keys after a while; the answer itself does not forget where it is shown.
      if ((await store.messages.get(answerId))?.deliveredId != null) return null;
      const content: Outgoing = { type: 'reply', answerId, inReplyTo, text };
      return { key: replyKey(answerId), channelId, priority: 0, content };
    },
    amend(channelId, { id: answerId, text }) {
      amended.delete(answerId);
      amended.set(answerId, { text, shown: false });
      const [oldest] = amended.keys();
      if (amended.size > MOST_AMENDED && oldest !== undefined) amended.delete(oldest);
      const content: Outgoing = { type: 'amend', answerId };
      // Amending twice shows the same; a key that was used before would keep a later amendment from being shown.
      return { key: `amend:${answerId}:${newId()}`, channelId, priority: 0, content };
    },
    react(channelId, messageId, label) {
      const content: Outgoing = { type: 'reaction', messageId, label };
      return { key: `react:${channelId}/${messageId}`, channelId, priority: 2, content };
    },
    post(channelId, key, post) {
      const content: Outgoing = { type: 'post', ...post };
      return { key: `post:${key}`, channelId, priority: 1, content };
    },
    whisper(channelId, { key, ...whisper }) {
      const content: Outgoing = { type: 'whisper', ...whisper };
      return { key: `whisper:${key}`, channelId, priority: 1, content };
    },
    async send({ key, channelId, content }, again) {
      const base: Base = { nonce: nonceOf(key), again, channelId };
      const outgoing = content as Outgoing;
      switch (outgoing.type) {
        case 'reply':
          return sendReply(outgoing, base);
        case 'amend':
          return sendAmendment(outgoing.answerId, base);
        case 'reaction':
          return sendReaction(outgoing, base);
        case 'post':
          return adapter.send({ ...base, ...outgoing });
        case 'whisper': {
          const { messageId, threadId, ...whisper } = outgoing;
          return adapter.send({ ...base, ...whisper, replyTo: { messageId, threadId } });
        }
      }
    },
    async noteSent({ content }, deliveredId) {
      const outgoing = content as Outgoing;
      if (outgoing.type === 'reply' && deliveredId !== null) {
        await store.messages.delivered(outgoing.answerId, deliveredId);
      }
    },
  };
}
