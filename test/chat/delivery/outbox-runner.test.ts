// The outbox: answers first, one at a time in a channel, again where it failed, never once it was refused.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createOutboxRunner,
  DeliveryPostponed,
  DeliveryRefused,
  type OutboxRunner,
  type OutboxRunnerConfig,
} from '../../../src/chat/delivery/outbox-runner.js';
import { createLogger, SILENT_LOGGER } from '../../../src/log.js';
import type { OutboxItem } from '../../../src/store/contracts/delivery.js';
import type { Store } from '../../../src/store/store.js';
import { openTestStore } from '../../fakes/web-bench.js';

let folder: string;
let store: Store;
const runners: OutboxRunner[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-outbox-'));
  store = await openTestStore(folder);
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function create(
  send: (item: OutboxItem) => Promise<string | null>,
  change: Partial<OutboxRunnerConfig> = {},
) {
  const runner = createOutboxRunner({
    platform: 'fake',
    outbox: store.outbox,
    send,
    logger: SILENT_LOGGER,
    firstRetryMs: 1,
    ...change,
  });
  runners.push(runner);
  return runner;
}

const item = (key: string, channelId = 'C1', priority = 0) => ({
  key,
  channelId,
  priority,
  content: { text: key },
});
const stateOf = async (key: string) => (await store.outbox.add({ platform: 'fake', ...item(key) })).state;

describe('what is to be sent', () => {
  it('is kept first, sent once however often it is added, and then known under the id of the platform', async () => {
    const sent: string[] = [];
    const noted: (string | null)[] = [];
    const runner = create((one) => Promise.resolve(`id of ${sent.push(one.key)}`), {
      onSent: (_item, id) => Promise.resolve(void noted.push(id)),
    });
    await runner.add(item('a'));
    expect(sent).toEqual([]);
    runner.start();
    await runner.add(item('a'));
    await runner.idle();
    await runner.add(item('a'));
    await runner.idle();
    expect(sent).toEqual(['a']);
    expect(noted).toEqual(['id of 1']);
    expect(await runner.add(item('a'))).toMatchObject({
      state: 'sent',
      deliveredId: 'id of 1',
      content: null,
    });
  });

  it('goes by priority, then age; a channel gets one at a time, several channels at once', async () => {
    const order: string[] = [];
    const busy = new Map<string, number>();
    let most = 0;
    let together = 0;
    const runner = create(async (one) => {
      busy.set(one.channelId, (busy.get(one.channelId) ?? 0) + 1);
      most = Math.max(most, busy.get(one.channelId) ?? 0);
      together = Math.max(together, [...busy.values()].filter((count) => count > 0).length);
      order.push(one.key);
      await new Promise((resolve) => setImmediate(resolve));
      busy.set(one.channelId, (busy.get(one.channelId) ?? 0) - 1);
      return null;
    });
    await runner.add(item('reaction', 'C1', 1));
    for (const key of ['answer 1', 'answer 2']) await runner.add(item(key, 'C1'));
    await runner.add(item('other', 'C2'));
    runner.start();
    await runner.idle();
    expect(order.filter((key) => key !== 'other')).toEqual(['answer 1', 'answer 2', 'reaction']);
    expect(most).toBe(1);
    expect(together).toBe(2);
  });

  it('is not held up by a flood in another channel', async () => {
    const order: string[] = [];
    const runner = create((one) => Promise.resolve(void order.push(one.key)).then(() => null));
    for (let n = 0; n < 200; n += 1) await runner.add(item(`reaction ${n}`, 'flooded', 1));
    runner.start();
    await runner.add(item('answer', 'quiet', 0));
    await runner.idle();
    expect(order).toHaveLength(201);
    expect(order.indexOf('answer')).toBeLessThan(100);
  });

  it('is not held up by answers that another channel waits for', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const order: string[] = [];
    const runner = create(async (one) => {
      if (one.channelId === 'slow') await held;
      order.push(one.key);
      return null;
    });
    for (let n = 0; n < 100; n += 1) await runner.add(item(`answer ${n}`, 'slow'));
    await runner.add(item('answer', 'quiet'));
    runner.start();
    await vi.waitUntil(() => order.length > 0);
    expect(order).toEqual(['answer']);
    release();
    await runner.idle();
    expect(order).toHaveLength(101);
  });

  it('is tried again where it failed, as soon as the platform says or after a pause that grows', async () => {
    const tries: number[] = [];
    const runner = create((one) => {
      tries.push(one.attempts);
      if (one.attempts === 0) return Promise.reject(new DeliveryPostponed(1));
      if (one.attempts === 1) return Promise.reject(new Error('connection lost'));
      return Promise.resolve('id');
    });
    runner.start();
    await runner.add(item('a'));
    await expect.poll(() => stateOf('a')).toBe('sent');
    expect(tries).toEqual([0, 1, 2]);
  });

  it('is given up where the platform refuses it for good, and the log says where and what to do', async () => {
    let tries = 0;
    let log = '';
    const stream = new Writable({
      write: (line: Buffer, _encoding, done) => {
        log += line.toString();
        done();
      },
    });
    const send = () => {
      tries += 1;
      return Promise.reject(new DeliveryRefused('not allowed', { hint: 'Allow it.' }));
    };
    const runner = create(send, { logger: createLogger({ level: 'warn', stream, pretty: false }) });
    runner.start();
    await runner.add(item('a'));
    await runner.idle();
    expect([tries, await stateOf('a')]).toEqual([1, 'failed']);
    expect(JSON.parse(log)).toMatchObject({
      platform: 'fake',
      channelId: 'C1',
      error: { message: 'not allowed', hint: 'Allow it.' },
    });
  });

  it('left by a process that died is sent by the next one', async () => {
    const first = create(() => new Promise(() => undefined));
    await first.add(item('a'));
    const sent: string[] = [];
    const second = create((one) => Promise.resolve(void sent.push(one.key)).then(() => 'id'));
    second.start();
    await second.idle();
    expect(sent).toEqual(['a']);
  });

  it('being sent when the runner stops is finished, the rest is left', async () => {
    let finish: (() => void) | undefined;
    const sent: string[] = [];
    const runner = create(async (one) => {
      await new Promise<void>((resolve) => (finish = resolve));
      sent.push(one.key);
      return null;
    });
    runner.start();
    await runner.add(item('a'));
    await runner.add(item('b'));
    await expect.poll(() => finish).toBeDefined();
    const stopped = runner.stop();
    finish?.();
    await stopped;
    expect(sent).toEqual(['a']);
    expect([await stateOf('a'), await stateOf('b')]).toEqual(['sent', 'waiting']);
  });
});
