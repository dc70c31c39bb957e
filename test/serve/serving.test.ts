import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createSentimentService,
  type ManagedSentimentService,
  type SentimentServiceOptions,
} from '../../src/serve/sentiment-service.js';
import type { Answered } from '../../src/serve/service.js';
import { makeServedModel } from './served-model.js';

let folder: string;
let first: string;
let second: string;
const services: ManagedSentimentService[] = [];

async function serve(options: Partial<SentimentServiceOptions> = {}) {
  const service = await createSentimentService({ directory: first, threads: 1, threshold: 0, ...options });
  services.push(service);
  return service;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-serving-'));
  first = await makeServedModel(path.join(folder, 'first'), 1);
  second = await makeServedModel(path.join(folder, 'second'), 2);
});

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the sentiment service', () => {
  it('reads texts in their order and says which model did', async () => {
    const service = await serve();
    const texts = ['정말 재미있어요', 'what a terrible day', '정말 재미있어요'];
    const { model, results } = await service.classify(texts);
    expect(model).toBe(service.model.version);
    expect(results.map(({ text }) => text)).toEqual(texts);
    expect(results[2]).toEqual(results[0]);
    expect(results[1]?.scores).not.toEqual(results[0]?.scores);
    expect(await service.classify([])).toEqual({ model, results: [] });
  });

  it('is not sure of a text in a language that it does not read', async () => {
    const { results } = await (
      await serve()
    ).classify(['je suis vraiment content de ce film', '정말 좋아요']);
    expect(results.map(({ abstainReason }) => abstainReason)).toEqual(['unknown-text', undefined]);
  });

  it('answers many requests at once, each with its own texts', async () => {
    const service = await serve();
    const texts = Array.from({ length: 100 }, (_, i) => `the meeting ${i} starts at three`);
    const alone = (await service.classify(texts)).results;
    const answers = await Promise.all(texts.map((text) => service.classify([text])));
    answers.forEach(({ results: [result] }, i) => {
      expect(result?.text).toBe(texts[i]);
      expect(result?.confidence).toBeCloseTo(alone[i]?.confidence ?? NaN, 3);
    });
  });

  it('answers "busy" when the queue is full, and reads again afterwards', async () => {
    const service = await serve({ maxQueue: 2 });
    const waiting = service.classify(['a', 'b']);
    await expect(service.classify(['c'])).rejects.toMatchObject({ code: 'busy' });
    await waiting;
    expect((await service.classify(['c'])).results).toHaveLength(1);
    await expect(service.classify(['a', 'b', 'c'])).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('forgets what it has read when it is told to, and tells how each request went', async () => {
    const answered: Answered[] = [];
    const service = await serve({ onAnswered: (one) => answered.push(one), maxQueue: 2 });
    const { version } = service.model;
    await service.classify(['a', 'b']);
    await service.forget();
    expect((await service.classify(['a'])).results).toHaveLength(1);
    await expect(service.classify(['a', 'b', 'c'])).rejects.toMatchObject({ code: 'invalid-input' });
    expect(answered.map(({ texts, error }) => [texts, error])).toEqual([
      [2, null],
      [1, null],
      [3, 'invalid-input'],
    ]);
    expect(answered.every((one) => one.version === version && one.durationMs > 0)).toBe(true);
  });

  it('refuses requests after it was stopped and leaves no process', async () => {
    const service = await serve();
    const { pid } = service.model;
    const prepared = await service.prepare(second);
    const inFlight = service.classify(['the last one']);
    await service.stop();
    expect((await inFlight).results).toHaveLength(1);
    expect([isAlive(pid), isAlive(prepared.model.pid)]).toEqual([false, false]);
    await expect(service.classify(['a'])).rejects.toMatchObject({ code: 'serving-stopped' });
    await expect(service.prepare(second)).rejects.toMatchObject({ code: 'serving-stopped' });
  });
});

