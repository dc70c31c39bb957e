// What every store does with messages, their texts and the predictions about them.
import { describe, expect, it } from 'vitest';
import { AUTHORED } from '../../src/store/contracts/messages.js';
import { aCorrection, aMessage, aReading, type StoreBench } from './store.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export function messageContract(bench: StoreBench): void {
  describe('messages', () => {
    it('keeps a message as it was given', async () => {
      const given = aMessage({ inReplyTo: null, text: 'ㅋㅋㅠㅠ "quoted" \u0000 \u202Eright to left' });
      const added = await bench.store.messages.add(given);
      expect(added).toMatchObject({
        platform: given.platform,
        communityId: given.communityId,
        channelId: given.channelId,
        externalId: given.externalId,
        author: 'person',
        inReplyTo: null,
        text: given.text,
        createdAt: bench.now(),
      });
      expect(await bench.store.messages.get(added.id)).toEqual(added);
      expect(await bench.store.messages.get('unknown')).toBeNull();
    });

    it('keeps a text of 100,000 characters and an empty one, and mends lone surrogates', async () => {
      const long = await bench.store.messages.add(aMessage({ text: '좋'.repeat(100_000) }));
      const empty = await bench.store.messages.add(aMessage({ text: '' }));
      const broken = await bench.store.messages.add(aMessage({ text: 'a\uD83Db' }));
      expect((await bench.store.messages.get(long.id))?.text).toBe('좋'.repeat(100_000));
      expect((await bench.store.messages.get(empty.id))?.text).toBe('');
      expect(broken.text).toBe('a\uFFFDb');
    });

    it('gives the row already there for the same platform, channel and external id', async () => {
      const given = aMessage();
      const first = await bench.store.messages.add(given);
      expect(await bench.store.messages.add({ ...given, text: 'delivered again' })).toEqual(first);
      const elsewhere = await bench.store.messages.add({ ...given, channelId: 'other' });
      expect(elsewhere.id).not.toBe(first.id);
      const otherPlatform = await bench.store.messages.add({ ...given, platform: 'slack' });
      expect(otherPlatform.id).not.toBe(first.id);
    });

    it('adds the same message once when it is delivered several times at the same moment', async () => {
      const given = aMessage({ channelId: 'new-channel' });
      const rows = await Promise.all(Array.from({ length: 5 }, () => bench.store.messages.add(given)));
      expect(new Set(rows.map((row) => row.id)).size).toBe(1);
      expect(await bench.store.messages.history('new-channel', { limit: 10 })).toHaveLength(1);
    });

    it('gives the history of a channel in pages, newest last, also within one millisecond', async () => {
      const added = [];
      for (let index = 0; index < 5; index += 1) {
        added.push(await bench.store.messages.add(aMessage({ text: `number ${index}` })));
      }
      await bench.store.messages.add(aMessage({ channelId: 'elsewhere' }));
      const last = await bench.store.messages.history('page', { limit: 2 });
      expect(last.map((message) => message.text)).toEqual(['number 3', 'number 4']);
      await bench.store.messages.eraseText(last[1]?.id ?? '');
      const withText = await bench.store.messages.history('page', { limit: 2, withText: true });
      expect(withText.at(-1)?.id).toBe(last[0]?.id);
      expect(withText).toHaveLength(2);
      const before = await bench.store.messages.history('page', { limit: 10, before: last[0]?.id ?? '' });
      expect(before).toEqual(added.slice(0, 3));
    });

    it('gives the history of one platform where channels of two have the same id', async () => {
      const web = await bench.store.messages.add(aMessage());
      const slack = await bench.store.messages.add(aMessage({ platform: 'slack' }));
      const history = (platform?: string) =>
        bench.store.messages.history('page', { limit: 10, ...(platform === undefined ? {} : { platform }) });
      expect(await history('web')).toEqual([web]);
      expect(await history('slack')).toEqual([slack]);
      expect(await history('discord')).toEqual([]);
      expect(await history()).toEqual([web, slack]);
    });

    it('keeps the message without its text once that is erased', async () => {
      const message = await bench.store.messages.add(aMessage());
      await bench.store.messages.eraseText(message.id);
      expect(await bench.store.messages.get(message.id)).toEqual({ ...message, text: null });
      await expect(bench.store.messages.eraseText(message.id)).resolves.toBeUndefined();
    });

    it('clears one channel', async () => {
      await bench.store.messages.add(aMessage());
      await bench.store.messages.add(aMessage());
      const other = await bench.store.messages.add(aMessage({ channelId: 'other' }));
      expect(await bench.store.messages.clearChannel('page')).toBe(2);
      const history = await bench.store.messages.history('page', { limit: 10 });
      expect(history.map((message) => message.text)).toEqual([null, null]);
      expect((await bench.store.messages.get(other.id))?.text).toBe(other.text);
      expect(await bench.store.messages.clearChannel('page')).toBe(0);
    });

    it('erases what is older than a date, of one platform, and spares corrections when told to', async () => {
      const { messages, feedback } = bench.store;
      const corrected = await messages.add(aMessage());
      const takenBack = await messages.add(aMessage());
      const untrainable = await messages.add(aMessage({ trainable: false }));
      const slack = await messages.add(aMessage({ platform: 'slack', channelId: 'C1' }));
      for (const { id } of [corrected, takenBack, untrainable]) await feedback.record(aCorrection(id));
      await feedback.record(aCorrection(takenBack.id, { emoji: '❌', label: null }));
      const limit = bench.now();
      expect(await messages.eraseOlderThan(limit)).toBe(0);
      bench.advance(DAY_MS);
      const young = await messages.add(aMessage());
      const later = new Date(limit.getTime() + 1);

      expect(await messages.eraseOlderThan(later, { platform: 'web', keepCorrections: true })).toBe(2);
      const textOf = async (id: string) => (await messages.get(id))?.text;
      expect(await textOf(takenBack.id)).toBeNull();
      expect(await textOf(untrainable.id)).toBeNull();
      expect(await textOf(corrected.id)).toBe(corrected.text);
      expect(await textOf(slack.id)).toBe(slack.text);

      expect(await messages.eraseOlderThan(later, { notPlatform: 'slack' })).toBe(1);
      expect(await textOf(slack.id)).toBe(slack.text);
      expect(await messages.eraseOlderThan(later)).toBe(1);
      expect(await textOf(young.id)).toBe(young.text);
    });

    it('withdraws what was trainable of one platform, with or without what moderators wrote for it', async () => {
      const { messages, feedback } = bench.store;
      const at = { platform: 'discord', channelId: 'D1' };
      const said = await messages.add(aMessage(at));
      const authored = await messages.add(aMessage({ ...at, externalId: `${AUTHORED}1` }));
      const elsewhere = await messages.add(aMessage());
      for (const { id } of [said, authored, elsewhere]) await feedback.record(aCorrection(id));
      const learned = async () => (await feedback.corrections()).map(({ messageId }) => messageId);

      expect(await messages.forbidTraining('discord', true)).toBe(1);
      expect(await learned()).toEqual([authored.id, elsewhere.id]);
      expect(await feedback.pendingCount()).toBe(2);
      expect(await messages.forbidTraining('discord', false)).toBe(1);
      expect(await messages.forbidTraining('discord', false)).toBe(0);
      expect(await learned()).toEqual([elsewhere.id]);
    });
  });

  describe('communities and channels', () => {
    it('are known once somebody wrote or something was set there; a channel is active since its newest message', async () => {
      const { messages, settings } = bench.store;
      const slack = { platform: 'slack', communityId: 'T1' };
      await messages.add(aMessage({ ...slack, channelId: 'C1' }));
      bench.advance(1000);
      const since = bench.now();
      await messages.add(aMessage({ ...slack, channelId: 'C2' }));
      await messages.add(aMessage({ ...slack, channelId: 'C3', author: 'nunchi', personId: null }));
      await messages.add(aMessage({ platform: 'slack', communityId: 'T2', channelId: 'C4' }));
      await settings.set('discord', 'G1', {});
      expect(await messages.activeChannels(slack, since)).toEqual(['C2']);
      expect(await messages.activeChannels(slack, new Date(0))).toEqual(['C1', 'C2']);
      expect(await messages.activeChannels({ ...slack, platform: 'discord' }, new Date(0))).toEqual([]);
      expect(await messages.communities()).toEqual([
        slack,
        { platform: 'slack', communityId: 'T2' },
        { platform: 'discord', communityId: 'G1' },
      ]);
    });
  });

  describe('predictions', () => {
    it('keeps every prediction, newest first, and finds the newest of many messages', async () => {
      const { messages, predictions } = bench.store;
      const read = await messages.add(aMessage());
      const unread = await messages.add(aMessage());
      const first = await predictions.add(read.id, 'v1', aReading());
      const second = await predictions.add(
        read.id,
        'v2',
        aReading({ confidence: 0.4, abstained: true, abstainReason: 'low-confidence' }),
      );
      expect(first).toMatchObject({
        ...aReading(),
        messageId: read.id,
        modelVersion: 'v1',
        abstainReason: null,
      });
      expect(await predictions.of(read.id)).toEqual([second, first]);
      expect(second).toMatchObject({ abstained: true, abstainReason: 'low-confidence', confidence: 0.4 });
      const ids = [read.id, unread.id, ...Array.from({ length: 1200 }, (_, index) => `unknown-${index}`)];
      expect(await predictions.latest(ids)).toEqual(new Map([[read.id, second]]));
    });

    it('refuses a prediction of no message', async () => {
      await expect(bench.store.predictions.add('unknown', 'v1', aReading())).rejects.toMatchObject({
        code: 'not-found',
      });
    });
  });
}
