// Swaps under constant load: how messages fare, what of memory and processes is left. On the sentiment service alone, and
// through the whole app with its store.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WEB_CHANNEL } from '../../bots/web/channel.js';
import { createWebPlatform } from '../../bots/web/platform.js';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { createSentimentService } from '../../src/serve/sentiment-service.js';
import { openStore } from '../../src/store/open-store.js';
import { isRunning, until } from '../fixtures/bot-process.js';
import { makeServedModel } from '../serve/served-model.js';
import { createWebClient } from '../app/web-client.js';
import { p99, startLoad, type Sent } from './load.js';

export interface SwapOptions {
  swaps: number;
  messagesPerSecond: number;
  /** Load without a swap before the first one and between two of them. */
  steadyMs: number;
  betweenMs: number;
  /** Times that memory is looked at, 100 ms apart; the least counts. */
  memorySamples: number;
  onSwap?: (line: string) => void;
}

export interface SwapReport {
  swaps: number;
  messages: number;
  /** Codes and messages of what was not answered. */
  failed: string[];
  /** Answered by another message's reading, more than once, or not at all. */
  wrong: string[];
  /** Messages that each model read. */
  perModel: Record<string, number>;
  steadyP99Ms: number;
  /** Of messages sent from the beginning of a load of the new model until traffic has moved and the old process has ended. */
  swapP99Ms: number;
  /** Resident memory of this process and the serving one, in MiB, after the fifth swap and the last one. */
  memoryAfterFiveMiB: number;
  memoryAtEndMiB: number;
  /** Serving processes that are still there and should not be. */
  leftover: number;
  seconds: number;
}

interface Window {
  from: number;
  to: number;
}

/** Of messages from which a comparison says something. */
const WARM_UP_MS = 1000;

