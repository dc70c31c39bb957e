// What goes wrong with files and disks: a coded error, and nothing acknowledged is lost.
import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openHome, type Home } from '../../src/home/home.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { deriveKeys, loadOrCreateKey } from '../../src/store/keys.js';
import { createStore, openStore } from '../../src/store/open-store.js';
import { openSqlite, SQLITE_MIGRATIONS } from '../../src/store/sqlite.js';
import type { StoredMessage } from '../../src/store/contracts/messages.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();
const open = (home: Home) => openStore({ file: home.databaseFile, keyFile: home.keyFile });

describe('a damaged database', () => {
  it('is refused where it is no database at all', async () => {
    const home = openHome(nextFolder());
    await (await open(home)).close();
    writeFileSync(home.databaseFile, 'this is not a database, whatever its name says '.repeat(200));
    await expect(open(home)).rejects.toMatchObject({ code: 'database-corrupt' });
  });

  it('says so where pages of it were overwritten', async () => {
    const home = openHome(nextFolder());
    const store = await open(home);
    for (let index = 0; index < 40; index += 1)
      await store.messages.add(aMessage({ text: 'long '.repeat(100) }));
    await store.close();
    const descriptor = openSync(home.databaseFile, 'r+');
    // The first page holds the tables' names and stays; every page of the tables themselves goes.
    writeSync(descriptor, Buffer.alloc(statSync(home.databaseFile).size - 8192, 0xff), 0, undefined, 8192);
    closeSync(descriptor);
    const reading = (async () => {
      const damaged = await open(home);
      try {
        await damaged.messages.history('page', { limit: 500 });
      } finally {
        await damaged.close();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'database-corrupt' });
  });
});

describe('a database that cannot be written', () => {
  it('is refused in a folder that does not exist and below a file', async () => {
    const missing = path.join(nextFolder(), 'missing');
    const config = (folder: string) => ({
      file: path.join(folder, 'database'),
      keyFile: path.join(folder, 'key'),
    });
    await expect(openStore(config(missing))).rejects.toMatchObject({ code: 'home-not-writable' });
    const home = openHome(nextFolder());
    const file = path.join(home.directory, 'file');
    writeFileSync(file, '');
    await expect(openStore(config(file))).rejects.toMatchObject({ code: 'home-not-writable' });
    const database = path.join(home.directory, 'a-folder');
    mkdirSync(database);
    const blocked = openSqlite({
      file: database,
      now: () => new Date(),
      logger: SILENT_LOGGER,
      gateTimeoutMs: 1000,
      migrationsDirectory: SQLITE_MIGRATIONS,
    });
    await expect(blocked).rejects.toMatchObject({ code: 'home-not-writable' });
  });

  it('says so when another program holds it', async () => {
    const home = openHome(nextFolder());
    const store = await open(home);
    const other = new Database(home.databaseFile);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.messages.add(aMessage())).rejects.toMatchObject({ code: 'database-timeout' });
    other.exec('ROLLBACK');
    other.close();
    const message = await store.messages.add(aMessage());
    expect(await store.messages.get(message.id)).toEqual(message);
    await store.close();
  });
});

describe('a full disk', () => {
  it('refuses what does not fit, keeps what was acknowledged and goes on once there is room', async () => {
    const home = openHome(nextFolder());
    const database = await openSqlite({
      file: home.databaseFile,
      now: () => new Date(),
      logger: SILENT_LOGGER,
      gateTimeoutMs: 1000,
      migrationsDirectory: SQLITE_MIGRATIONS,
    });
    const { client } = database;
    await client.installation.create({ data: { id: 1, keyFingerprint: '', createdAt: new Date() } });
    const keys = deriveKeys(loadOrCreateKey(home.keyFile, path.join(home.directory, 'none')));
    const store = createStore({ client, keys, now: () => new Date() });
    const first = await store.messages.add(aMessage());
    // SQLite's own limit gives the very error of a disk that is full (SQLITE_FULL).
    const [{ page_count: pages }] =
      await client.$queryRawUnsafe<[{ page_count: bigint }]>('PRAGMA page_count');
    await client.$queryRawUnsafe(`PRAGMA max_page_count = ${Number(pages) + 4}`);

    const acknowledged: StoredMessage[] = [first];
    const fill = async () => {
      for (;;) acknowledged.push(await store.messages.add(aMessage({ text: 'fills '.repeat(200) })));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'disk-full' });
    await expect(store.messages.add(aMessage({ text: 'x'.repeat(50_000) }))).rejects.toMatchObject({
      code: 'disk-full',
    });
    for (const message of acknowledged) expect(await store.messages.get(message.id)).toEqual(message);
    expect(await client.message.count()).toBe(acknowledged.length);
    expect(await client.messageText.count()).toBe(acknowledged.length);

    await client.$queryRawUnsafe(`PRAGMA max_page_count = ${Number(pages) + 400}`);
    expect(await store.feedback.record(aCorrection(first.id))).toMatchObject({ label: 'negative' });
    await database.close();
  });
});
