// Commits in groups, with the real engine: how many there are, and that nobody is told before the disk has it.
import { setImmediate } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHome, type Home } from '../../src/home/home.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { PrismaClient } from '../../src/store/generated/sqlite/client.js';
import { isPrismaError, transact } from '../../src/store/repositories.js';
import { openSqlite, SQLITE_MIGRATIONS } from '../../src/store/sqlite.js';
import { withTransactionGate } from '../../src/store/transaction-gate.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();
const createdAt = new Date(0);
const model = (version: string) => ({ version, directory: '/', metrics: '{}', createdAt });

/** Lets whatever can go on go on. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

describe('group commit', () => {
  let home: Home;
  let client: PrismaClient;
  let connection: Database.Database;
  let commits: number;
  /** What a COMMIT waits for; what it fails with. */
  let disk: { ready: Promise<void>; failure: Error | null };
  /** What a statement that names it does in place of itself. */
  let accident: { named: string; happens: () => void } | null;

  const before = async (query: SqlQuery): Promise<void> => {
    if (accident !== null && query.args.includes(accident.named)) accident.happens();
    if (query.sql !== 'COMMIT') return;
    commits += 1;
    await disk.ready;
    if (disk.failure !== null) throw disk.failure;
  };

  function watched<T extends SqlDriverAdapter | Transaction>(inner: T): T {
    return new Proxy(inner, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === 'startTransaction')
          return async () => watched(await (target as SqlDriverAdapter).startTransaction());
        if (name === 'executeRaw' || name === 'queryRaw')
          return async (query: SqlQuery) => {
            await before(query);
            return target[name](query);
          };
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  beforeEach(async () => {
    home = openHome(nextFolder());
    const file = home.databaseFile;
    const options = { now: () => createdAt, logger: SILENT_LOGGER, gateTimeoutMs: 500 };
    await (await openSqlite({ file, ...options, migrationsDirectory: SQLITE_MIGRATIONS })).close();
    const factory = new PrismaBetterSqlite3({ url: file });
    const adapter = await factory.connect();
    connection = (adapter as SqlDriverAdapter & { client: Database.Database }).client;
    [commits, disk, accident] = [0, { ready: Promise.resolve(), failure: null }, null];
    const gated = withTransactionGate(watched(adapter), {
      timeoutMs: options.gateTimeoutMs,
      translate: (error) => error,
      inTransaction: () => connection.inTransaction,
    });
    const { provider, adapterName } = factory;
    client = new PrismaClient({ adapter: { provider, adapterName, connect: () => Promise.resolve(gated) } });
  });
  afterEach(() => client.$disconnect());

  const create = (version: string) => client.modelVersion.create({ data: model(version) });
  const createTwo = (version: string) =>
    transact(client, async (inside) => {
      await inside.modelVersion.create({ data: model(`${version}-a`) });
      await inside.modelVersion.create({ data: model(`${version}-b`) });
    });
  const versions = () =>
    connection
      .prepare('SELECT version FROM ModelVersion ORDER BY version')
      .all()
      .map((row) => (row as { version: string }).version);

  it('takes what is written in one moment to the disk together, transactions and plain writes', async () => {
    const many = Array.from({ length: 50 }, (_, count) =>
      count % 2 === 0 ? create(`v${count}`) : createTwo(`v${count}`),
    );
    await Promise.all(many);
    expect(versions()).toHaveLength(75);
    expect(commits).toBeLessThan(10);
  });

  it('acknowledges nothing, and shows nothing as there, before the disk has it', async () => {
    let ready = (): void => undefined;
    disk.ready = new Promise((resolve) => (ready = resolve));
    const told: string[] = [];
    const note = (what: string) => () => void told.push(what);
    const all = [
      create('plain').then(note('plain')),
      createTwo('both').then(note('transaction')),
      client.modelVersion.count().then(note('read')),
      create('plain').then(note('twice'), (error: unknown) => {
        if (isPrismaError(error, 'P2002')) told.push('is there');
      }),
    ];
    await turns(200);
    expect(commits).toBe(1);
    expect(told).toEqual([]);
    ready();
    await Promise.all(all);
    expect(told.sort()).toEqual(['is there', 'plain', 'read', 'transaction']);
  });

  it('tells every member where the disk fails, keeps nothing of theirs, and goes on', async () => {
    disk.failure = new Error('the disk is gone');
    const ends = await Promise.allSettled([create('one'), createTwo('two'), create('three')]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(versions()).toEqual([]);
    disk.failure = null;
    await create('after');
    expect(versions()).toEqual(['after']);
  });

  it('lets one member fail alone', async () => {
    await create('there');
    const rolledBack = transact(client, async (inside) => {
      await inside.modelVersion.create({ data: model('rolled-back') });
      throw new Error('the transaction fails');
    });
    const ends = await Promise.allSettled([create('one'), create('there'), rolledBack, createTwo('two')]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(versions()).toEqual(['one', 'there', 'two-a', 'two-b']);
  });

  it.each(['plain', 'in a transaction'])(
    'tells those before, and spares those after, where SQLite itself rolls the group back: %s',
    async (kind) => {
      const full = new Error('database or disk is full');
      const after: Promise<unknown>[] = [];
      accident = {
        named: 'unlucky',
        happens() {
          accident = null;
          connection.exec('ROLLBACK');
          after.push(create('after'), createTwo('later'));
          throw full;
        },
      };
      const unlucky = () =>
        kind === 'plain'
          ? create('unlucky')
          : transact(client, (inside) => inside.modelVersion.create({ data: model('unlucky') }));
      const ends = await Promise.allSettled([create('before'), unlucky()]);
      expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await Promise.all(after);
      expect(versions()).toEqual(['after', 'later-a', 'later-b']);
      for (const end of ends) {
        expect(end.status === 'rejected' && String(end.reason)).toContain('disk is full');
      }
    },
  );
});
