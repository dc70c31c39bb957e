// What whoever asked for something is told where the store could not keep it.
import type { ErrorCode, SerializedError } from '../errors.js';

/** Prisma puts its own error around those of the store, and keeps their code. */
const TOLD: Partial<Record<ErrorCode, SerializedError>> = {
  'disk-full': {
    code: 'disk-full',
    message: 'There is no space left on the disk of Nunchi',
    hint: 'This was not kept. Make room in the home folder, then try it again.',
  },
  'database-timeout': {
    code: 'busy',
    message: 'The database took too long',
    hint: 'This was not kept. Try it again in a moment.',
  },
};

/** null where it is another error. */
export function describeStoreError(error: unknown): SerializedError | null {
  return TOLD[(error as { code?: ErrorCode } | null)?.code ?? 'internal'] ?? null;
}