function residentMiB(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** The least of some, after what nothing holds any more was collected here: V8 lets it lie as long as there is room. */
async function settledMiB(pid: () => number, samples: number): Promise<number> {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  let least = Infinity;
  for (let i = 0; i < samples; i += 1) {
    least = Math.min(least, residentMiB(process.pid) + residentMiB(pid()));
    await setTimeout(100);
  }
  return least;
}

function describeLatency(sent: readonly Sent[], began: number, windows: readonly Window[]) {
  const during = ({ dueAt }: Sent) => windows.some(({ from, to }) => dueAt >= from && dueAt <= to);
  const answered = sent.filter(({ durationMs, dueAt }) => durationMs !== null && dueAt >= began + WARM_UP_MS);
  const of = (some: readonly Sent[]) => p99(some.map(({ durationMs }) => durationMs ?? 0));
  return {
    steadyP99Ms: of(answered.filter((one) => !during(one))),
    swapP99Ms: of(answered.filter(during)),
  };
}

const failures = (sent: readonly Sent[]) =>
  sent.flatMap(({ error, index }) =>
    error === null ? [] : [`${index}: ${error instanceof Error ? error.message : JSON.stringify(error)}`],
  );

/** `swap` puts the other model in use. */
async function swapRepeatedly(
  { swaps, steadyMs, betweenMs, memorySamples, onSwap }: SwapOptions,
  pid: () => number,
  swap: (count: number) => Promise<void>,
) {
  const windows: Window[] = [];
  const pids = new Set<number>();
  let memoryAfterFiveMiB = 0;
  await setTimeout(steadyMs);
  for (let count = 1; count <= swaps; count += 1) {
    const old = pid();
    pids.add(old);
    const from = performance.now();
    await swap(count);
    await until(() => !isRunning(old), 'the end of the old process');
    windows.push({ from, to: performance.now() });
    await setTimeout(betweenMs);
    if (count === 5) memoryAfterFiveMiB = await settledMiB(pid, memorySamples);
    onSwap?.(`swap ${count}: ${Math.round((windows.at(-1)?.to ?? 0) - from)} ms, process ${old} gone`);
  }
  const memoryAtEndMiB = await settledMiB(pid, memorySamples);
  const leftover = [...pids].filter((one) => isRunning(one)).length;
  return { windows, memoryAfterFiveMiB, memoryAtEndMiB, leftover };
}

/** The sentiment service alone. */
export async function swapService(options: SwapOptions): Promise<SwapReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-swap-'));
  const models = [
    await makeServedModel(path.join(folder, 'a'), 1),
    await makeServedModel(path.join(folder, 'b'), 2),
  ];
  const service = await createSentimentService({ directory: models[0] ?? '', threads: 1, threshold: 0 });
  try {
    const began = performance.now();
    const perModel: Record<string, number> = {};
    const answers: number[] = [];
    const wrong: string[] = [];
    const load = startLoad(options.messagesPerSecond, async (index) => {
      const text = `message ${index} of this great movie`;
      const { model, results } = await service.classify([text]);
      answers[index] = (answers[index] ?? 0) + 1;
      perModel[model] = (perModel[model] ?? 0) + 1;
      if (results.length !== 1 || results[0]?.text !== text) wrong.push(`${index}: another reading`);
    });
    const swapped = await swapRepeatedly(
      options,
      () => service.model.pid,
      async (count) => {
        const prepared = await service.prepare(models[count % 2] ?? '');
        await prepared.promote();
      },
    );
    const sent = await load.stop();
    for (const { index, error } of sent) {
      if (error === null && answers[index] !== 1) wrong.push(`${index}: ${answers[index] ?? 0} answers`);
    }
    const { windows, ...rest } = swapped;
    return {
      swaps: options.swaps,
      messages: sent.length,
      failed: failures(sent),
      wrong,
      perModel,
      ...describeLatency(sent, began, windows),
      ...rest,
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    await service.stop();
    await rm(folder, { recursive: true });
  }
}

/** The whole app: what is sent is acknowledged over HTTP once it is on the disk; read and answered soon after. */
export async function swapApp(options: SwapOptions): Promise<SwapReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-swap-'));
  const [first, second] = [path.join(folder, 'a'), path.join(folder, 'b')];
  await makeServedModel(first, 1);
  await makeServedModel(second, 2);
  const home = path.join(folder, 'home');
  const config = loadConfig({ NUNCHI_HOME: home, NUNCHI_MODEL: first, PORT: '0', NIGHTLY_CRON: 'off' });
  const app = createApp(config, { platforms: [createWebPlatform], jobs: [] }, SILENT_LOGGER);
  let stopped = false;
  try {
    const { address, services } = await app.start();
    const { store, registry, sentiment } = services;
    const web = createWebClient(String(address));
    const base = sentiment.model.version;
    const prepared = await sentiment.prepare(second);
    const other = prepared.model.version;
    await prepared.discard();
    await store.models.register({ version: other, directory: second, parent: base, metrics: {} });

    const began = performance.now();
    const acknowledged: string[] = [];
    const load = startLoad(options.messagesPerSecond, async (index) => {
      const message = await web.send(`m${index}`, `message ${index} of this great movie`);
      acknowledged.push(message.id);
    });
    const swapped = await swapRepeatedly(
      options,
      () => sentiment.model.pid,
      async (count) => {
        await registry.promote(count % 2 === 1 ? other : base, 'swap under load');
      },
    );
    const sent = await load.stop();
    const seconds = (performance.now() - began) / 1000;
    // Stopping lets what is in flight end, answers included.
    await app.stop();
    stopped = true;

    const perModel: Record<string, number> = {};
    const wrong: string[] = [];
    const { databaseFile: file, keyFile } = services.home;
    const kept = await openStore({ file, keyFile });
    try {
      const answers = new Map<string, number>();
      for (const { author, inReplyTo } of await everything(kept)) {
        if (author === 'nunchi' && inReplyTo !== null)
          answers.set(inReplyTo, (answers.get(inReplyTo) ?? 0) + 1);
      }
      for (const id of acknowledged) {
        const readings = await kept.predictions.of(id);
        if ((await kept.messages.get(id))?.text == null) wrong.push(`${id}: lost`);
        if (readings.length !== 1) wrong.push(`${id}: ${readings.length} readings`);
        if (answers.get(id) !== 1) wrong.push(`${id}: ${answers.get(id) ?? 0} answers`);
        for (const { modelVersion } of readings) perModel[modelVersion] = (perModel[modelVersion] ?? 0) + 1;
      }
    } finally {
      await kept.close();
    }
    const { windows, ...rest } = swapped;
    return {
      swaps: options.swaps,
      messages: sent.length,
      failed: failures(sent),
      wrong,
      perModel,
      ...describeLatency(sent, began, windows),
      ...rest,
      seconds,
    };
  } finally {
    if (!stopped) await app.stop();
    await rm(folder, { recursive: true });
  }
}

async function everything(store: Awaited<ReturnType<typeof openStore>>) {
  const all = [];
  for (let before: string | undefined; ;) {
    const page = await store.messages.history(WEB_CHANNEL.channelId, {
      limit: 500,
      ...(before === undefined ? {} : { before }),
    });
    if (page.length === 0) return all;
    all.push(...page);
    before = page[0]?.id;
  }
}

/** One line of the table in docs. */
export function swapRow(name: string, messagesPerSecond: number, report: SwapReport): string {
  const { swaps, messages, failed, wrong, steadyP99Ms, swapP99Ms, leftover, seconds } = report;
  const { memoryAfterFiveMiB, memoryAtEndMiB } = report;
  const cells = [
    name,
    `${messages} at ${messagesPerSecond}/s`,
    swaps,
    failed.length,
    wrong.length,
    `${steadyP99Ms.toFixed(1)} ms`,
    `${swapP99Ms.toFixed(1)} ms (${(swapP99Ms / steadyP99Ms).toFixed(2)} ×)`,
    `${memoryAfterFiveMiB.toFixed(0)} MiB`,
    `${memoryAtEndMiB.toFixed(0)} MiB (${((memoryAtEndMiB / memoryAfterFiveMiB - 1) * 100).toFixed(1)} %)`,
    leftover,
    `${seconds.toFixed(0)} s`,
  ];
  return `| ${cells.join(' | ')} |`;
}
