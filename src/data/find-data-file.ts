// Data files are named by path, or by their place in the folder of the public data sets.
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * @param file as the user wrote it
 * @param dataFolder of the settings
 * @returns the path inside the folder where it is there and not where the user said; otherwise the path as written
 */
export function findDataFile(file: string, dataFolder: string): string {
  if (existsSync(file)) return file;
  const inFolder = path.resolve(dataFolder, file);
  return existsSync(inFolder) ? inFolder : file;
}
