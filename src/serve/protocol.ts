// What the main process asks of a serving process: plain data that crosses the process boundary.
import type { Label, Reading } from '../labels.js';
import type { Explanation } from './explanation.js';

export interface LoadRequest {
  /** Absolute path. */
  directory: string;
  threads: number;
  threshold: number;
}

/** A type, not an interface, because requests are looked up by kind (`Protocol`). */
export type ServeProtocol = {
  /** Once, first: loads, warms up and checks the model. */
  load: { request: LoadRequest; response: { version: string; engine: string } };
  classify: { request: string[]; response: Reading[] };
  /** Drops the readings that are kept, and their texts with them. */
  forget: { request: null; response: null };
};

export interface ExplainRequest {
  /** Absolute path; the same in every request to one process. */
  directory: string;
  threads: number;
  text: string;
  label: Label;
}

export type ExplainProtocol = {
  explain: { request: ExplainRequest; response: Explanation };
};
