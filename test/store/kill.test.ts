// kill -9 while writing: every row that was acknowledged is there afterwards, and the next start works.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { acquireHomeLock } from '../../src/home/home-lock.js';
import { openHome } from '../../src/home/home.js';
import { openStore } from '../../src/store/open-store.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();
const WRITER = fileURLToPath(new URL('./children/writer.mjs', import.meta.url));
/** Killed after this many lines: in the first start, and in the middle of a message or of a correction. */
const LINES_BEFORE_KILL = [1, 4, 7];

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Gives every line that the writer printed, also those that came while it died. */
async function killAfter(directory: string, lines: number): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(writer);
  const ended = once(writer, 'exit');
  const printed: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    printed.push(line);
    if (printed.length === lines) writer.kill('SIGKILL');
  }
  const [code, signal] = (await ended) as [number | null, string | null];
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  return printed;
}

it('loses no acknowledged message or correction', { timeout: 120_000 }, async () => {
  const home = openHome(nextFolder());
  const acknowledged: string[] = [];
  for (const lines of LINES_BEFORE_KILL) acknowledged.push(...(await killAfter(home.directory, lines)));
  expect(acknowledged.length).toBeGreaterThanOrEqual(LINES_BEFORE_KILL.reduce((sum, lines) => sum + lines));

  const lock = acquireHomeLock(home);
  const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile });
  const idsOf = (kind: string) =>
    acknowledged.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
  for (const id of idsOf('message')) expect((await store.messages.get(id))?.text).toMatch(/^written \d+$/);
  const corrected = idsOf('correction');
  const labels = await store.feedback.current(corrected);
  expect(corrected.filter((id) => labels.get(id)?.label !== 'negative')).toEqual([]);
  await store.close();
  lock.release();
});
