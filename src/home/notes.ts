// Small things of one platform that must outlast the process and are no messages: one file of JSON in the home folder.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Logger } from '../log.js';

export interface Notes {
  /** undefined where there is none. */
  read(name: string): Promise<unknown>;
  write(name: string, content: unknown): Promise<void>;
}

/** A file that cannot be read is begun anew: nothing that is noted here is worth a bot that does not start. */
export function createNotes(file: string, logger: Pick<Logger, 'warn'>): Notes {
  let known: Promise<Record<string, unknown>> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  async function load(): Promise<Record<string, unknown>> {
    try {
      const content: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (typeof content === 'object' && content !== null) return { ...content };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') logger.warn('notes begun anew', { error });
    }
    return {};
  }

  async function save(content: Record<string, unknown>): Promise<void> {
    const temporary = `${file}.new`;
    await writeFile(temporary, JSON.stringify(content), { mode: 0o600 });
    await rename(temporary, file);
  }

  return {
    read: async (name) => (await (known ??= load()))[name],
    async write(name, content) {
      const all = await (known ??= load());
      all[name] = content;
      // One after the other: the last file is the newest.
      const saved = writing.then(() => save(all));
      writing = saved.catch(() => undefined);
      await saved;
    },
  };
}
