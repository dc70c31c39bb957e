// Brings a database up to date at start, from the SQL files and in the bookkeeping of the Prisma CLI, so that
// `prisma migrate status` and `deploy` agree with it.
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NunchiError } from '../errors.js';

/** The little of a database that migrating needs; synchronous or not, it is one connection. */
export interface MigrationTarget {
  /** Runs several statements; an error leaves an open transaction open. */
  executeScript(script: string): Promise<void>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  rollback(): Promise<void>;
  /** What begins a transaction that no other process can write beside. */
  begin: string;
  /** How the table of the migrations is created where it is missing. */
  createTable: string;
  /** A moment as that table keeps it, as an SQL literal. */
  timestamp(date: Date): string;
}

export interface Migration {
  name: string;
  sql: string;
  /** sha256 of the file, as Prisma computes it. */
  checksum: string;
}

interface AppliedMigration {
  name: string;
  checksum: string;
  finished: boolean;
}

/** All of a folder, in order of their names. */
export function readMigrations(directory: string): Migration[] {
  const names = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return names.map((name) => {
    const content = readFileSync(path.join(directory, name, 'migration.sql'));
    return {
      name,
      sql: content.toString('utf8'),
      checksum: createHash('sha256').update(content).digest('hex'),
    };
  });
}

/**
 * Applies what is missing, each migration and its record in one transaction.
 * @returns the names of the applied ones.
 * @throws NunchiError `database-newer` where a later Nunchi migrated this database; `database-migration` where a
 * migration was edited afterwards, or was left half-applied, or fails.
 */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly Migration[],
  now: () => Date,
): Promise<string[]> {
  const pending = missing(await readApplied(target), migrations);
  for (const migration of pending) await apply(target, migration, now());
  return pending.map((migration) => migration.name);
}

async function readApplied(target: MigrationTarget): Promise<AppliedMigration[]> {
  await target.executeScript(target.createTable);
  const rows = await target.query(
    'SELECT "migration_name", "checksum", "finished_at" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY "migration_name"',
  );
  return rows.map((row) => ({
    name: String(row['migration_name']),
    checksum: String(row['checksum']),
    finished: row['finished_at'] !== null,
  }));
}

function missing(applied: readonly AppliedMigration[], migrations: readonly Migration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const newest = migrations.at(-1)?.name ?? '';
  for (const { name, checksum, finished } of applied) {
    const migration = known.get(name);
    if (migration === undefined && name > newest) {
      throw new NunchiError('database-newer', `the database was migrated by a newer Nunchi (${name})`, {
        hint: 'Start that newer version, or put back the database from before the update.',
      });
    }
    if (!finished) {
      throw refused(`the migration ${name} was begun and not finished`);
    }
    if (migration === undefined) {
      throw refused(`the database has a migration that this Nunchi does not know (${name})`);
    }
    if (migration.checksum !== checksum) {
      throw refused(`the migration ${name} was changed after it was applied`);
    }
  }
  const done = new Set(applied.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(target: MigrationTarget, migration: Migration, at: Date): Promise<void> {
  const when = target.timestamp(at);
  // Every value is made here and none comes from outside: an id, a hash, the name of a folder of ours.
  const record = `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count")
    VALUES ('${randomUUID()}', '${migration.checksum}', ${when}, '${migration.name.replaceAll("'", "''")}', ${when}, 1);`;
  try {
    await target.executeScript(`${target.begin};\n${migration.sql}\n;${record}\nCOMMIT;`);
  } catch (error) {
    await target.rollback();
    if (error instanceof NunchiError) throw error;
    throw new NunchiError(
      'database-migration',
      `the migration ${migration.name} failed; nothing of it was kept`,
      {
        hint: 'Start the version of Nunchi that was used before, and report this with the log.',
        cause: error,
      },
    );
  }
}

function refused(message: string): NunchiError {
  return new NunchiError('database-migration', message, {
    hint: 'Put the database back from a backup, and restore the files below prisma/ if they were edited.',
  });
}
