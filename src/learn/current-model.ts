// A note in the home folder of which model serves, so that `classify` and `evaluate` read with it without the database.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE = 'current-model.txt';

/** @param directory absolute path of the model that serves from now on */
export function noteCurrentModel(home: string, directory: string): void {
  const temporary = path.join(home, `${FILE}.tmp`);
  writeFileSync(temporary, `${path.relative(home, directory)}\n`);
  renameSync(temporary, path.join(home, FILE));
}

/** Absolute path of the model that served last in this home folder, or null where none did or it is gone. */
export function readCurrentModel(home: string): string | null {
  const file = path.join(home, FILE);
  if (!existsSync(file)) return null;
  const directory = path.resolve(home, readFileSync(file, 'utf8').trim());
  return existsSync(path.join(directory, 'config.json')) ? directory : null;
}
