// Which model was live when must be beyond doubt: the database itself refuses to change what the log says.
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openHome } from '../../src/home/home.js';
import { openStore } from '../../src/store/open-store.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();

it('refuses to change or remove a deployment', async () => {
  const { databaseFile, keyFile } = openHome(nextFolder());
  const store = await openStore({ file: databaseFile, keyFile });
  await store.models.register({ version: 'a', directory: '/a', parent: null, metrics: {} });
  await store.models.deploy('a', 'first start');
  await store.close();
  const database = new Database(databaseFile);
  for (const sql of [
    `UPDATE Deployment SET version = 'b'`,
    'DELETE FROM Deployment',
    `REPLACE INTO Deployment SELECT id, 1, 'b', NULL, 'x', createdAt, kind FROM Deployment`,
  ]) {
    // Without this, SQLite runs no delete trigger for a row that REPLACE takes the place of.
    database.pragma('recursive_triggers = ON');
    expect(() => database.prepare(sql).run(), sql).toThrow(/append-only/);
  }
  expect(database.prepare('SELECT version, reason FROM Deployment').all()).toEqual([
    { version: 'a', reason: 'first start' },
  ]);
  database.close();
});
