// The installation's key: one file made at first start, from which the keys of texts and of people are derived.
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { NunchiError } from '../errors.js';
import { translateFileError } from './file-errors.js';

const KEY_BYTES = 32;

export interface StoreKeys {
  /** AES-256 key of the texts. */
  texts: Buffer;
  /** HMAC-SHA256 key of people's ids. */
  people: Buffer;
  /** HMAC-SHA256 key of training rows. */
  rows: Buffer;
  /** Tells keys apart without giving anything away. */
  fingerprint: string;
}

/**
 * Reads the key file, or makes it where neither it nor the database exists yet.
 * @throws NunchiError `database-key` where a database exists without its key, or the file holds no key;
 * `home-not-writable`, `disk-full`.
 */
export function loadOrCreateKey(keyFile: string, databaseFile: string): Buffer {
  if (!existsSync(keyFile)) {
    if (existsSync(databaseFile) && statSync(databaseFile).size > 0) {
      throw new NunchiError(
        'database-key',
        `the key ${keyFile} is missing, and the database ${databaseFile} cannot be read without it`,
        {
          hint: 'Put the key file back from a backup; without it, move the database away to begin a new one.',
        },
      );
    }
    createKeyFile(keyFile);
  }
  return readKey(keyFile);
}

/** The working keys and the fingerprint, by HKDF-SHA256 (RFC 5869) with one purpose each. */
export function deriveKeys(key: Buffer): StoreKeys {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', key, '', `nunchi ${purpose} v1`, KEY_BYTES));
  return {
    texts: derive('texts'),
    people: derive('people'),
    rows: derive('rows'),
    fingerprint: derive('fingerprint').toString('hex'),
  };
}

/** A person's pseudonym: the same person on the same platform of this installation always gets the same one. */
export function hashPerson(keys: StoreKeys, platform: string, personId: string): string {
  return createHmac('sha256', keys.people)
    .update(JSON.stringify([platform, personId]))
    .digest('hex');
}

/** What a model's manifest calls the correction of a message that it was trained on: tells nothing without the key. */
export function hashRow(keys: StoreKeys, messageId: string): string {
  return createHmac('sha256', keys.rows).update(messageId).digest('hex');
}

const ERASED = 'erased:';

/** In place of a person who had themselves erased: leads to nobody, and keeps their words together. */
export const hashNobody = (id: string): string => ERASED + id;
export const isNobody = (personHash: string): boolean => personHash.startsWith(ERASED);

function readKey(keyFile: string): Buffer {
  let content: string;
  try {
    content = readFileSync(keyFile, 'utf8');
  } catch (error) {
    throw translateFileError(error, keyFile);
  }
  const key = Buffer.from(content.trim(), 'base64');
  if (key.length !== KEY_BYTES) {
    throw new NunchiError('database-key', `${keyFile} does not hold a key`, {
      hint: 'Put the key file back from a backup; Nunchi made it at its first start.',
    });
  }
  return key;
}

/** Complete or absent, and never over another: a half-written key would lock the database for good. */
function createKeyFile(keyFile: string): void {
  const temporary = `${keyFile}.${process.pid}.tmp`;
  try {
    writeDurably(temporary, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    try {
      publish(temporary, keyFile);
    } finally {
      rmSync(temporary, { force: true });
    }
    syncDirectory(path.dirname(keyFile));
  } catch (error) {
    throw translateFileError(error, keyFile);
  }
}

function writeDurably(file: string, content: string): void {
  // What a killed start with the same process id left behind.
  rmSync(file, { force: true });
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A hard link fails where the name is taken; so does the copy, for file systems without links. */
function publish(temporary: string, keyFile: string): void {
  try {
    linkSync(temporary, keyFile);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    copyFileSync(temporary, keyFile, constants.COPYFILE_EXCL);
  }
}

/** Without this the name itself may be lost with the power, while the database stays. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
