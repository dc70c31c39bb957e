// Memory of a started bot, idle, with 1,000 stored messages: summed PSS of all its processes, against a process that has
// the same model open in transformers.js. Linux only (/proc).
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { summarize, toRow, type Bench } from './harness.js';
import { exportedModel, nsmcTexts } from './serving-models.js';

const MESSAGES = 1_000;
/** How many times both are started. */
const STARTS = 2;
const ROOT = path.join(import.meta.dirname, '../..');

async function parents(): Promise<Map<number, number>> {
  const pairs = new Map<number, number>();
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined); // it may have ended meanwhile
    const parent = stat?.replace(/^.*\) /s, '').split(' ')[1];
    if (parent !== undefined) pairs.set(Number(name), Number(parent));
  }
  return pairs;
}

/** MiB of the process and everything below it. */
async function summedPss(pid: number): Promise<number> {
  const all = await parents();
  const family = new Set([pid]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const [child, parent] of all) if (family.has(parent)) family.add(child);
  }
  let kibibytes = 0;
  for (const member of family) {
    const rollup = await readFile(`/proc/${member}/smaps_rollup`, 'utf8');
    kibibytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? NaN);
  }
  return kibibytes / 1024;
}

/** Waits for a line of the program's output; goes on reading it afterwards, since a closed pipe would end the program. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = pattern.exec(output);
      if (found) resolve(found[1] ?? found[0]);
    });
    child.once('exit', () => reject(new Error(`the process ended before it said ${pattern.source}`)));
  });
}

/** How long a program is left idle before it is weighed. */
const IDLE_MS = 15_000;

/** Starts a program, waits for its word, does something with it, gives its memory after a while of nothing. */
async function measure(
  args: readonly string[],
  ready: RegExp,
  use: (word: string) => Promise<void>,
  cwd: string,
  env: Record<string, string> = {},
): Promise<number> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: [...stdio],
    env: { PATH: path.dirname(process.execPath), ...env },
  });
  try {
    await use(await said(child, ready));
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    return await summedPss(child.pid ?? 0);
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}

async function bot(texts: readonly string[]): Promise<number> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'nunchi-memory-'));
  const send = async (address: string) => {
    for (const [index, text] of texts.entries()) {
      const response = await fetch(`${address}/api/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          text,
          language: 'ko',
        }),
      });
      if (!response.ok) throw new Error(`message ${index}: ${response.status}`);
      await response.arrayBuffer();
    }
  };
  try {
    const entry = path.join(ROOT, 'dist/bots/nunchi.js');
    return await measure([entry, 'start'], /Nunchi is ready: (http:\S+)/, send, home, {
      NUNCHI_HOME: home,
      PORT: '0',
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function peer(directory: string): Promise<number> {
  const program = `
    import { env, pipeline } from '@huggingface/transformers';
    env.allowRemoteModels = false;
    env.localModelPath = ${JSON.stringify(path.dirname(directory) + path.sep)};
    const pipe = await pipeline('text-classification', ${JSON.stringify(path.basename(directory))}, { dtype: 'q8', device: 'cpu' });
    await pipe('정말 재미있어요');
    console.log('ready');
    setInterval(() => {}, 1000);
  `;
  return measure(['--input-type=module', '-e', program], /ready/, () => Promise.resolve(), ROOT);
}

export const bench: Bench = {
  about: 'memory of the started bot with 1,000 stored messages',
  async run() {
    const texts = await nsmcTexts(MESSAGES);
    const directory = await exportedModel('default');
    const values = { ours: [] as number[], peer: [] as number[] };
    for (let turn = 0; turn < STARTS; turn += 1) {
      values.ours.push(await bot(texts));
      values.peer.push(await peer(directory));
    }
    return [
      toRow(
        {
          row: 'summed PSS, idle',
          unit: 'MiB',
          better: 'lower',
          note: 'The bot is held to 400 MB; the peer is a process with the model alone: no page, no database.',
        },
        summarize('nunchi, all its processes', values.ours),
        summarize('transformers.js q8, one process', values.peer),
      ),
    ];
  },
};
