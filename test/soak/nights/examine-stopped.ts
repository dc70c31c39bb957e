// The home of a bot that has ended, with the program's own store: the texts themselves, and what the models' own files say
// about what they learned.
import path from 'node:path';
import { openModelDirectory } from '../../../src/bert/model-directory.js';
import { homePaths } from '../../../src/home/home.js';
import { modelDirectory } from '../../../src/learn/model-registry.js';
import { openStore } from '../../../src/store/open-store.js';
import type { Said } from './people.js';

/** @returns what is wrong */
export async function examineStopped(home: string, said: readonly Said[]): Promise<string[]> {
  const { databaseFile: file, keyFile } = homePaths(home);
  const store = await openStore({ file, keyFile });
  const wrong: string[] = [];
  try {
    for (const { id, key, text, deleted } of said) {
      const kept = await store.messages.get(String(id));
      if (kept?.text !== (deleted === 'yes' ? null : text)) wrong.push(`message ${key} has another text`);
    }
    const deleted = said.flatMap((one) => (one.deleted === 'yes' ? [String(one.id)] : []));
    const rowsDeleted = new Set(store.models.rowKeys(deleted));
    for (const model of await store.models.list()) {
      if (model.purgedAt !== null || path.isAbsolute(model.directory)) continue;
      const { manifest } = await openModelDirectory(modelDirectory(home, model));
      const held = (manifest.rows ?? []).filter((row) => rowsDeleted.has(row)).length;
      if (held > 0) wrong.push(`model ${model.version} learned ${held} messages that were deleted since`);
      const recorded = store.models.rowKeys(await store.models.rows(model.version));
      if (recorded.toSorted().join() !== (manifest.rows ?? []).toSorted().join())
        wrong.push(
          `the files of model ${model.version} say that it learned something else than the database`,
        );
    }
    const open = await store.deletions.open();
    if (open.length > 0) wrong.push(`${open.length} deletions are not noted as done`);
  } finally {
    await store.close();
  }
  return wrong;
}
