// What every store does with events that came in and things that go out: kept before anything else, known when they come again.
import { describe, expect, it } from 'vitest';
import type { NewOutboxItem } from '../../src/store/contracts/delivery.js';
import type { StoreBench } from './store.js';

const MINUTE_MS = 60_000;

export function deliveryContract(bench: StoreBench): void {
  describe('the inbox', () => {
    const event = (key: string) => ({
      platform: 'slack',
      key,
      content: { text: '좋아요', nested: [1, null] },
    });

    it('keeps an event once, however often it is delivered, also at the same moment', async () => {
      const added = await Promise.all(Array.from({ length: 5 }, () => bench.store.inbox.add(event('Ev1'))));
      const [kept] = added.filter((one) => one !== null);
      expect(added.filter((one) => one !== null)).toHaveLength(1);
      expect(kept).toMatchObject({ ...event('Ev1'), createdAt: bench.now() });
      expect(await bench.store.inbox.add({ ...event('Ev1'), platform: 'discord' })).not.toBeNull();
      expect(await bench.store.inbox.pending('slack')).toEqual([kept]);
    });

    it('gives what is not handled, oldest first, and knows handled events when they come again', async () => {
      const ids: string[] = [];
      for (const key of ['a', 'b', 'c']) ids.push((await bench.store.inbox.add(event(key)))?.id ?? '');
      await bench.store.inbox.handled(ids[1] ?? '');
      expect((await bench.store.inbox.pending('slack')).map(({ key }) => key)).toEqual(['a', 'c']);
      expect(await bench.store.inbox.add(event('b'))).toBeNull();
    });

    it('forgets handled events after a while, never waiting ones', async () => {
      const [handled] = [
        await bench.store.inbox.add(event('old')),
        await bench.store.inbox.add(event('waiting')),
      ];
      await bench.store.inbox.handled(handled?.id ?? '');
      expect(await bench.store.inbox.prune(bench.now())).toBe(0);
      bench.advance(MINUTE_MS);
      expect(await bench.store.inbox.prune(bench.now())).toBe(1);
      expect((await bench.store.inbox.pending('slack')).map(({ key }) => key)).toEqual(['waiting']);
    });
  });

  describe('the outbox', () => {
    const item = (key: string, change: Partial<NewOutboxItem> = {}): NewOutboxItem => ({
      platform: 'slack',
      key,
      channelId: 'C1',
      priority: 0,
      content: { text: `to send: ${key}` },
      ...change,
    });
    const due = async () => (await bench.store.outbox.due('slack', 10)).map(({ key }) => key);

    it('keeps one item per key and gives the first one back', async () => {
      const first = await bench.store.outbox.add(item('answer:1'));
      expect(first).toMatchObject({ ...item('answer:1'), state: 'waiting', attempts: 0, deliveredId: null });
      expect(await bench.store.outbox.add(item('answer:1', { content: 'again' }))).toEqual(first);
      expect(await due()).toEqual(['answer:1']);
    });

    it('gives what is due by priority, then in order', async () => {
      await bench.store.outbox.add(item('reaction', { priority: 1 }));
      await bench.store.outbox.add(item('answer 1'));
      await bench.store.outbox.add(item('answer 2'));
      await bench.store.outbox.add(item('elsewhere', { platform: 'discord' }));
      expect(await due()).toEqual(['answer 1', 'answer 2', 'reaction']);
      expect((await bench.store.outbox.due('slack', 1)).map(({ key }) => key)).toEqual(['answer 1']);
    });

    it('leaves out channels that are busy', async () => {
      await bench.store.outbox.add(item('here', { channelId: 'C1' }));
      await bench.store.outbox.add(item('there', { channelId: 'C2' }));
      expect((await bench.store.outbox.due('slack', 1, ['C1'])).map(({ key }) => key)).toEqual(['there']);
      expect(await bench.store.outbox.due('slack', 10, ['C1', 'C2'])).toEqual([]);
    });

    it('finds an item by its key', async () => {
      const added = await bench.store.outbox.add(item('answer'));
      expect(await bench.store.outbox.find('slack', 'answer')).toEqual(added);
      expect(await bench.store.outbox.find('discord', 'answer')).toBeNull();
    });

    it('gives an item again when it is due again, and says when that is', async () => {
      const { id } = await bench.store.outbox.add(item('answer'));
      const later = new Date(bench.now().getTime() + MINUTE_MS);
      await bench.store.outbox.retry(id, later);
      expect(await due()).toEqual([]);
      expect(await bench.store.outbox.nextDue('slack')).toEqual(later);
      bench.advance(MINUTE_MS);
      expect(await bench.store.outbox.due('slack', 10)).toMatchObject([
        { id, attempts: 1, content: item('answer').content },
      ]);
    });

    it('keeps of what is sent or given up only that it was', async () => {
      const [sent, failed] = [
        await bench.store.outbox.add(item('sent')),
        await bench.store.outbox.add(item('failed')),
      ];
      await bench.store.outbox.sent(sent.id, '1700000000.000100');
      await bench.store.outbox.fail(failed.id);
      expect(await due()).toEqual([]);
      expect(await bench.store.outbox.nextDue('slack')).toBeNull();
      expect(await bench.store.outbox.add(item('sent'))).toMatchObject({
        state: 'sent',
        content: null,
        deliveredId: '1700000000.000100',
      });
      expect(await bench.store.outbox.add(item('failed'))).toMatchObject({ state: 'failed', content: null });
    });

    it('forgets what is done after a while, never what waits', async () => {
      const { id } = await bench.store.outbox.add(item('sent'));
      await bench.store.outbox.add(item('waiting'));
      await bench.store.outbox.sent(id, null);
      bench.advance(MINUTE_MS);
      expect(await bench.store.outbox.prune(bench.now())).toBe(1);
      expect(await due()).toEqual(['waiting']);
    });
  });
}
