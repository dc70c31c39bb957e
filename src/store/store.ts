// What Nunchi keeps, as the rest of Nunchi sees it. Texts are erasable and encrypted; people are keyed hashes.
import type { LabelPolicy } from './derive-label.js';
import type { AbstainReason, Label, Reading, Scores } from '../labels.js';
import type { TimeBucket, TimeRange } from '../time-buckets.js';

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

export interface FeedbackEvent {
  messageId: string;
  platform: string;
  /** The platform's own id of the person; stored as an HMAC only. */
  personId: string;
  moderator: boolean;
  /** As the platform sent it, or `CHOSEN`. */
  emoji: string;
  /** Put under Nunchi's answer to the message. @default false */
  onAnswer?: boolean;
  /** The label it stands for; null for ❌ forget this reading. */
  label: Label | null;
  action: 'added' | 'removed';
}

/** An emoji that somebody added and, as far as Nunchi knows, has not removed. */
export interface StandingWord {
  id: string;
  /** As the platform sent it. */
  emoji: string;
  /** The platform's own id where it is one of those asked about; null for anybody else. */
  personId: string | null;
  /** Whoever said it had themselves erased: the word counts on and leads to nobody. */
  erased: boolean;
}

export interface CurrentLabel {
  messageId: string;
  /** null: the reading is to be forgotten. */
  label: Label | null;
  trainable: boolean;
  decidedAt: Date;
  /** The run that learned it, once one has. */
  learnedInRun: string | null;
  /** Moderators have said different things; the latest word decided. */
  contested: boolean;
}

export interface QueuedMessage {
  message: StoredMessage;
  prediction: StoredPrediction | null;
  contested: boolean;
}

/** A row of training: only what is `trainable`, with consent `given`, comes to be one. */
export interface Correction {
  messageId: string;
  platform: string;
  communityId: string;
  consent: Consent;
  trainable: boolean;
  text: string;
  label: Label;
  decidedAt: Date;
}

/**
 * On what terms a text is kept. `not-given`: the platform's rules, or what the message is, forbid training on it;
 * `withdrawn` and `left-out`: the operator, or its author, has taken the permission back.
 */
export type Consent = 'given' | 'not-given' | 'withdrawn' | 'left-out';

/** What somebody says about a message, as far as it stands. */
export interface Word {
  id: string;
  /** Pseudonym. */
  person: string;
  moderator: boolean;
  /** null: forget this reading. */
  label: Label | null;
  /** They have said it again. */
  confirmed: boolean;
  at: Date;
}

export interface ModelReading {
  modelVersion: string;
  label: Label;
  confidence: number;
}

/** Everything that is known about a message of which somebody has said something. */
export interface Testimony {
  messageId: string;
  platform: string;
  communityId: string;
  consent: Consent;
  trainable: boolean;
  /** null once erased. */
  text: string | null;
  /** Of a probe. */
  knownLabel: Label | null;
  /** About the text that the message has now, in the order of adding. */
  words: Word[];
  /** null where nothing is decided, or it may not be trained on. */
  correction: {
    label: Label;
    /** The word that decided; it may have been taken back since where another one says the same. */
    eventId: string;
    decidedAt: Date;
    learnedInRun: string | null;
  } | null;
  /** By the model that was in use when it was decided. */
  reading: ModelReading | null;
  /** By the model that training begins from, once it was asked. */
  baseReading: ModelReading | null;
}

export interface TestimonyState {
  newestEvent: string;
  /** No event up to this one is still being written; empty where that may be so of all. */
  settledEvent: string;
  /** Trainable ones. */
  corrections: number;
  /** Of them those that no promoted model has learned. */
  pending: number;
  baseReadings: number;
}

