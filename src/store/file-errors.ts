// What the file system and SQLite say, in Nunchi's error codes.
import { NunchiError } from '../errors.js';

/** The coded error for a failed file operation below the home folder. */
export function translateFileError(error: unknown, file: string): NunchiError {
  if (error instanceof NunchiError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(file, error);
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    return new NunchiError('home-not-writable', `${file} is not a folder, or lies below a file (${code})`, {
      hint: 'Name a folder with NUNCHI_HOME.',
      cause: error,
    });
  }
  return notWritable(file, code, error);
}

/**
 * The coded error for one of SQLite's result codes (https://sqlite.org/rescode.html), or null where the code says
 * nothing about the file (a violated constraint, for example).
 */
export function translateSqliteCode(code: string, file: string, cause: unknown): NunchiError | null {
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_WRITE' || code === 'SQLITE_IOERR_SHMSIZE') {
    return diskFull(file, cause);
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return new NunchiError('database-corrupt', `the database ${file} is damaged (${code})`, {
      hint: 'Stop Nunchi and put the file back from a backup, or move it away to begin a new one.',
      cause,
    });
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_PERM') {
    return notWritable(file, code, cause);
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new NunchiError('database-timeout', `the database ${file} is held by another process (${code})`, {
      hint: 'Close the other program that has the database open, then try again.',
      cause,
    });
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new NunchiError('database-corrupt', `the database ${file} cannot be read or written (${code})`, {
      hint: 'Check the disk and the folder; put the file back from a backup if it was damaged.',
      cause,
    });
  }
  return null;
}

function diskFull(file: string, cause: unknown): NunchiError {
  return new NunchiError('disk-full', `no space left to write ${file}`, {
    hint: 'Free some space on that disk; what was acknowledged before is kept.',
    cause,
  });
}

function notWritable(file: string, code: string, cause: unknown): NunchiError {
  return new NunchiError('home-not-writable', `${file} cannot be written (${code})`, {
    hint: 'Give Nunchi write access to that folder, or name another one with NUNCHI_HOME.',
    cause,
  });
}
