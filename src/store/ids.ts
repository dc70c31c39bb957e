// Row ids: version 7 UUIDs (RFC 9562), which sort in the order in which this process made them.
import { v7 } from 'uuid';

/** Ids made by one process grow strictly, also within a millisecond and when the clock is set back. */
export function newId(): string {
  return v7();
}
