// Retention: what it erases and when it is triggered, on a real store and with the real scheduler.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRetentionJob, type RetentionJob, type RetentionJobConfig } from '../../jobs/retention.js';
import { openHome } from '../../src/home/home.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { openStore } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Statements of one run that erase texts. */
const PER_RUN = 2;
const EVERY_SECOND = '* * * * * *';

describe('retention', () => {
  let clock: number;
  let store: Store;
  let job: RetentionJob | undefined;
  const now = () => new Date(clock);
  const textOf = async (id: string) => (await store.messages.get(id))?.text;
  const createJob = (change: Partial<RetentionJobConfig> = {}) =>
    (job = createRetentionJob({
      store,
      retentionDays: 30,
      correctableHours: 48,
      logger: SILENT_LOGGER,
      now,
      ...change,
    }));

  beforeEach(async () => {
    clock = Date.parse('2026-03-01T12:00:00Z');
    const home = openHome(nextFolder());
    store = await openStore({ file: home.databaseFile, keyFile: home.keyFile, now });
  });
  afterEach(async () => {
    await job?.stop();
    job = undefined;
    await store.close();
  });

  it('follows up what was deleted, every time', async () => {
    const check = vi.fn(() => Promise.resolve());
    await createJob({ deletions: { check } }).start();
    expect(check).toHaveBeenCalledTimes(1);
  });

  it("erases the web chat's texts after their days, at start, and spares what is learned from", async () => {
    const old = await store.messages.add(aMessage());
    const corrected = await store.messages.add(aMessage());
    await store.feedback.record(aCorrection(corrected.id));
    clock += 30 * DAY_MS;
    await createJob().start();
    expect(await textOf(old.id)).toBe(old.text);
    await job?.stop();

    clock += 1;
    const young = await store.messages.add(aMessage());
    await createJob().start();
    expect(await textOf(old.id)).toBeNull();
    for (const kept of [corrected, young]) expect(await textOf(kept.id)).toBe(kept.text);
    expect(await store.feedback.pendingCount()).toBe(1);
  });

  it("erases other platforms' texts once their readings cannot be corrected any more", async () => {
    const at = { platform: 'slack', channelId: 'C1' };
    const read = await store.messages.add(aMessage(at));
    const corrected = await store.messages.add(aMessage(at));
    const untrainable = await store.messages.add(aMessage({ ...at, trainable: false }));
    for (const { id } of [corrected, untrainable]) await store.feedback.record(aCorrection(id));
    clock += 47 * HOUR_MS;
    await createJob().run();
    expect(await textOf(read.id)).toBe(read.text);
    clock += 2 * HOUR_MS;
    await createJob().run();
    expect(await textOf(read.id)).toBeNull();
    expect(await textOf(untrainable.id)).toBeNull();
    expect(await textOf(corrected.id)).toBe(corrected.text);
  });

  it('forgets after a week what came in and went out, and no event before that', async () => {
    const event = { platform: 'slack', key: 'Ev1', content: 'seen' };
    await store.inbox.handled((await store.inbox.add(event))?.id ?? '');
    const item = { platform: 'slack', key: 'answer:1', channelId: 'C1', priority: 0, content: 'said' };
    await store.outbox.sent((await store.outbox.add(item)).id, 'm1');
    clock += 6 * DAY_MS;
    await createJob().run();
    expect(await store.inbox.add(event)).toBeNull();
    clock += 2 * DAY_MS;
    await createJob().run();
    expect(await store.inbox.add(event)).not.toBeNull();
    expect(await store.outbox.add(item)).toMatchObject({ state: 'waiting' });
  });

  it('is triggered again by the clock, until it is stopped', async () => {
    const message = await store.messages.add(aMessage());
    const erase = vi.spyOn(store.messages, 'eraseOlderThan');
    const scheduled = createJob({ cron: EVERY_SECOND });
    await scheduled.start();
    await scheduled.start();
    expect(erase).toHaveBeenCalledTimes(PER_RUN);
    clock += 31 * DAY_MS;
    await vi.waitFor(async () => expect(await textOf(message.id)).toBeNull(), { timeout: 20_000 });
    await scheduled.stop();
    await scheduled.stop();
    const calls = erase.mock.calls.length;
    await scheduled.start();
    expect(erase).toHaveBeenCalledTimes(calls + PER_RUN);
  });

  it('reports a failed run and goes on', async () => {
    const eraseOlderThan = vi
      .fn<Store['messages']['eraseOlderThan']>()
      .mockRejectedValueOnce(new Error('busy'))
      .mockResolvedValue(0);
    await createJob({
      cron: EVERY_SECOND,
      store: { ...store, messages: { ...store.messages, eraseOlderThan } },
    }).start();
    await vi.waitFor(() => expect(eraseOlderThan.mock.calls.length).toBeGreaterThan(1), { timeout: 20_000 });
  });
});
