// Migrating at start: what is applied and recorded, and which databases are refused.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { openHome, type Home } from '../../src/home/home.js';
import { openStore } from '../../src/store/open-store.js';
import { SQLITE_MIGRATIONS } from '../../src/store/sqlite.js';
import { aMessage } from '../contracts/store.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();
const LATER = '20990101000000_later';

interface RecordRow {
  migration_name: string;
  checksum: string;
  finished_at: number | null;
  applied_steps_count: number;
}

describe('migrations', () => {
  let home: Home;
  let migrationsDirectory: string;
  beforeEach(() => {
    home = openHome(nextFolder());
    migrationsDirectory = path.join(nextFolder(), 'migrations');
    cpSync(SQLITE_MIGRATIONS, migrationsDirectory, { recursive: true });
  });

  const start = () => openStore({ file: home.databaseFile, keyFile: home.keyFile, migrationsDirectory });
  const startAndStop = async () => (await start()).close();
  function addMigration(name: string, sql: string): void {
    mkdirSync(path.join(migrationsDirectory, name));
    writeFileSync(path.join(migrationsDirectory, name, 'migration.sql'), sql);
  }
  function inDatabase<T>(use: (database: Database.Database) => T): T {
    const database = new Database(home.databaseFile);
    try {
      return use(database);
    } finally {
      database.close();
    }
  }
  const records = () =>
    inDatabase((database) =>
      database.prepare<[], RecordRow>('SELECT * FROM "_prisma_migrations" ORDER BY "migration_name"').all(),
    );
  const tables = () =>
    inDatabase((database) =>
      database.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all(),
    );

  it('are recorded as the Prisma CLI records them, once', async () => {
    await startAndStop();
    const first = records();
    await startAndStop();
    expect(records()).toEqual(first);
    for (const record of first) {
      const file = path.join(migrationsDirectory, record.migration_name, 'migration.sql');
      expect(record.checksum).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
      expect(record).toMatchObject({ applied_steps_count: 1, rolled_back_at: null, logs: null });
      expect(record.finished_at).toBeTypeOf('number');
    }
    expect(first.length).toBeGreaterThan(0);
  });

  it('are applied to a database that has rows already', async () => {
    const before = await start();
    const message = await before.messages.add(aMessage());
    await before.close();
    addMigration(LATER, 'CREATE TABLE "Later" ("id" TEXT);\nINSERT INTO "Later" VALUES (\'a;b\');');
    const after = await start();
    expect(await after.messages.get(message.id)).toEqual(message);
    await after.close();
    expect(tables()).toContain('Later');
    expect(records().at(-1)?.migration_name).toBe(LATER);
  });

  it('leave nothing behind when one fails', async () => {
    addMigration(LATER, 'CREATE TABLE "Later" ("id" TEXT);\nINSERT INTO "NoSuchTable" VALUES (1);');
    await expect(start()).rejects.toMatchObject({ code: 'database-migration' });
    expect(tables()).not.toContain('Later');
    expect(records().map((record) => record.migration_name)).not.toContain(LATER);
    writeFileSync(
      path.join(migrationsDirectory, LATER, 'migration.sql'),
      'CREATE TABLE "Later" ("id" TEXT);',
    );
    await startAndStop();
    expect(tables()).toContain('Later');
  });

  it('refuse a database of a newer version, and leave it alone', async () => {
    const withoutLater = path.join(nextFolder(), 'migrations');
    cpSync(migrationsDirectory, withoutLater, { recursive: true });
    addMigration(LATER, 'CREATE TABLE "Later" ("id" TEXT);');
    await startAndStop();
    const before = readFileSync(home.databaseFile);
    migrationsDirectory = withoutLater;
    await expect(start()).rejects.toMatchObject({
      code: 'database-newer',
      message: expect.stringContaining(LATER) as string,
    });
    expect(readFileSync(home.databaseFile).equals(before)).toBe(true);
  });

  it('refuse a migration that was edited after it was applied', async () => {
    addMigration(LATER, 'CREATE TABLE "Later" ("id" TEXT);');
    await startAndStop();
    writeFileSync(
      path.join(migrationsDirectory, LATER, 'migration.sql'),
      'CREATE TABLE "Other" ("id" TEXT);',
    );
    await expect(start()).rejects.toMatchObject({ code: 'database-migration' });
    expect(tables()).not.toContain('Other');
  });

  it('refuse a migration that was begun and not finished', async () => {
    await startAndStop();
    inDatabase((database) => database.exec('UPDATE "_prisma_migrations" SET "finished_at" = NULL'));
    await expect(start()).rejects.toMatchObject({ code: 'database-migration' });
  });

  it('apply again what was marked as rolled back', async () => {
    await startAndStop();
    addMigration(LATER, 'CREATE TABLE "Later" ("id" TEXT);');
    inDatabase((database) =>
      database.exec(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "rolled_back_at")
         VALUES ('x', 'y', '${LATER}', 1, 2)`,
      ),
    );
    await startAndStop();
    expect(tables()).toContain('Later');
  });
});
