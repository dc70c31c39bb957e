// How long answers take while a night trains, beside the same bot at rest: messages at a steady rate to the started bot with the
// shipped model, each timed from being sent to its answer on the page's stream.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { quantile, summarize, toRow, type Bench } from './harness.js';
import { nsmcTexts } from './serving-models.js';

const ROOT = path.join(import.meta.dirname, '../..');
const CORRECTIONS = 200;
const PER_SECOND = 5;
const REST_MS = 60_000;
/** Of the start, which say nothing. */
const WARM_UP_MS = 5_000;

interface Wire {
  id: string;
  inReplyTo: string | null;
}

/** The page's stream: tells each answer as it is shown. */
async function listen(address: string, onAnswer: (to: string) => void, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${address}/api/events`, { signal });
  let rest = '';
  let event = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + Buffer.from(chunk as Uint8Array).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('event: ')) event = line.slice(7);
      if (!line.startsWith('data: ') || event !== 'message') continue;
      const { inReplyTo } = JSON.parse(line.slice(6)) as Wire;
      if (inReplyTo !== null) onAnswer(inReplyTo);
    }
  }
}

async function post<T>(address: string, to: string, body: unknown = {}): Promise<T> {
  const response = await fetch(`${address}${to}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${to}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

function createLoad(address: string, texts: readonly string[]) {
  const answered = new Map<string, number>();
  const waiting = new Map<string, (ms: number) => void>();
  const stream = new AbortController();
  const onAnswer = (to: string) => {
    answered.set(to, performance.now());
    waiting.get(to)?.(performance.now());
  };
  const listening = listen(address, onAnswer, stream.signal).catch((error: unknown) => {
    if (!stream.signal.aborted) throw error;
  });
  let count = 0;

  /** @returns milliseconds from when it was due to its answer */
  async function one(dueAt: number): Promise<number> {
    const index = (count += 1);
    const text = texts[index % texts.length] ?? '';
    const { message } = await post<{ message: Wire }>(address, '/api/messages', {
      id: `m${index}`,
      text,
      language: 'ko',
    });
    const at =
      answered.get(message.id) ?? (await new Promise<number>((resolve) => waiting.set(message.id, resolve)));
    return at - dueAt;
  }

  /** At a steady rate, whatever becomes of the ones before, until `done` says so. */
  async function during(done: () => boolean): Promise<number[]> {
    const all: Promise<number>[] = [];
    for (let due = performance.now(); !done(); due += 1000 / PER_SECOND) {
      await setTimeout(Math.max(due - performance.now(), 0));
      all.push(one(due));
    }
    return Promise.all(all);
  }

  return {
    during,
    async end() {
      stream.abort();
      await listening;
    },
  };
}

async function measure(home: string): Promise<{ atRest: number[]; training: number[]; seconds: number }> {
  const env = {
    PATH: path.dirname(process.execPath),
    NUNCHI_HOME: home,
    PORT: '0',
    NUNCHI_CERTAIN: '1',
    NIGHTLY_CRON: 'off',
  };
  const child = spawn(process.execPath, [path.join(ROOT, 'dist/bots/nunchi.js'), 'start'], {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const [, found] = /Nunchi is ready: (http:\S+)/.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', () => reject(new Error('the bot ended before it was ready')));
    });
    const texts = await nsmcTexts(CORRECTIONS * 10);
    for (const [index, text] of texts.slice(0, CORRECTIONS).entries()) {
      const { message } = await post<{ message: Wire }>(address, '/api/messages', {
        id: `c${index}`,
        text,
        language: 'ko',
      });
      const emoji = index % 2 === 0 ? '🟢' : '🔴';
      await post(address, `/api/messages/${message.id}/feedback`, { emoji, action: 'added' });
    }
    const load = createLoad(address, texts.slice(CORRECTIONS));
    const until = (ms: number) => {
      const end = performance.now() + ms;
      return () => performance.now() > end;
    };
    await load.during(until(WARM_UP_MS));
    const atRest = await load.during(until(REST_MS));

    const began = performance.now();
    await post(address, '/api/training/start');
    let over = false;
    const watching = (async () => {
      while (!over) {
        const { training } = (await (await fetch(`${address}/api/state`)).json()) as {
          training: { phase: string };
        };
        over = training.phase === 'idle';
        await setTimeout(500);
      }
    })();
    const training = await load.during(() => over);
    await watching;
    await load.end();
    return { atRest, training, seconds: (performance.now() - began) / 1000 };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

export const bench: Bench = {
  about: `answers while ${CORRECTIONS} corrections are trained, against the same bot at rest`,
  async run() {
    const home = await mkdtemp(path.join(os.tmpdir(), 'nunchi-bench-'));
    try {
      const { atRest, training, seconds } = await measure(home);
      const of = (name: string, values: readonly number[], q: number) =>
        summarize(name, [quantile(values, q)]);
      const note = `${training.length} messages in the ${seconds.toFixed(0)} s of a run, ${atRest.length} at rest; wanted: 99th percentile under 500 ms`;
      return [0.99, 0.5].map((q) =>
        toRow(
          { row: `${q * 100}th percentile of the time to an answer`, unit: 'ms', better: 'lower', note },
          of('training', training, q),
          of('at rest', atRest, q),
        ),
      );
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
};
