// One process per home folder. The lock is SQLite's own file lock, which the kernel releases with the process, also
// after kill -9; a file with a pid in it could be left behind and name a stranger.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { translateFileError, translateSqliteCode } from '../store/file-errors.js';
import type { Home } from './home.js';

/** Long enough to outlast the look of `readRunningBot`, which holds the lock for a moment. */
const ACQUIRE_TIMEOUT_MS = 300;

/** Keeps the connections alive: a collected one closes its file, and the lock is gone without a word. */
const held = new Set<Database.Database>();

const Control = z.object({ host: z.string(), port: z.number().int(), token: z.string() });
const RunningBot = z.object({
  pid: z.number().int(),
  /** ISO 8601 */
  startedAt: z.string(),
  version: z.string().nullable(),
  control: Control.nullable(),
});

/** Where a running bot takes commands. */
export type ControlAddress = z.infer<typeof Control>;

/** The process that holds the home; `control` is null until it published where it takes commands. */
export type RunningBotInfo = z.infer<typeof RunningBot>;

export interface HomeLock {
  /** Tells commands how to reach this process. The file that holds the token is readable by its owner alone. */
  publish(info: { version: string; control: ControlAddress }): void;
  /** Idempotent. */
  release(): void;
}

/**
 * Takes the home for this process until `release` or its end.
 * @throws NunchiError `home-in-use` naming the other process, `home-not-writable`, `disk-full`
 */
export function acquireHomeLock(home: Home, now: () => Date = () => new Date()): HomeLock {
  const connection = tryLock(home, ACQUIRE_TIMEOUT_MS);
  if (connection === null) throw inUse(home);
  const startedAt = now().toISOString();
  const write = (info: RunningBotInfo) => {
    try {
      writeAtomically(home.botFile, `${JSON.stringify(info)}\n`);
    } catch (error) {
      throw translateFileError(error, home.botFile);
    }
  };
  try {
    write({ pid: process.pid, startedAt, version: null, control: null });
  } catch (error) {
    connection.close();
    throw error;
  }
  held.add(connection);
  return {
    publish: ({ version, control }) => write({ pid: process.pid, startedAt, version, control }),
    release() {
      if (!held.delete(connection)) return;
      rmSync(home.botFile, { force: true });
      connection.close();
    },
  };
}

/**
 * The process that holds the home, or null where nobody does.
 * @throws NunchiError `home-in-use` where somebody holds it who cannot be named
 */
export function readRunningBot(home: Home): RunningBotInfo | null {
  if (!existsSync(home.lockFile)) return null;
  const connection = tryLock(home, 0);
  if (connection !== null) {
    connection.close();
    return null;
  }
  const info = readBotFile(home);
  if (info === null) throw inUse(home);
  return info;
}

/** The open connection is the lock; null where another connection, of whatever process, has it. */
function tryLock(home: Home, timeoutMs: number): Database.Database | null {
  let connection: Database.Database | undefined;
  try {
    connection = new Database(home.lockFile, { timeout: timeoutMs });
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection?.close();
    const code = (error as { code?: unknown }).code;
    if (code === 'SQLITE_BUSY') return null;
    const translated = typeof code === 'string' ? translateSqliteCode(code, home.lockFile, error) : null;
    throw translated ?? translateFileError(error, home.lockFile);
  }
}

/** Believed only while the lock is held; a file left by a process that was killed names a pid that is gone. */
function readBotFile(home: Home): RunningBotInfo | null {
  let content: string;
  try {
    content = readFileSync(home.botFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw translateFileError(error, home.botFile);
  }
  const info = RunningBot.safeParse(parseJson(content));
  return info.success && isAlive(info.data.pid) ? info.data : null;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(home: Home): NunchiError {
  const info = readBotFile(home);
  const who = info === null ? 'another process' : `process ${info.pid}`;
  return new NunchiError('home-in-use', `${home.directory} is in use by ${who}`, {
    hint: 'Stop that Nunchi first, or give this one a folder of its own with NUNCHI_HOME.',
  });
}

/** A reader sees the old content or the new, never a part; the token is never readable by others. */
function writeAtomically(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, file);
}
