// The inbox: durable before it is acknowledged, handled once in effect, in order, and taken up again after a crash.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createInboxRunner,
  type InboxRunner,
  type InboxRunnerConfig,
} from '../../../src/chat/delivery/inbox-runner.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import type { Store } from '../../../src/store/store.js';
import { openTestStore } from '../../fakes/web-bench.js';

interface Event {
  lane: string;
  name: string;
}

let folder: string;
let store: Store;
const runners: InboxRunner<Event>[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-inbox-'));
  store = await openTestStore(folder);
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function create(handle: (event: Event) => Promise<void>, change: Partial<InboxRunnerConfig<Event>> = {}) {
  const runner = createInboxRunner<Event>({
    platform: 'fake',
    inbox: store.inbox,
    handle,
    laneOf: ({ lane }) => lane,
    logger: SILENT_LOGGER,
    retryAfterMs: [1, 1],
    ...change,
  });
  runners.push(runner);
  return runner;
}

const event = (name: string, lane = 'one'): Event => ({ lane, name });
/** A promise and its end. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('an event', () => {
  it('is kept when it is accepted, and handled after that', async () => {
    const held = gate();
    const handled: string[] = [];
    const runner = create(async ({ name }) => {
      await held.opened;
      handled.push(name);
    });
    await runner.start();
    expect(await runner.accept('1', event('a'))).toBe(true);
    expect(await store.inbox.pending('fake')).toHaveLength(1);
    expect(handled).toEqual([]);
    held.open();
    await runner.idle();
    expect(handled).toEqual(['a']);
    expect(await store.inbox.pending('fake')).toEqual([]);
  });

  it('that is delivered again is handled once, whenever it comes', async () => {
    const handled: string[] = [];
    const runner = create(({ name }) => Promise.resolve(void handled.push(name)));
    await runner.start();
    expect(await Promise.all([runner.accept('1', event('a')), runner.accept('1', event('a'))])).toContain(
      false,
    );
    await runner.idle();
    expect(await runner.accept('1', event('a'))).toBe(false);
    expect(handled).toEqual(['a']);
  });

  it('waits for those of its lane, and for no other', async () => {
    const held = gate();
    const handled: string[] = [];
    const runner = create(async ({ name }) => {
      if (name === 'slow') await held.opened;
      handled.push(name);
    });
    await runner.start();
    await runner.accept('1', event('slow', 'one'));
    await runner.accept('2', event('behind it', 'one'));
    await runner.accept('3', event('elsewhere', 'two'));
    await vi.waitUntil(() => handled.length > 0);
    expect(handled).toEqual(['elsewhere']);
    held.open();
    await runner.idle();
    expect(handled).toEqual(['elsewhere', 'slow', 'behind it']);
  });

  it('has its turn however many events other lanes hold', async () => {
    const held = gate();
    const handled: string[] = [];
    const runner = create(async ({ lane }) => {
      await held.opened;
      handled.push(lane);
    });
    await runner.start();
    for (let n = 0; n < 160; n += 1) await runner.accept(`${n}`, event('flood', `flooded ${n % 8}`));
    await runner.accept('quiet', event('one', 'quiet'));
    expect([runner.busy('quiet'), runner.busy('elsewhere')]).toEqual([true, false]);
    held.open();
    await runner.idle();
    expect(handled).toHaveLength(161);
    expect(handled.indexOf('quiet')).toBeLessThan(32);
    expect(runner.busy('quiet')).toBe(false);
  });

  it('takes no other lane’s place while it waits for its next try', async () => {
    const handled: string[] = [];
    const runner = create(
      ({ name }) =>
        name === 'fails' ? Promise.reject(new Error('not now')) : Promise.resolve(void handled.push(name)),
      { retryAfterMs: [60_000] },
    );
    await runner.start();
    for (let n = 0; n < 20; n += 1) await runner.accept(`${n}`, event('fails', `failing ${n}`));
    await runner.accept('behind', event('behind a failing one', 'failing 1'));
    await runner.accept('good', event('good', 'elsewhere'));
    await vi.waitUntil(() => handled.length > 0);
    await runner.stop();
    expect(handled).toEqual(['good']);
    expect(await store.inbox.pending('fake')).toHaveLength(21);
  });

  it('accepted before the start, or left by a process that died, is handled by the next start, older ones first', async () => {
    const dead = create(() => Promise.reject(new Error('not reached')));
    await dead.accept('1', event('a'));
    await dead.accept('2', event('b'));
    await dead.stop();
    const handled: string[] = [];
    const runner = create(({ name }) => Promise.resolve(void handled.push(name)));
    const started = runner.start();
    await runner.accept('3', event('c'));
    expect(await started).toBeGreaterThanOrEqual(2);
    await runner.idle();
    expect(handled).toEqual(['a', 'b', 'c']);
    expect(await runner.start()).toBe(0);
  });

  it('that cannot be handled is tried again, and given up in the end without holding up the others', async () => {
    const tries: string[] = [];
    const runner = create(({ name }) => {
      tries.push(name);
      const fails = name === 'never' || tries.filter((one) => one === name).length < 3;
      return name !== 'good' && fails ? Promise.reject(new Error('not now')) : Promise.resolve();
    });
    await runner.start();
    await runner.accept('1', event('third time'));
    await runner.accept('2', event('never'));
    await runner.accept('3', event('good'));
    await runner.idle();
    expect(tries).toEqual([
      ...Array<string>(3).fill('third time'),
      ...Array<string>(3).fill('never'),
      'good',
    ]);
    expect(await store.inbox.pending('fake')).toEqual([]);
  });

  it('that waits for its next try when the runner stops is left for the next start', async () => {
    const first = create(() => Promise.reject(new Error('not now')), { retryAfterMs: [60_000] });
    await first.start();
    const tried = vi.spyOn(SILENT_LOGGER, 'warn');
    await first.accept('1', event('a'));
    await vi.waitUntil(() => tried.mock.calls.length > 0);
    await first.stop();
    const handled: string[] = [];
    const second = create(({ name }) => Promise.resolve(void handled.push(name)));
    expect(await second.start()).toBe(1);
    await second.idle();
    expect(handled).toEqual(['a']);
  });

  it('being handled when the runner stops is finished', async () => {
    const held = gate();
    let finished = false;
    const runner = create(async () => {
      await held.opened;
      finished = true;
    });
    await runner.start();
    await runner.accept('1', event('a'));
    const stopped = runner.stop();
    held.open();
    await stopped;
    expect(finished).toBe(true);
    expect(await store.inbox.pending('fake')).toEqual([]);
  });
});
