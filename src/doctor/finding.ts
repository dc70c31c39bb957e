// One thing that was tried and what came of it.
import { NunchiError } from '../errors.js';

export interface Finding {
  name: string;
  /** `note`: worth knowing, nothing is wrong. */
  state: 'ok' | 'note' | 'problem';
  detail: string;
  /** What to do about it, or null. */
  mend: string | null;
}

export const ok = (name: string, detail: string): Finding => ({ name, state: 'ok', detail, mend: null });
export const note = (name: string, detail: string, mend: string | null = null): Finding => ({
  name,
  state: 'note',
  detail,
  mend,
});

/** A finding from whatever was thrown. */
export function problem(name: string, error: unknown): Finding {
  const known = error instanceof NunchiError;
  return {
    name,
    state: 'problem',
    detail: error instanceof Error ? error.message : String(error),
    mend: known ? (error.hint ?? null) : null,
  };
}
