// Files of a model directory on disk: hashes, safe relative paths, durable writes.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { NunchiError } from '../errors.js';

/** @returns sha256 in hex */
export function hashBytes(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** @returns sha256 in hex @throws NunchiError `model-missing-file` */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    throw new NunchiError('model-missing-file', `${file} is missing or cannot be read`, {
      hint: 'The model directory is incomplete; copy or train it again.',
      cause: error,
    });
  }
  return hash.digest('hex');
}

/** Whether a path of a manifest stays inside its directory on every system. */
export function isSafeRelativePath(file: string): boolean {
  return (
    /^[^\\:\0]+$/.test(file) && file.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows can neither open nor sync a folder.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a file is to hold; the pieces of a large one are asked for as they are written. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>;

/** @returns sha256 in hex, once the file is on the disk */
async function writeFileDurably(file: string, content: FileContent): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'wx');
  const hash = createHash('sha256');
  try {
    const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    for await (const piece of pieces) {
      hash.update(piece);
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** Writes files below a new directory and returns once they are on the disk. @param files relative path to content */
async function writeFilesDurably(
  directory: string,
  files: ReadonlyMap<string, FileContent>,
  describe: DescribeFiles | undefined,
): Promise<void> {
  const folders = new Set([directory]);
  const hashes: Record<string, string> = {};
  for (const [name, content] of files) {
    const file = path.join(directory, name);
    folders.add(path.dirname(file));
    hashes[name] = await writeFileDurably(file, content);
  }
  if (describe !== undefined) {
    const [name, content] = describe(hashes);
    await writeFileDurably(path.join(directory, name), content);
  }
  for (const folder of folders) await syncDirectory(folder);
}

/** Makes one more file from what the others turned out to be. @param hashes relative path to sha256 in hex */
export type DescribeFiles = (hashes: Record<string, string>) => [name: string, content: string];

/** Before the work that is to fill it. @throws NunchiError `usage` */
export function refuseExisting(directory: string): void {
  if (!existsSync(directory)) return;
  throw new NunchiError('usage', `${directory} exists already`, {
    hint: 'Name a folder that does not exist yet.',
  });
}

/** Gives a finished temporary directory its name. @throws NunchiError `usage` where `target` exists */
async function moveIntoPlace(temporary: string, target: string): Promise<void> {
  // POSIX would let a folder take the place of an empty one.
  refuseExisting(target);
  await rename(temporary, target);
  await syncDirectory(path.dirname(target));
}

const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST'];

/** What a failed write of `target` means to a person. */
function writeError(target: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new NunchiError('disk-full', `no space left to write ${target}`, {
      hint: 'Free some space and try again.',
      cause: error,
    });
  }
  if (code !== undefined && NOT_WRITABLE.includes(code)) {
    return new NunchiError('home-not-writable', `${target} cannot be written (${code})`, {
      hint: 'Choose a folder that you may write to.',
      cause: error,
    });
  }
  return error;
}

/**
 * Writes a new directory so that it is there whole or not at all, even after a power cut.
 * @param files relative path to content
 * @throws NunchiError `usage` where the directory exists, `disk-full`, `home-not-writable`, and what a content throws
 */
export async function writeNewDirectory(
  directory: string,
  files: ReadonlyMap<string, FileContent>,
  describe?: DescribeFiles,
): Promise<void> {
  const temporary = `${directory}.tmp-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(path.dirname(directory), { recursive: true });
    await mkdir(temporary);
  } catch (error) {
    throw writeError(directory, error);
  }
  try {
    await writeFilesDurably(temporary, files, describe);
    await moveIntoPlace(temporary, directory);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(directory, error);
  }
}

/**
 * Puts new content in a file's place, so that a reader finds the old or the new one whole, even after a power cut.
 * @throws NunchiError `disk-full`, `home-not-writable`
 */
export async function replaceFileDurably(file: string, content: string): Promise<void> {
  const temporary = `${file}.tmp-${randomBytes(6).toString('hex')}`;
  try {
    await writeFileDurably(temporary, content);
    await rename(temporary, file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    // Below a file there is nothing to remove, and saying so must not hide the first error.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(file, error);
  }
}
