// The gate in front of the one connection: what waits, what is refused, and that nothing acknowledged is lost.
import { setImmediate } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHome, type Home } from '../../src/home/home.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { PrismaClient } from '../../src/store/generated/sqlite/client.js';
import { transact } from '../../src/store/repositories.js';
import { openSqlite, SQLITE_MIGRATIONS, type SqliteDatabase } from '../../src/store/sqlite.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();
const MISTAKE = new Error('the transaction fails');
const createdAt = new Date(0);
const model = (version: string) => ({ version, directory: '/', metrics: '{}', createdAt });

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('transaction gate', () => {
  let home: Home;
  let database: SqliteDatabase;
  beforeEach(async () => {
    home = openHome(nextFolder());
    database = await openSqlite({
      file: home.databaseFile,
      now: () => createdAt,
      logger: SILENT_LOGGER,
      gateTimeoutMs: 200,
      migrationsDirectory: SQLITE_MIGRATIONS,
    });
  });
  afterEach(() => database.close());
  const versions = async (client = database.client) =>
    (await client.modelVersion.findMany({ orderBy: { version: 'asc' } })).map(({ version }) => version);

  /** A plain write begun while a transaction is open that then rolls back. */
  async function writeBesideRollback(client: PrismaClient): Promise<void> {
    const began = gate();
    const mayEnd = gate();
    const transaction = transact(client, async (inside) => {
      await inside.modelVersion.create({ data: model('rolled-back') });
      began.open();
      await mayEnd.opened;
      throw MISTAKE;
    });
    await began.opened;
    let acknowledged = false;
    const write = client.modelVersion.create({ data: model('acknowledged') }).then(() => {
      acknowledged = true;
    });
    for (let turn = 0; turn < 100 && !acknowledged; turn += 1) await setImmediate();
    mayEnd.open();
    await expect(transaction).rejects.toBe(MISTAKE);
    await write;
  }

  it('keeps a plain write that comes while a transaction is open which then rolls back', async () => {
    await writeBesideRollback(database.client);
    expect(await versions()).toEqual(['acknowledged']);
  });

  it('is needed: without it that write is acknowledged and lost', async () => {
    const bare = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: home.databaseFile }) });
    try {
      await writeBesideRollback(bare);
      expect(await versions(bare)).toEqual([]);
    } finally {
      await bare.$disconnect();
    }
  });

  it('lets transactions begun at the same moment follow one another', async () => {
    const counts = Array.from({ length: 20 }, () =>
      transact(database.client, async (inside) => {
        const count = await inside.modelVersion.count();
        await inside.modelVersion.create({ data: model(`v${count}`) });
      }),
    );
    await Promise.all(counts);
    expect(new Set(await versions()).size).toBe(20);
  });

  it('refuses a query of the plain client inside a transaction, and rolls back', async () => {
    const nested = transact(database.client, async (inside) => {
      await inside.modelVersion.create({ data: model('rolled-back') });
      await database.client.modelVersion.count();
    });
    await expect(nested).rejects.toMatchObject({ code: 'database-nested-query' });
    const twice = transact(database.client, () => transact(database.client, () => Promise.resolve()));
    await expect(twice).rejects.toMatchObject({ code: 'database-nested-query' });
    expect(await versions()).toEqual([]);
  });

  it('does not refuse a query from elsewhere that Prisma sends together with one of the transaction', async () => {
    const began = gate();
    const find = (client: Pick<PrismaClient, 'modelVersion'>, version: string) =>
      client.modelVersion.findUnique({ where: { version } });
    const beside = began.opened.then(() => find(database.client, 'kept'));
    const inside = transact(database.client, async (transaction) => {
      await transaction.modelVersion.create({ data: model('kept') });
      began.open();
      return find(transaction, 'kept');
    });
    expect(await Promise.all([inside, beside])).toMatchObject([{ version: 'kept' }, { version: 'kept' }]);
  });

  it('does not refuse what was set going inside a transaction and queries after its end', async () => {
    const ended = gate();
    let later: Promise<number> | undefined;
    await transact(database.client, (inside) => {
      later = ended.opened.then(() => database.client.modelVersion.count());
      return inside.modelVersion.create({ data: model('kept') });
    });
    ended.open();
    expect(await later).toBe(1);
  });

  it('ends the wait of a query for a transaction that does not end', async () => {
    const began = gate();
    const mayEnd = gate();
    const slow = transact(database.client, async (inside) => {
      await inside.modelVersion.create({ data: model('slow') });
      began.open();
      await mayEnd.opened;
    });
    await began.opened;
    await expect(database.client.modelVersion.count()).rejects.toMatchObject({ code: 'database-timeout' });
    const second = transact(database.client, () => Promise.resolve());
    await expect(second).rejects.toMatchObject({ code: 'database-timeout' });
    mayEnd.open();
    await slow;
    expect(await versions()).toEqual(['slow']);
  });

  it('is usable again after a COMMIT that failed', async () => {
    const message = {
      id: 'message',
      channelId: 'no such channel',
      externalId: '1',
      author: 'person',
      trainable: true,
      createdAt,
    };
    const broken = transact(database.client, async (inside) => {
      // Foreign keys are then checked by COMMIT, which fails and leaves the connection in the transaction.
      await inside.$executeRawUnsafe('PRAGMA defer_foreign_keys = ON');
      await inside.message.create({ data: message });
    });
    await expect(broken).rejects.toThrow();
    await transact(database.client, (inside) => inside.modelVersion.create({ data: model('after') }));
    expect(await versions()).toEqual(['after']);
    expect(await database.client.message.count()).toBe(0);
  });
});