describe('a swap', () => {
  it('loses no request under continuous load and ends the old process', async () => {
    const service = await serve();
    const before = service.model;
    const seen = new Set<string>();
    let swapped = false;
    const load = Array.from({ length: 8 }, async (_, client) => {
      for (let i = 0; i < 3 || !swapped; i += 1) {
        const { model, results } = await service.classify([`client ${client} message ${i}`]);
        expect(results).toHaveLength(1);
        seen.add(model);
      }
    });
    const prepared = await service.prepare(second);
    expect(service.model).toEqual(before);
    expect((await prepared.classify(['hello'])).model).toBe(prepared.model.version);
    await prepared.promote();
    expect(service.model.version).toBe(prepared.model.version);
    expect((await service.classify(['hello'])).model).toBe(prepared.model.version);
    swapped = true;
    await Promise.all(load);
    expect(seen).toEqual(new Set([before.version, prepared.model.version]));
    expect(isAlive(before.pid)).toBe(false);
  });

  it('can be called off', async () => {
    const service = await serve();
    const prepared = await service.prepare(second);
    await prepared.discard();
    expect(isAlive(prepared.model.pid)).toBe(false);
    await expect(prepared.promote()).rejects.toMatchObject({ code: 'serving-stopped' });
    expect((await service.classify(['a'])).results).toHaveLength(1);
  });
});

describe('a model that cannot serve', () => {
  async function broken(name: string, damage: (directory: string) => Promise<void>): Promise<string> {
    const directory = path.join(folder, name);
    await cp(second, directory, { recursive: true });
    await damage(directory);
    return directory;
  }

  /** Without a manifest, so that the shapes and not the hashes tell. */
  async function withOtherShape(directory: string): Promise<void> {
    await rm(path.join(directory, 'manifest.json'));
    const file = path.join(directory, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...config, intermediate_size: 64 }));
  }

  it('is refused with the reason, and the old one goes on', async () => {
    const service = await serve();
    const { pid } = service.model;
    const cases: [string, string][] = [
      [path.join(folder, 'nowhere'), 'model-missing-file'],
      [await broken('no-weights', (d) => rm(path.join(d, 'model.safetensors'))), 'model-missing-file'],
      [await broken('other-hash', (d) => writeFile(path.join(d, 'vocab.txt'), 'x')), 'model-hash-mismatch'],
      [
        await makeServedModel(path.join(folder, 'nan'), 3, (w) => w.get('classifier.bias')?.data.fill(NaN)),
        'model-check-failed',
      ],
      [await broken('other-shape', withOtherShape), 'model-shape-mismatch'],
    ];
    for (const [directory, code] of cases) {
      await expect(service.prepare(directory), directory).rejects.toMatchObject({ code });
    }
    expect((await service.classify(['still here'])).results).toHaveLength(1);
    expect(service.model.pid).toBe(pid);
  });

  it('ends its process when it does not start in time', async () => {
    const start = createSentimentService({ directory: first, threshold: 0, startTimeoutMs: 1 });
    await expect(start).rejects.toMatchObject({ code: 'serving-failed' });
  });
});

describe('kill -9 of the serving process', () => {
  it('loses no request: what was in flight is read by the next process', async () => {
    const service = await serve();
    const { pid } = service.model;
    const texts = Array.from({ length: 200 }, (_, i) => `message ${i}`);
    const inFlight = texts.map((text) => service.classify([text]));
    process.kill(pid, 'SIGKILL');
    const answers = await Promise.all(inFlight);
    expect(answers.map(({ results }) => results[0]?.text)).toEqual(texts);
    expect(service.model.pid).not.toBe(pid);
    expect(service.ready).toBe(true);
  });

  it('is given up when it happens again and again, with a clear error', async () => {
    const service = await serve();
    for (let deaths = 0; deaths < 6; deaths += 1) {
      await vi.waitFor(() => expect(service.ready).toBe(true), { timeout: 15_000 });
      const { pid } = service.model;
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(service.ready).toBe(false), { timeout: 5_000, interval: 5 });
    }
    await expect(service.classify(['a'])).rejects.toMatchObject({ code: 'serving-failed' });
  });

  it('can be stopped while it is being started anew', async () => {
    const service = await serve();
    const { pid } = service.model;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(service.ready).toBe(false), { interval: 5 });
    await service.stop();
    expect(isAlive(service.model.pid)).toBe(false);
  });
});
