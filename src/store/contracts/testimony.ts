// Everything that is known about a message of which somebody has said something: what decides whose word is trained.
import type { Label } from '../../labels.js';

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
