// A pause that can be cut short.
import { setTimeout as pause } from 'node:timers/promises';

/** @returns false where the signal came first */
export async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pause(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