export interface TestimonyStore {
  /** Corrections last, the oldest decision first among them. */
  all(): Promise<Testimony[]>;
  /** Of the messages that people spoke about after this event, in no order. */
  since(eventId: string): Promise<Testimony[]>;
  /** Changes whenever `all` may give something else. */
  state(): Promise<TestimonyState>;
  /** Erased together with the text. */
  noteBaseReadings(
    modelVersion: string,
    readings: readonly { messageId: string; label: Label; confidence: number }[],
  ): Promise<void>;
  /**
   * @param personId the platform's own id
   * @returns how many words the person has given since their last probe, and which probes they have answered, by what stands
   * between the colons of the external id
   */
  probesOf(platform: string, personId: string): Promise<{ sinceProbe: number; answered: string[] }>;
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

/** As the training run that it began, or that there was too little to learn. */
export type JobRunState = TrainingRunState | 'not-enough-data';

/** One run of a scheduled job. */
export interface JobRun {
  id: string;
  job: string;
  /** The local date that it is of, such as `2026-03-02`, or the moment at which it was asked for by hand. */
  slot: string;
  /** How often it was begun; whoever has begun it last holds it. */
  attempts: number;
  /** Nobody else takes it before this; what is `running` beyond it is run by nobody. */
  leaseUntil: Date;
  state: JobRunState;
  /** Why it ended as it did, where that is known and no training run says it; why nobody holds it. */
  reason: string | null;
  /** New corrections that it found. */
  corrections: number | null;
  trainingRunId: string | null;
  startedAt: Date;
  endedAt: Date | null;
}

export interface ModelRecord {
  version: string;
  directory: string;
  parent: string | null;
  createdAt: Date;
  metrics: unknown;
  /** Since a message that it was trained on was deleted: it does not come into use again. */
  taintedAt: Date | null;
  /** Since its directory was removed. */
  purgedAt: Date | null;
  purgeReason: string | null;
}

export interface NewModel extends Pick<ModelRecord, 'version' | 'directory' | 'parent' | 'metrics'> {
  /** Ids of the messages whose corrections it was trained on. @default none */
  rows?: readonly string[];
}

export type ModelAlias = 'champion' | 'challenger' | 'previous';

/** `deletion`: made without what was deleted. */
export type DeploymentKind = 'start' | 'promotion' | 'rollback' | 'automatic-rollback' | 'deletion';

export interface Deployment {
  version: string;
  previousVersion: string | null;
  kind: DeploymentKind;
  reason: string;
  createdAt: Date;
}

/** A deleted message that a model was trained on. */
export interface Deletion {
  messageId: string;
  requestedAt: Date;
  /** Since no model that is kept was trained on it; null as long as one is. */
  doneAt: Date | null;
  /** The model in use then. */
  doneVersion: string | null;
}

/**
 * How a model reads a correction when it comes into use, beside the model before: as rightly as that one, rightly for the
 * first time, or no longer.
 */
export type ReceiptState = 'kept' | 'gained' | 'lost';

export interface Receipt {
  messageId: string;
  /** What it should be read as. */
  label: Label;
  state: ReceiptState;
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

/** An event of a platform, kept before it is acknowledged. */
export interface InboxEvent {
  id: string;
  platform: string;
  /** What tells the event from every other one of the platform, however often it is delivered. */
  key: string;
  content: unknown;
  createdAt: Date;
}

export type OutboxState = 'waiting' | 'sent' | 'failed';

export interface NewOutboxItem {
  platform: string;
  /** The same key again is the same thing to send. */
  key: string;
  /** The platform's own id. */
  channelId: string;
  /** 0 goes first. */
  priority: number;
  content: unknown;
}

export interface OutboxItem extends NewOutboxItem {
  id: string;
  state: OutboxState;
  /** How often it was tried. */
  attempts: number;
  dueAt: Date;
  deliveredId: string | null;
}

/** What is kept about a person, for that person to see. */
export interface PersonalData {
  leftOut: boolean;
  /** With their texts where these are still there. Oldest first. */
  messages: (Pick<StoredMessage, 'communityId' | 'channelId' | 'externalId' | 'text' | 'createdAt'> & {
    readings: { label: Label; confidence: number; modelVersion: string; createdAt: Date }[];
  })[];
  /** The emoji and corrections they gave. Oldest first. */
  feedback: (Pick<FeedbackEvent, 'emoji' | 'label' | 'action'> & { externalId: string; createdAt: Date })[];
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
  /** Newest last. `before` is a message id; without a platform, channels of all of them with this id are one. */
  history(
    channelId: string,
    options: { limit: number; before?: string; platform?: string },
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
  add(messageId: string, modelVersion: string, reading: Reading): Promise<StoredPrediction>;
  /** Newest first. */
  of(messageId: string): Promise<StoredPrediction[]>;
  /** The newest prediction of each message that has one. */
  latest(messageIds: readonly string[]): Promise<Map<string, StoredPrediction>>;
}

export interface FeedbackStore {
  /**
   * Appends the event and derives the current label in one transaction; null where no label stands.
   * @param policy who decides; moderators alone where it is left out, and the words of other people are kept
   * @throws NunchiError `not-found`
   */
  record(event: FeedbackEvent, policy?: LabelPolicy): Promise<CurrentLabel | null>;
  /**
   * Takes back what stands under one emoji, or under all (null), of the message or of Nunchi's answer to it, whoever gave
   * it: platforms do not say who. What was chosen in a dialog or with a button is under no emoji and stays. Or the words
   * with these ids.
   * @returns how many words
   */
  revoke(
    messageId: string,
    which: { emoji: string | null; onAnswer: boolean } | { words: readonly string[] },
    policy?: LabelPolicy,
  ): Promise<number>;
  /**
   * What stands under the message, or under Nunchi's answer to it, those words among them that were about an earlier text.
   * @param personIds the people to be told apart; others stay unknown, as only hashes are kept
   */
  standing(messageId: string, onAnswer: boolean, personIds: readonly string[]): Promise<StandingWord[]>;
  current(messageIds: readonly string[]): Promise<Map<string, CurrentLabel>>;
  /** Trainable corrections with their texts still there, oldest first. */
  corrections(): Promise<Correction[]>;
  /**
   * How many of them no promoted model has learned.
   * @param afterRun only those decided after this training run was started
   */
  pendingCount(afterRun?: string): Promise<number>;
  /** What was decided after the run was started stays pending. */
  markLearned(runId: string, messageIds: readonly string[]): Promise<void>;
}

export interface ModelRegistryStore {
  /**
   * The same version again updates the rest, and brings back a purged one. With rows it is tainted where one of them was
   * deleted meanwhile, and else not any more.
   */
  register(model: NewModel): Promise<ModelRecord>;
  /** Newest first, purged ones too. */
  list(): Promise<ModelRecord[]>;
  get(version: string): Promise<ModelRecord | null>;
  alias(name: ModelAlias): Promise<ModelRecord | null>;
  /**
   * Moves `champion` to `version` and `previous` to the one before, unless that is tainted or rolled back automatically, and
   * appends to the deployment log, in one transaction.
   * @param stays it serves already: traffic did not move
   * @throws NunchiError `not-found`; `model-withdrawn` for one that is tainted or purged
   */
  deploy(
    version: string,
    reason: string,
    options?: { kind?: DeploymentKind; stays?: boolean },
  ): Promise<Deployment>;
  /** Names the candidate that waits for a decision; null names none. Deploying it takes the name away. @throws NunchiError as `deploy` */
  setChallenger(version: string | null): Promise<void>;
  /** Newest first. */
  deployments(limit: number): Promise<Deployment[]>;
  /** The one under which a model was in use at that time; null before the first one. */
  deployedAt(date: Date): Promise<Deployment | null>;
  /** Notes that the directory is gone. */
  purge(version: string, reason: string): Promise<void>;
  /** Ids of the messages whose corrections it was trained on, those deleted since among them. */
  rows(version: string): Promise<string[]>;
  /** What manifests call those rows: keyed hashes, in the order of the ids. */
  rowKeys(messageIds: readonly string[]): string[];
}

export interface DeletionStore {
  /** Told after messages were erased that models were trained on. @param tainted versions of those models */
  onTainted(listener: (tainted: string[]) => void): () => void;
  /** Told after any message was erased because it was deleted. */
  onErased(listener: () => void): () => void;
  /** Those in a model that is kept, oldest first. */
  open(): Promise<Deletion[]>;
  /** Newest first. */
  list(limit: number): Promise<Deletion[]>;
  /** Notes those that are in no kept model any more as done; gives how many. @param version in use now */
  settle(version: string): Promise<number>;
}

export interface ReceiptStore {
  /** In place of what was there for this version. */
  save(version: string, receipts: readonly Receipt[]): Promise<void>;
  of(version: string): Promise<Receipt[]>;
  /** Only of messages whose label is still the same. */
  count(version: string): Promise<Record<ReceiptState, number>>;
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

/** Who may run what: each slot of a job is run to its end once, whoever and however many want to. */
export interface JobRunStore {
  /**
   * Takes the slot for as long as the lease lasts; one conditional statement decides.
   * @returns null where it has ended, somebody holds it, or it was begun `mostAttempts` times
   */
  claim(
    job: string,
    slot: string,
    options: { leaseMs: number; mostAttempts: number },
  ): Promise<JobRun | null>;
  /** @returns false where somebody else has taken it, or it has ended; a lease that ran out is renewed else. */
  renew(claim: JobRun, leaseMs: number): Promise<boolean>;
  /** What has come out so far. */
  note(claim: JobRun, found: Partial<Pick<JobRun, 'corrections' | 'trainingRunId'>>): Promise<void>;
  /** Lets go of what has not come to its end, for whoever claims it next. */
  release(claim: JobRun, reason: string): Promise<void>;
  /** @returns null where somebody else has taken it */
  end(claim: JobRun, end: { state: JobRunState; reason: string | null }): Promise<JobRun | null>;
  /**
   * Fails what nobody holds and nobody will take: every slot but this one, and this one too after `mostAttempts`.
   * @returns how many
   */
  failAbandoned(
    job: string,
    which: { exceptSlot: string; mostAttempts: number; reason: string },
  ): Promise<number>;
  find(job: string, slot: string): Promise<JobRun | null>;
  /** Newest first. */
  list(job: string, limit: number): Promise<JobRun[]>;
  /** When this database was made: what was due before was nobody's to run. */
  installedAt(): Promise<Date>;
}

export interface ReviewStore {
  /**
   * Messages of a community (the platform's own id) for moderators to label: those over which they disagree, the newest
   * first, then those read least surely. Only people's messages whose text is there and that the model could read.
   */
  queue(platform: string, communityId: string, limit: number): Promise<QueuedMessage[]>;
  /** These messages, as they would stand in a queue, in the same order. A few. */
  queued(ids: readonly string[]): Promise<QueuedMessage[]>;
}

/** Contents are JSON, encrypted at rest. */
export interface InboxStore {
  /** Durable when it resolves; null where the event was kept before, handled or not. */
  add(event: { platform: string; key: string; content: unknown }): Promise<InboxEvent | null>;
  /** Not handled yet, oldest first. */
  pending(platform: string): Promise<InboxEvent[]>;
  /** Erases the content; the key is remembered. */
  handled(id: string): Promise<void>;
  /** Forgets what was handled before `date`; gives how many. */
  prune(date: Date): Promise<number>;
}

export interface OutboxStore {
  /** Durable when it resolves; the same platform and key gives the item already there. */
  add(item: NewOutboxItem): Promise<OutboxItem>;
  /** null where it was never added, or is forgotten. */
  find(platform: string, key: string): Promise<OutboxItem | null>;
  /** Waiting and due, by priority, then oldest first; nothing of the channels `except`. */
  due(platform: string, limit: number, except?: readonly string[]): Promise<OutboxItem[]>;
  /** When the next waiting item becomes due, or null where none waits. */
  nextDue(platform: string): Promise<Date | null>;
  /** Erases the content. @param deliveredId what the platform calls it, if anything */
  sent(id: string, deliveredId: string | null): Promise<void>;
  /** It was tried and is tried again at `dueAt`. */
  retry(id: string, dueAt: Date): Promise<void>;
  /** It is not tried again; erases the content. */
  fail(id: string): Promise<void>;
  /** Forgets what is done since before `date`; gives how many. */
  prune(date: Date): Promise<number>;
}

/** Communities are named by the platform's own ids; contents are JSON. */
export interface SettingsStore {
  /** null where nothing was set. */
  get(platform: string, communityId: string): Promise<unknown>;
  set(platform: string, communityId: string, content: unknown): Promise<void>;
  /** The communities of a platform that have set something. */
  list(platform: string): Promise<string[]>;
}

/** People are named by the platform's own ids. */
export interface PeopleStore {
  isLeftOut(platform: string, personId: string): Promise<boolean>;
  /** Who leaves has what they wrote before trained on no more, either, and for good: coming back holds for what comes. */
  leaveOut(platform: string, personId: string, leftOut: boolean): Promise<void>;
  /** By which events name the person. */
  pseudonymOf(platform: string, personId: string): string;
  dataOf(platform: string, personId: string): Promise<PersonalData>;
  /**
   * Erases the texts of a person and of the answers to them, and cuts every tie to them, the wish to be left out excepted;
   * gives how many texts of theirs were erased.
   */
  erase(platform: string, personId: string): Promise<number>;
}

/** Ids are the platform's own. */
export interface MoodScope {
  kind: 'channel' | 'community';
  id: string;
}

export interface MoodQuery extends TimeRange {
  platform: string;
  scope: MoodScope;
}

/** How the messages of one bucket are read now. */
export interface MoodCounts {
  authors: number;
  /** All that are read: `counts` and `unsure` together. */
  messages: number;
  counts: Record<Label, number>;
  /** Read, but without being sure. */
  unsure: number;
}

/** `tooFew`: messages of fewer than 5 people, or none. */
export type MoodBucket = TimeBucket & ({ tooFew: true } | ({ tooFew: false } & MoodCounts));

export interface ReportStore {
  /**
   * Every bucket that `from` … `to` touches, always a whole one: two ranges that differ by a moment could otherwise be
   * subtracted from each other. A message counts as its current label, else as its newest prediction; one that is to be
   * forgotten, was never read, has no author or is Nunchi's own does not count. An unknown channel has only empty buckets.
   * @throws NunchiError `invalid-input` (see `cutBuckets`)
   */
  mood(query: MoodQuery): Promise<MoodBucket[]>;
}

/** Of the readings that one model made in one week. */
export interface ProgressiveScore extends TimeBucket {
  version: string;
  /** All of them, and those without being sure. */
  read: number;
  unsure: number;
  /** Those on which people have decided since, and those that say the same. */
  labelled: number;
  right: number;
  /** Of the labelled ones, those that were sure. */
  sure: number;
  sureRight: number;
}

export interface ProgressiveStore {
  /**
   * By week and model version, oldest first: each reading that people saw is held against the label that they decided on
   * afterwards, so that no model is measured on what it has learned. Of a message that was read several times the last
   * reading before the first word about it counts; one that is to be forgotten does not.
   * @throws NunchiError `invalid-input` (see `cutBuckets`)
   */
  scores(range: Omit<TimeRange, 'bucket'>): Promise<ProgressiveScore[]>;
}

export interface Store {
  messages: MessageStore;
  predictions: PredictionStore;
  feedback: FeedbackStore;
  models: ModelRegistryStore;
  deletions: DeletionStore;
  receipts: ReceiptStore;
  runs: TrainingRunStore;
  jobRuns: JobRunStore;
  review: ReviewStore;
  testimony: TestimonyStore;
  inbox: InboxStore;
  outbox: OutboxStore;
  settings: SettingsStore;
  people: PeopleStore;
  reports: ReportStore;
  progressive: ProgressiveStore;
  close(): Promise<void>;
}
