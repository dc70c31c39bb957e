// What the main process asks of a serving process: plain data that crosses the process boundary.
import type { Reading } from '../labels.js';

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
};
