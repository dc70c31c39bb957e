// What lies on the disk: no text, no person, no key that others can read.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openHome, type Home } from '../../src/home/home.js';
import { deriveKeys, hashPerson } from '../../src/store/keys.js';
import { openStore } from '../../src/store/open-store.js';
import { decryptText, encryptText } from '../../src/store/text-cipher.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();
const open = (home: Home) => openStore({ file: home.databaseFile, keyFile: home.keyFile });

function everyByte(home: Home): Buffer {
  return Buffer.concat(
    readdirSync(home.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name))),
  );
}

describe('at rest', () => {
  it('holds neither a text nor a person, before closing and after', async () => {
    const home = openHome(nextFolder());
    const store = await open(home);
    const text = 'nobody may read this 아무도';
    const message = await store.messages.add(
      aMessage({ text, personId: 'person-42-secret', externalId: 'visible' }),
    );
    await store.feedback.record(aCorrection(message.id, { personId: 'moderator-42-secret' }));
    const content = { text, personId: 'person-42-secret' };
    await store.inbox.add({ platform: 'slack', key: 'Ev1', content });
    await store.outbox.add({ platform: 'slack', key: 'answer:1', channelId: 'C1', priority: 0, content });
    await store.people.leaveOut('slack', 'person-42-secret', true);
    const check = () => {
      const bytes = everyByte(home);
      expect(bytes.includes('visible')).toBe(true);
      for (const secret of [text, 'nobody may', '아무도', 'person-42-secret', 'moderator-42-secret']) {
        expect(bytes.includes(secret)).toBe(false);
        expect(bytes.includes(Buffer.from(secret, 'utf16le'))).toBe(false);
      }
    };
    check();
    await store.close();
    check();
  });

  it('overwrites an erased text', async () => {
    const home = openHome(nextFolder());
    const store = await open(home);
    const message = await store.messages.add(aMessage());
    await store.close();
    const database = new Database(home.databaseFile, { readonly: true });
    const content = database.prepare('SELECT "content" FROM "MessageText"').pluck().get() as Buffer;
    database.close();
    expect(everyByte(home).includes(content)).toBe(true);
    const again = await open(home);
    await again.messages.eraseText(message.id);
    await again.close();
    // Its random middle: the first bytes of a freed cell hold SQLite's list of free space.
    expect(everyByte(home).includes(content.subarray(8, -8))).toBe(false);
  });
});

describe('the key', () => {
  it('is made once, for the owner alone, and stays', async () => {
    const home = openHome(nextFolder());
    await (await open(home)).close();
    const key = readFileSync(home.keyFile, 'utf8');
    if (process.platform !== 'win32') {
      expect(statSync(home.keyFile).mode & 0o777).toBe(0o600);
      expect(statSync(home.directory).mode & 0o777).toBe(0o700);
    }
    await (await open(home)).close();
    expect(readFileSync(home.keyFile, 'utf8')).toBe(key);
    expect(readdirSync(home.directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is not made anew where a database is without it', async () => {
    const home = openHome(nextFolder());
    await (await open(home)).close();
    rmSync(home.keyFile);
    await expect(open(home)).rejects.toMatchObject({ code: 'database-key' });
    expect(existsSync(home.keyFile)).toBe(false);
  });

  it('is refused where it is another one or none', async () => {
    const home = openHome(nextFolder());
    await (await open(home)).close();
    const other = openHome(nextFolder());
    await (await open(other)).close();
    chmodSync(home.keyFile, 0o600);
    writeFileSync(home.keyFile, readFileSync(other.keyFile));
    await expect(open(home)).rejects.toMatchObject({ code: 'database-key' });
    writeFileSync(home.keyFile, '');
    await expect(open(home)).rejects.toMatchObject({ code: 'database-key' });
  });

  it('gives texts and people keys of their own', () => {
    const keys = deriveKeys(Buffer.alloc(32, 7));
    expect(keys.texts.equals(keys.people)).toBe(false);
    expect(hashPerson(keys, 'web', 'ab')).toBe(hashPerson(keys, 'web', 'ab'));
    expect(hashPerson(keys, 'web', 'ab')).not.toBe(hashPerson(keys, 'slack', 'ab'));
    expect(hashPerson(keys, 'weba', 'b')).not.toBe(hashPerson(keys, 'web', 'ab'));
    expect(hashPerson(deriveKeys(Buffer.alloc(32, 8)), 'web', 'ab')).not.toBe(hashPerson(keys, 'web', 'ab'));
  });
});

describe('an encrypted text', () => {
  const key = Buffer.alloc(32, 1);

  it('differs each time and opens with its message alone', () => {
    const first = encryptText(key, 'message-1', '같은 글');
    expect(first.equals(encryptText(key, 'message-1', '같은 글'))).toBe(false);
    expect(decryptText(key, 'message-1', first)).toBe('같은 글');
    expect(() => decryptText(key, 'message-2', first)).toThrow(/cannot be decrypted/);
    expect(() => decryptText(Buffer.alloc(32, 2), 'message-1', first)).toThrow(/cannot be decrypted/);
  });

  it('is refused when a single bit was changed or bytes are missing', () => {
    const stored = encryptText(key, 'message-1', 'text');
    for (let index = 0; index < stored.length; index += 1) {
      const changed = Buffer.from(stored);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => decryptText(key, 'message-1', changed)).toThrow(/cannot be decrypted/);
      expect(() => decryptText(key, 'message-1', stored.subarray(0, index))).toThrow(/cannot be decrypted/);
    }
  });
});
