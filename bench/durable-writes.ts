// Messages kept durably, many at once: commits in groups against one commit for each, on the same database settings.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { openHome } from '../src/home/home.js';
import { PrismaClient } from '../src/store/generated/sqlite/client.js';
import { deriveKeys, loadOrCreateKey } from '../src/store/keys.js';
import { createStore, openStore } from '../src/store/open-store.js';
import type { Store } from '../src/store/store.js';
import { compare, type Bench } from './harness.js';

const MESSAGES = 500;

let channels = 0;

async function keep(store: Pick<Store, 'messages'>, atOnce: number): Promise<number> {
  const place = { platform: 'web', communityId: 'bench', channelId: `channel-${(channels += 1)}` };
  const about = { personId: 'somebody', author: 'person', inReplyTo: null, trainable: false } as const;
  let next = 0;
  async function writer(): Promise<void> {
    while (next < MESSAGES) {
      const externalId = String((next += 1));
      await store.messages.add({ ...place, ...about, externalId, text: `message ${externalId} to be kept` });
    }
  }
  const start = performance.now();
  await Promise.all(Array.from({ length: atOnce }, writer));
  return MESSAGES / ((performance.now() - start) / 1000);
}

export const bench: Bench = {
  about: '500 messages kept durably, grouped commits against single ones',
  async run() {
    const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-bench-'));
    const { databaseFile: file, keyFile } = openHome(folder);
    const grouped = await openStore({ file, keyFile });
    // WAL stays with the file.
    const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: file }) });
    await client.$executeRawUnsafe('PRAGMA synchronous = FULL');
    await client.$executeRawUnsafe('PRAGMA secure_delete = ON');
    const keys = deriveKeys(loadOrCreateKey(keyFile, file));
    const single = createStore({ client, keys, now: () => new Date() });
    try {
      const rows = [];
      for (const atOnce of [1, 8, 64]) {
        rows.push(
          await compare({
            row: `${atOnce} at once`,
            unit: 'messages/s',
            better: 'higher',
            ours: { name: 'grouped', measure: () => keep(grouped, atOnce) },
            peer: { name: 'one by one', measure: () => keep(single, atOnce) },
          }),
        );
      }
      return rows;
    } finally {
      await client.$disconnect();
      await grouped.close();
      await rm(folder, { recursive: true });
    }
  },
};
