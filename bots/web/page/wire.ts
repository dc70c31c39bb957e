// What the server and the page say to each other, as JSON. Types only; both sides import them.

export type Label = 'negative' | 'neutral' | 'positive';
export type Scores = Record<Label, number>;
export type Language = 'ko' | 'en';

export interface WireError {
  code: string;
  message: string;
  hint?: string;
}

export interface WireReading {
  label: Label;
  /** 0 to 1. */
  confidence: number;
  scores: Scores;
  abstained: boolean;
  abstainReason: 'low-confidence' | 'unknown-text' | 'empty' | null;
  modelVersion: string;
}

export interface WireCorrection {
  /** null: the reading is to be forgotten. */
  label: Label | null;
  trainable: boolean;
  /** Whether a model in use has learned it. */
  learned: boolean;
  /** Whom it waits for before it is learned; null where for nobody. */
  waitsFor: 'moderator' | 'author' | null;
}

export interface WireMessage {
  id: string;
  author: 'person' | 'nunchi';
  inReplyTo: string | null;
  /** null once erased. */
  text: string | null;
  createdAt: string;
  /** A person's message: how it is read now. */
  reading: WireReading | null;
  /** How it was read by the model before that, where a swap had it read again. */
  earlier: WireReading | null;
  /** The reading that Nunchi's answer speaks of: the first one. */
  answered: WireReading | null;
  correction: WireCorrection | null;
}

export interface WireSend {
  /** Made by the page, so that sending again after a lost answer is the same message. */
  id: string;
  text: string;
  language: Language;
}

export type WireOutcome =
  | 'learned-as-label'
  | 'awaits-second'
  | 'awaits-confirmation'
  | 'forgotten'
  | 'taken-back'
  | 'asks'
  | 'not-trainable'
  | 'awaits-others'
  | 'text-erased'
  | 'not-feedback';

export interface WireCorrectionResult {
  outcome: WireOutcome;
  messageId: string;
  correction: WireCorrection | null;
}

export interface WireProgress {
  step: number;
  totalSteps: number;
  epoch: number;
  loss: number;
  examplesPerSecond: number;
  secondsLeft: number;
}

/**
 * Accuracy, 0 to 1, of the model in use and of the new one; null where there is nothing to compare.
 * `learned`: on the corrections it was trained on; `held-out`: on corrections kept apart; `replay`: on sentences that it
 * knew before; `base`: on the frozen base set, where it is there.
 */
export interface WireFigure {
  name: 'learned' | 'held-out' | 'replay' | 'base';
  before: number | null;
  after: number | null;
  n: number;
}

export interface WireRun {
  id: string;
  state: 'running' | 'promoted' | 'kept' | 'awaiting-confirmation' | 'cancelled' | 'failed';
  trigger: string;
  startedAt: string;
  endedAt: string | null;
  corrections: number;
  baseVersion: string;
  candidateVersion: string | null;
  figures: WireFigure[];
  verdict: Record<Language, string> | null;
  reason: string | null;
}

export interface WireTraining {
  phase: 'idle' | 'preparing' | 'training' | 'evaluating' | 'promoting';
  run: WireRun | null;
  progress: WireProgress | null;
  pendingCorrections: number;
  /** Of all corrections, those that no training has for the present, by what they wait for. */
  waiting: { secondOpinion: number; ownConfirmation: number; limit: number };
}

export interface WireModel {
  version: string;
  engine: string;
  since: string;
  /** What a roll back would put in use. */
  previous: string | null;
  /** How it read the corrections when it came into use, beside the model before. */
  receipts: { kept: number; gained: number; unsure: number; lost: number };
}

/** Models that the page lists; what else is known of them it does not need. */
export interface WireListedModel {
  version: string;
  createdAt: string;
  aliases: ('champion' | 'challenger' | 'previous')[];
  taintedAt: string | null;
  purgedAt: string | null;
}

/** Two models side by side; of what is compared the part that the page shows. */
export interface WireDifference {
  before: { version: string; rows: number };
  after: { version: string; rows: number };
  receipts: { onlyBefore: string[]; onlyAfter: string[] } | null;
  files: {
    layers: { layer: string; relative: number }[];
    behaviour: { n: number; passedBefore: number; passedAfter: number; changed: unknown[] };
  } | null;
}

export interface WireState {
  model: WireModel;
  training: WireTraining;
  /** When Nunchi trains by itself next; null where it does not. */
  nextNight: string | null;
  /** The last night where it trained nothing, as long as no training came after it. */
  quietNight: { endedAt: string; corrections: number; needed: number } | null;
  /** The model in use learned from what was deleted since: the next training is made without it. */
  forgets: boolean;
  /** Losses of the run under way, oldest first. */
  losses: number[];
  /** Newest first. */
  runs: WireRun[];
}

/** Of the readings that one model made in the week that begins at `start`. */
export interface WireScore {
  start: string;
  version: string;
  read: number;
  unsure: number;
  /** On which people have decided since, and those that say the same. */
  labelled: number;
  right: number;
}

/** Server-sent events, by name. */
export interface WireEvents {
  message: WireMessage;
  /** A message is read anew or its correction changed. */
  update: WireMessage;
  unread: { messageId: string; error: WireError };
  reread: { messageId: string; text: string | null; before: WireReading; after: WireReading };
  training: WireTraining;
  state: WireState;
  cleared: Record<string, never>;
  /** Events were missed: load everything again. */
  resync: Record<string, never>;
}
