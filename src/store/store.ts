// What Nunchi keeps, as the rest of Nunchi sees it. Texts are erasable and encrypted; people are keyed hashes.
import type { AbstainReason, Label, Reading, Scores } from '../labels.js';

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
  /** null once erased. */
  text: string | null;
  createdAt: Date;
}

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

export interface FeedbackEvent {
  messageId: string;
  platform: string;
  /** The platform's own id of the person; stored as an HMAC only. */
  personId: string;
  moderator: boolean;
  /** As the platform sent it. */
  emoji: string;
  /** The label it stands for; null for ❌ forget this reading. */
  label: Label | null;
  action: 'added' | 'removed';
}

export interface CurrentLabel {
  messageId: string;
  /** null: the reading is to be forgotten. */
  label: Label | null;
  trainable: boolean;
  decidedAt: Date;
  /** The run that learned it, once one has. */
  learnedInRun: string | null;
}

export interface Correction {
  messageId: string;
  text: string;
  label: Label;
  decidedAt: Date;
}

export type TrainingRunState =
  'running' | 'promoted' | 'kept' | 'awaiting-confirmation' | 'cancelled' | 'failed';

export interface TrainingRun {
  id: string;
  state: TrainingRunState;
  trigger: string;
  startedAt: Date;
  endedAt: Date | null;
  /** Corrections it learned from. */
  corrections: number;
  baseVersion: string;
  candidateVersion: string | null;
  /** Figures of the evaluation and the gate's verdict, as JSON. */
  report: unknown;
  /** Why it ended where it did not promote. */
  reason: string | null;
}

export interface ModelRecord {
  version: string;
  directory: string;
  parent: string | null;
  createdAt: Date;
  metrics: unknown;
}

export type ModelAlias = 'champion' | 'challenger' | 'previous';

export interface Deployment {
  version: string;
  previousVersion: string | null;
  reason: string;
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
  text: string;
  /** Whether the text may be used for training, by the platform's rules. */
  trainable: boolean;
}

export interface EraseOptions {
  /** Only texts of this platform. */
  platform?: string;
  /** Spares the texts that corrections are learned from. */
  keepCorrections?: boolean;
}

/** Channels and communities are named by the platform's own ids. */
export interface MessageStore {
  /** Writes message and (erasable) text at once; the same platform, channel and external id gives the row already there. */
  add(message: NewMessage): Promise<StoredMessage>;
  get(id: string): Promise<StoredMessage | null>;
  /** Newest last. `before` is a message id. */
  history(channelId: string, options: { limit: number; before?: string }): Promise<StoredMessage[]>;
  eraseText(id: string): Promise<void>;
  /** Erases every text of the channel; gives the number erased. */
  clearChannel(channelId: string): Promise<number>;
  /** Gives the number erased. */
  eraseOlderThan(date: Date, options?: EraseOptions): Promise<number>;
}

export interface PredictionStore {
  add(messageId: string, modelVersion: string, reading: Reading): Promise<StoredPrediction>;
  /** Newest first. */
  of(messageId: string): Promise<StoredPrediction[]>;
  /** The newest prediction of each message that has one. */
  latest(messageIds: readonly string[]): Promise<Map<string, StoredPrediction>>;
}

export interface FeedbackStore {
  /**
   * Appends the event and derives the current label in one transaction; null where no label stands.
   * Moderators decide; the words of other people are kept.
   * @throws NunchiError `not-found`
   */
  record(event: FeedbackEvent): Promise<CurrentLabel | null>;
  current(messageIds: readonly string[]): Promise<Map<string, CurrentLabel>>;
  /** Trainable corrections with their texts still there, oldest first. */
  corrections(): Promise<Correction[]>;
  /** How many of them no promoted model has learned. */
  pendingCount(): Promise<number>;
  /** What was decided after the run was started stays pending. */
  markLearned(runId: string, messageIds: readonly string[]): Promise<void>;
}

export interface ModelRegistryStore {
  /** The same version again updates the rest. */
  register(model: Omit<ModelRecord, 'createdAt'>): Promise<ModelRecord>;
  /** Newest first. */
  list(): Promise<ModelRecord[]>;
  get(version: string): Promise<ModelRecord | null>;
  alias(name: ModelAlias): Promise<ModelRecord | null>;
  /** Moves `champion` to `version` and `previous` to the one before, and appends to the deployment log, in one transaction. @throws NunchiError `not-found` */
  deploy(version: string, reason: string): Promise<Deployment>;
  /** Names the candidate that waits for a decision; null names none. Deploying it takes the name away. @throws NunchiError `not-found` */
  setChallenger(version: string | null): Promise<void>;
  /** Newest first. */
  deployments(limit: number): Promise<Deployment[]>;
}

export interface TrainingRunStore {
  /** Read the corrections after this: what is decided later counts as not learned. */
  start(run: { trigger: string; corrections: number; baseVersion: string }): Promise<TrainingRun>;
  update(id: string, change: Partial<Omit<TrainingRun, 'id' | 'startedAt'>>): Promise<TrainingRun>;
  get(id: string): Promise<TrainingRun | null>;
  /** Newest first. */
  list(limit: number): Promise<TrainingRun[]>;
  /** Marks runs that a dead process left `running` as failed; gives how many. */
  failInterrupted(reason: string): Promise<number>;
}

export interface Store {
  messages: MessageStore;
  predictions: PredictionStore;
  feedback: FeedbackStore;
  models: ModelRegistryStore;
  runs: TrainingRunStore;
  close(): Promise<void>;
}
