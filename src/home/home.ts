// The home folder (NUNCHI_HOME): everything that Nunchi writes, and where in it.
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
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
  /** Held locked for the life of the one process that may write here. */
  lockFile: string;
  /** Who holds the lock and how to reach it. */
  botFile: string;
}

/**
 * Makes the folder (mode 0700) where it does not exist, and tries whether it can be written.
 * @throws NunchiError `home-not-writable`, `disk-full`
 */
export function openHome(directory: string): Home {
  const home = homePaths(directory);
  try {
    mkdirSync(home.directory, { recursive: true, mode: 0o700 });
    tryWriting(path.join(home.directory, `.write-check-${process.pid}`));
    mkdirSync(home.modelsDirectory, { recursive: true });
    mkdirSync(home.runsDirectory, { recursive: true });
  } catch (error) {
    throw translateFileError(error, home.directory);
  }
  return home;
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
    lockFile: path.join(root, 'lock.sqlite'),
    botFile: path.join(root, 'bot.json'),
  };
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
