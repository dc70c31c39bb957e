// The sentiment service as the rest of Nunchi sees it: texts in, readings out, one model at a time, swapped while serving.
import type { ErrorCode } from '../errors.js';
import type { Label, Reading } from '../labels.js';
import type { Explanation } from './explanation.js';

export interface ClassifyResult extends Reading {
  text: string;
}

export interface ClassifyResponse {
  /** Version of the model that read these texts. */
  model: string;
  results: ClassifyResult[];
}

export interface ServedModel {
  version: string;
  directory: string;
  engine: string;
  pid: number;
}

/** How one request went. */
export interface Answered {
  /** Of the model that was asked. */
  version: string;
  /** How many it had. */
  texts: number;
  durationMs: number;
  /** The code of what it threw; null where it was answered. */
  error: ErrorCode | null;
}

export interface SentimentService {
  /** The model that answers now. */
  readonly model: ServedModel;
  /** @throws NunchiError `busy` when the queue is full, `serving-stopped` after `stop()`. */
  classify(texts: readonly string[]): Promise<ClassifyResponse>;
  /**
   * Which words the model that answers now goes by when it reads `text` as `label`.
   * @throws NunchiError `serving-failed`, `serving-stopped`
   */
  explain(text: string, label: Label): Promise<Explanation>;
  /**
   * Starts a process for the model in `directory`, loads, warms up and checks it, without giving it traffic.
   * @throws NunchiError where the model cannot be loaded; the model in use is not touched.
   */
  prepare(directory: string): Promise<PreparedModel>;
  /** Drops every reading that is kept in memory, and the texts with them: something was deleted. */
  forget(): Promise<void>;
  /** Drains and ends every process. */
  stop(): Promise<void>;
}

/** A loaded model that gets no traffic yet: evaluate it, then promote or discard it. */
export interface PreparedModel {
  readonly model: ServedModel;
  classify(texts: readonly string[]): Promise<ClassifyResponse>;
  /** Moves traffic to it in one assignment, then drains and ends the one before. */
  promote(): Promise<void>;
  discard(): Promise<void>;
}
