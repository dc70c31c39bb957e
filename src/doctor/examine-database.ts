// Whether the database library works and the database, if there is one, can be read by this version. Read only.
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Config } from '../config.js';
import { NunchiError } from '../errors.js';
import { homePaths } from '../home/home.js';
import { translateSqliteCode } from '../store/file-errors.js';
import { readMigrations } from '../store/migrate.js';
import { SQLITE_MIGRATIONS } from '../store/sqlite.js';
import { ok, type Finding } from './finding.js';

function tryLibrary(): string {
  try {
    const memory = new Database(':memory:');
    const row = memory.prepare<[], { version: string }>('SELECT sqlite_version() AS version').get();
    memory.close();
    return row?.version ?? 'unknown version';
  } catch (error) {
    throw new NunchiError('engine-unavailable', 'better-sqlite3 cannot be loaded', {
      hint: 'Run "npm rebuild better-sqlite3"; where its prebuilt binary cannot be fetched it needs a C++ compiler.',
      cause: error,
    });
  }
}

/**
 * @param config null where the settings are wrong: then only the library is tried.
 * @throws NunchiError `engine-unavailable`, `database-corrupt`, `database-newer`
 */
export function examineDatabase(config: Config | null): Finding {
  const library = `SQLite ${tryLibrary()}`;
  const file = config === null ? null : homePaths(config.home).databaseFile;
  if (file === null || !existsSync(file)) return ok('database', `${library}; made at the first start`);
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
    const check = database.pragma('quick_check', { simple: true });
    if (check !== 'ok') {
      throw new NunchiError('database-corrupt', `${file} is damaged`, { hint: 'Put it back from a backup.' });
    }
    const names = database
      .prepare<[], { migration_name: string }>('SELECT migration_name FROM _prisma_migrations')
      .all()
      .map((row) => row.migration_name);
    const known = new Set(readMigrations(SQLITE_MIGRATIONS).map(({ name }) => name));
    if (names.some((name) => !known.has(name))) {
      throw new NunchiError('database-newer', `${file} was made by a newer version of Nunchi`, {
        hint: 'Run that version, or name another folder with NUNCHI_HOME.',
      });
    }
    const state = names.length === known.size ? 'up to date' : 'brought up to date at the next start';
    return ok('database', `${library}; ${file} is whole and ${state}`);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (error instanceof NunchiError || typeof code !== 'string') throw error;
    throw translateSqliteCode(code, file, error) ?? error;
  } finally {
    database?.close();
  }
}
