// Data files are named by path, or by their place in the local copy of the public data sets.
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * @param file as the user wrote it
 * @param dataFolder the folder of `NUNCHI_DATA`, if any
 * @returns the path as written where it exists or no folder is set, otherwise the path inside the folder
 */
export function findDataFile(file: string, dataFolder: string | undefined): string {
  if (dataFolder === undefined || path.isAbsolute(file) || existsSync(file)) return file;
  return path.join(dataFolder, file);
}
