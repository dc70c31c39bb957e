// Which model directory is used where none is named: the configured one, else the one that comes with Nunchi.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.js';
import { NunchiError } from '../errors.js';
import { SHIPPED_MODEL_DIRECTORY } from '../paths.js';

/**
 * The absolute path of the base model: what serves before anything was learned, and what every training run starts from.
 * @throws NunchiError `model-missing-file` where there is no such directory.
 */
export function resolveDefaultModel(config: Pick<Config, 'model'>): string {
  const directory = config.model ?? SHIPPED_MODEL_DIRECTORY;
  if (!existsSync(path.join(directory, 'config.json'))) {
    throw new NunchiError(
      'model-missing-file',
      `${directory}: there is no model here (config.json is missing)`,
      {
        hint:
          config.model === undefined
            ? 'The shipped model is part of the repository: restore the folder models/default, or name another one with NUNCHI_MODEL.'
            : 'NUNCHI_MODEL must name a model directory, such as one that `nunchi finetune` wrote.',
      },
    );
  }
  return directory;
}
