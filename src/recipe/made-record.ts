// With which settings each folder of a recipe was made, so that a changed recipe does not go on from what another one left.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../errors.js';

const FILE = 'made.json';
const Made = z.record(z.string(), z.array(z.string()));

export interface MadeRecord {
  /** @throws NunchiError `usage` where `out` is known to be made by another command line than `args` */
  check(out: string, args: readonly string[]): void;
  add(out: string, args: readonly string[]): Promise<void>;
}

/** @param folder of the recipe's own; paths within are recorded relative to it, so that it can be moved */
export async function openMadeRecord(folder: string): Promise<MadeRecord> {
  const file = path.join(folder, FILE);
  const known = new Map(Object.entries(await read(file)));
  const portable = (args: readonly string[]) =>
    args.map((arg) => (arg.startsWith(folder + path.sep) ? path.relative(folder, arg) : arg));
  return {
    check(out, args) {
      const before = known.get(path.relative(folder, out));
      const now = portable(args);
      if (before === undefined || before.join('\0') === now.join('\0')) return;
      throw new NunchiError('usage', `${out} was made with other settings: nunchi ${before.join(' ')}`, {
        hint: 'Give another folder with --out, or delete this one and what was made from it.',
      });
    },
    async add(out, args) {
      known.set(path.relative(folder, out), portable(args));
      await writeFile(file, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
    },
  };
}

async function read(file: string): Promise<z.infer<typeof Made>> {
  try {
    return Made.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Not written yet, or no longer readable: then nothing is known of what is there.
    return {};
  }
}
