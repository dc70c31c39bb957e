// The embedded database: SQLite through Prisma's better-sqlite3 adapter, made durable, gated and migrated.
import path from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type Database from 'better-sqlite3';
import { NunchiError } from '../errors.js';
import type { Logger } from '../log.js';
import { PACKAGE_ROOT } from '../paths.js';
import { translateSqliteCode } from './file-errors.js';
import { PrismaClient } from './generated/sqlite/client.js';
import { migrate, readMigrations, type MigrationTarget } from './migrate.js';
import { withTransactionGate } from './transaction-gate.js';

export const SQLITE_MIGRATIONS = path.join(PACKAGE_ROOT, 'prisma', 'sqlite', 'migrations');

/** SQLite waits this long for another process's lock, holding up the event loop meanwhile. */
const BUSY_TIMEOUT_MS = 2000;
const TRANSACTION_TIMEOUT_MS = 30_000;

export interface SqliteConfig {
  file: string;
  now: () => Date;
  logger: Logger;
  /** Longest wait of a query for the open transaction, in milliseconds. */
  gateTimeoutMs: number;
  migrationsDirectory: string;
}

export interface SqliteDatabase {
  client: PrismaClient;
  close(): Promise<void>;
}

/**
 * Opens, migrates and connects. WAL with synchronous=FULL: what was acknowledged is on the disk.
 * @throws NunchiError `home-not-writable`, `disk-full`, `database-corrupt`, `database-newer`, `database-migration`,
 * `database-timeout`.
 */
export async function openSqlite(config: SqliteConfig): Promise<SqliteDatabase> {
  const factory = new PrismaBetterSqlite3({ url: config.file, timeout: BUSY_TIMEOUT_MS });
  const translate = (error: unknown) => translateDriverError(error, config.file);
  let adapter: SqlDriverAdapter;
  try {
    adapter = await factory.connect();
  } catch (error) {
    throw translate(error);
  }
  try {
    const connection = connectionOf(adapter);
    await prepare(connection, config);
    const gated = withTransactionGate(adapter, {
      timeoutMs: config.gateTimeoutMs,
      translate,
      inTransaction: () => connection.open && connection.inTransaction,
    });
    const client = connectClient(gated, factory, config.gateTimeoutMs);
    return { client, close: () => close(client, adapter, connection) };
  } catch (error) {
    await adapter.dispose();
    throw translate(error);
  }
}

function connectClient(
  gated: SqlDriverAdapter,
  factory: SqlDriverAdapterFactory,
  gateTimeoutMs: number,
): PrismaClient {
  return new PrismaClient({
    adapter: {
      provider: factory.provider,
      adapterName: factory.adapterName,
      connect: () => Promise.resolve(gated),
    },
    // Prisma's own wait must outlast the gate's, whose error is the coded one.
    transactionOptions: { maxWait: gateTimeoutMs * 2, timeout: TRANSACTION_TIMEOUT_MS },
    errorFormat: 'minimal',
  });
}

async function prepare(connection: Database.Database, config: SqliteConfig): Promise<void> {
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  // Erased texts are overwritten, not only unlinked.
  connection.pragma('secure_delete = ON');
  const applied = await migrate(
    migrationTarget(connection),
    readMigrations(config.migrationsDirectory),
    config.now,
  );
  if (applied.length > 0) config.logger.info('database migrated', { count: applied.length });
}

function migrationTarget(connection: Database.Database): MigrationTarget {
  return {
    begin: 'BEGIN IMMEDIATE',
    createTable: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
      "id" TEXT PRIMARY KEY NOT NULL,
      "checksum" TEXT NOT NULL,
      "finished_at" DATETIME,
      "migration_name" TEXT NOT NULL,
      "logs" TEXT,
      "rolled_back_at" DATETIME,
      "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
      "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
    );`,
    timestamp: (date) => String(date.getTime()),
    executeScript: (script) => Promise.resolve(void connection.exec(script)),
    query: (sql) => Promise.resolve(connection.prepare<[], Record<string, unknown>>(sql).all()),
    rollback: () => Promise.resolve(void (connection.inTransaction && connection.exec('ROLLBACK'))),
  };
}

/** The adapter's connection, which its types do not show; needed to know whether a transaction is open. */
function connectionOf(adapter: SqlDriverAdapter): Database.Database {
  const { client } = adapter as SqlDriverAdapter & { client?: Database.Database };
  if (typeof client?.inTransaction !== 'boolean') {
    throw new NunchiError('internal', 'the SQLite adapter no longer gives access to its connection');
  }
  return client;
}

async function close(
  client: PrismaClient,
  adapter: SqlDriverAdapter,
  connection: Database.Database,
): Promise<void> {
  await client.$disconnect();
  if (connection.open) await adapter.dispose();
}

/** Prisma's adapter wraps SQLite's error; migrations meet it bare. */
function translateDriverError(error: unknown, file: string): unknown {
  if (error instanceof NunchiError || !(error instanceof Error)) return error;
  const wrapped = error.cause as { originalCode?: unknown } | undefined;
  const code = wrapped?.originalCode ?? (error as NodeJS.ErrnoException).code;
  if (typeof code !== 'string') {
    // better-sqlite3 checks the folder itself and throws a TypeError without a code.
    return error instanceof TypeError && error.message.includes('directory does not exist')
      ? translateSqliteCode('SQLITE_CANTOPEN', file, error)
      : error;
  }
  return translateSqliteCode(code, file, error) ?? error;
}
