// What people and Nunchi wrote, and what the models read in it. Texts are erasable and encrypted; people are keyed hashes.
import type { AbstainReason, Label, Reading, Scores } from '../../labels.js';

export interface StoredMessage {
  id: string;
  platform: string;
  communityId: string;
  channelId: string;
  externalId: string;
  /** 'person' or 'nunchi' for Nunchi's own answers. */
  author: 'person' | 'nunchi';
  /** The message that this one answers, for Nunchi's own. */
  inReplyTo: string | null;
  /** The platform's own id of the message that begins its thread, if it is in one. */
  threadId: string | null;
  /** Under which id the platform shows one of Nunchi's own; null as long as it does not. */
  deliveredId: string | null;
  /** null once erased. */
  text: string | null;
  createdAt: Date;
}

/** Channels that begin with this are no places of a platform: what moderators write for training is kept there. */
export const AUTHORED = 'authored:';

/** And with this: the sentences whose labels are known, by which moderators' labels are weighed. */
export const PROBES = 'probe:';

export interface StoredPrediction {
  id: string;
  messageId: string;
  modelVersion: string;
  label: Label;
  confidence: number;
  scores: Scores;
  abstained: boolean;
  abstainReason: AbstainReason | null;
  createdAt: Date;
}

export interface NewMessage {
  platform: string;
  communityId: string;
  channelId: string;
  externalId: string;
  personId: string | null;
  author: 'person' | 'nunchi';
  inReplyTo: string | null;
  /** The platform's own id of the message that begins its thread. */
  threadId?: string | null;
  text: string;
  /** Whether the text may be used for training, by the platform's rules. */
  trainable: boolean;
  /** Of a probe, which is never trainable. */
  knownLabel?: Label;
}

export interface EraseOptions {
  /** Only texts of this platform. */
  platform?: string;
  /** Only texts of the other platforms. */
  notPlatform?: string;
  /** Spares the texts that corrections are learned from. */
  keepCorrections?: boolean;
}

/** Ids are the platform's own. */
export interface CommunityId {
  platform: string;
  communityId: string;
}

/** Channels and communities are named by the platform's own ids. */
export interface MessageStore {
  /** Writes message and (erasable) text at once; the same platform, channel and external id gives the row already there. */
  add(message: NewMessage): Promise<StoredMessage>;
  get(id: string): Promise<StoredMessage | null>;
  /**
   * Newest last. `before` is a message id; without a platform, channels of all of them with this id are one. `withText`: only
   * those whose text is there.
   */
  history(
    channelId: string,
    options: { limit: number; before?: string; platform?: string; withText?: boolean },
  ): Promise<StoredMessage[]>;
  /** By the platform's own id: a person's message, or one of Nunchi's own that was sent. */
  find(platform: string, channelId: string, externalId: string): Promise<StoredMessage | null>;
  /** Notes under which id the platform shows one of Nunchi's own messages. */
  delivered(id: string, externalId: string): Promise<void>;
  /**
   * The person has changed the text: what was said about the earlier one no longer counts as its label.
   * @returns null, and nothing changes, where the text is the same or was erased.
   */
  revise(id: string, text: string): Promise<StoredMessage | null>;
  /** Erases what a deleted message leaves behind: its text, the answers that quote it, its labels. */
  eraseText(id: string): Promise<void>;
  /** The same for every message of the channel; gives the number of texts erased. */
  clearChannel(channelId: string): Promise<number>;
  /** Gives the number erased. */
  eraseOlderThan(date: Date, options?: EraseOptions): Promise<number>;
  /**
   * From now on nothing is learned from what the platform's people have written.
   * @param exceptAuthored what moderators wrote for training stays (`AUTHORED`)
   * @returns of how many messages
   */
  forbidTraining(platform: string, exceptAuthored: boolean): Promise<number>;
  /** Channels of a community in which people have written since then; whose, and how much, is not said. */
  activeChannels(community: CommunityId, since: Date): Promise<string[]>;
  /** Every community that has written or set anything. */
  communities(): Promise<CommunityId[]>;
}

export interface PredictionStore {
  /** `live` unless the message was read before, or nobody wrote it: what models are scored by counts no such reading. */
  add(
    messageId: string,
    modelVersion: string,
    reading: Reading,
    options?: { live?: boolean },
  ): Promise<StoredPrediction>;
  /** Newest first. */
  of(messageId: string): Promise<StoredPrediction[]>;
  /** The newest prediction of each message that has one. */
  latest(messageIds: readonly string[]): Promise<Map<string, StoredPrediction>>;
}
