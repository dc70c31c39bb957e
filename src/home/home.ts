// The home folder (NUNCHI_HOME): everything that Nunchi writes, and where in it.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { translateFileError } from '../store/file-errors.js';

export interface Home {
  /** Absolute. */
  directory: string;
  databaseFile: string;
  keyFile: string;
  /** Trained models, one folder each. */
  modelsDirectory: string;
  /** Checkpoints and other working files of training runs. */
  runsDirectory: string;
  /** What models say of the gate's base set; it can be deleted and is then read anew. */
  readingsDirectory: string;
  /** Public data sets, where NUNCHI_DATA does not say otherwise; made by the first fetch. */
  dataDirectory: string;
  /** Held locked for the life of the one process that may write here. */
  lockFile: string;
  /** Who holds the lock and how to reach it. */
  botFile: string;
  /** What the Discord connection must know after a restart. */
  discordFile: string;
}

/**
 * Makes the folder (mode 0700) where it does not exist, and tries whether it can be written.
 * @throws NunchiError `home-not-writable`, `disk-full`
 */
export function openHome(directory: string): Home {
  const home = homePaths(directory);
  try {
    makeDirectory(home.directory);
    tryWriting(path.join(home.directory, `.write-check-${process.pid}`));
    makeDirectory(home.modelsDirectory);
    makeDirectory(home.runsDirectory);
  } catch (error) {
    throw translateFileError(error, home.directory);
  }
  return home;
}

/**
 * Whether the folder, which exists, can be written now.
 * @throws NunchiError `home-not-writable`, `disk-full`
 */
export function checkWritable(directory: string): void {
  try {
    tryWriting(path.join(directory, `.write-check-${process.pid}`));
  } catch (error) {
    throw translateFileError(error, directory);
  }
}

/** Where things are, without touching anything. */
export function homePaths(directory: string): Home {
  const root = path.resolve(directory);
  return {
    directory: root,
    databaseFile: path.join(root, 'nunchi.sqlite'),
    keyFile: path.join(root, 'nunchi.key'),
    modelsDirectory: path.join(root, 'models'),
    runsDirectory: path.join(root, 'runs'),
    readingsDirectory: path.join(root, 'readings'),
    dataDirectory: path.join(root, 'data'),
    lockFile: path.join(root, 'lock.sqlite'),
    botFile: path.join(root, 'bot.json'),
    discordFile: path.join(root, 'discord.json'),
  };
}

/**
 * With the folders above it. Node's own recursive mkdir never returns where a folder that exists answers "no such
 * file" (/proc, some mounts).
 */
function makeDirectory(directory: string): void {
  const parent = path.dirname(directory);
  if (!existsSync(parent) && parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(directory).isDirectory()) throw error;
  }
}

/** A full disk lets a file be made and refuses its content. */
function tryWriting(file: string): void {
  try {
    const descriptor = openSync(file, 'w', 0o600);
    try {
      writeSync(descriptor, Buffer.alloc(4096));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    rmSync(file, { force: true });
  }
}
