// Where the package lives: sources and build share these, whichever of the two is running.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

function findPackageRoot(): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'package.json'))) {
    if (directory === path.dirname(directory))
      throw new Error("Nunchi's package.json is gone: copy or clone its whole folder");
    directory = path.dirname(directory);
  }
  return directory;
}

/** The folder that holds package.json. */
export const PACKAGE_ROOT = findPackageRoot();

/** The model that comes with Nunchi. */
export const SHIPPED_MODEL_DIRECTORY = path.join(PACKAGE_ROOT, 'models', 'default');

/**
 * The built file of a child process.
 * @param source path of its TypeScript source from the package root, such as `src/serve/worker.ts`.
 */
export function childEntry(source: string): URL {
  return pathToFileURL(path.join(PACKAGE_ROOT, 'dist', source.replace(/\.ts$/, '.js')));
}
