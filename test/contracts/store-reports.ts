// What every store says of the mood of a channel, and what it must never say: anything that fewer than five people wrote.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Label, Reading } from '../../src/labels.js';
import { AUTHORED, type NewMessage } from '../../src/store/contracts/messages.js';
import type { MoodBucket, MoodQuery } from '../../src/store/contracts/reports.js';
import { aCorrection, aMessage, aReading, type StoreBench } from './store.js';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FIVE = ['a', 'b', 'c', 'd', 'e'];

export function reportContract(bench: StoreBench): void {
  /** 12:00 in UTC, 21:00 in Seoul. */
  let noon: Date;
  const afterNoon = (ms: number) => new Date(noon.getTime() + ms);

  /** null: the message is kept and not read. */
  async function write(label: Label | 'unsure' | null, change: Partial<NewMessage> = {}): Promise<string> {
    const { id } = await bench.store.messages.add(aMessage(change));
    const reading: Partial<Reading> =
      label === 'unsure'
        ? { abstained: true, abstainReason: 'low-confidence' }
        : { label: label ?? 'neutral' };
    if (label !== null) await bench.store.predictions.add(id, 'v1', aReading(reading));
    return id;
  }
  const writeAll = async (label: Label | 'unsure', people = FIVE, change: Partial<NewMessage> = {}) => {
    const ids = [];
    for (const personId of people) ids.push(await write(label, { personId, ...change }));
    return ids;
  };
  /** The hours from noon until now. */
  const ask = (change: Partial<MoodQuery> = {}): Promise<MoodBucket[]> =>
    bench.store.reports.mood({
      platform: 'web',
      scope: { kind: 'channel', id: 'page' },
      from: noon,
      to: new Date(bench.now().getTime() + 1),
      bucket: 'hour',
      timeZone: 'Asia/Seoul',
      ...change,
    });
  const counts = (negative: number, neutral: number, positive: number, unsure: number, authors: number) => ({
    tooFew: false,
    authors,
    messages: negative + neutral + positive + unsure,
    counts: { negative, neutral, positive },
    unsure,
  });

  describe('reports', () => {
    beforeEach(() => {
      const days = Math.ceil(bench.now().getTime() / DAY_MS);
      noon = new Date((days + 0.5) * DAY_MS);
      bench.advance(noon.getTime() - bench.now().getTime());
    });

    it('leave out what moderators wrote for training', async () => {
      const channelId = `${AUTHORED}local`;
      await writeAll('positive', FIVE, { communityId: 'local', channelId });
      for (const scope of [
        { kind: 'channel', id: channelId } as const,
        { kind: 'community', id: 'local' } as const,
      ]) {
        expect(await ask({ scope })).toEqual([expect.objectContaining({ tooFew: true })]);
      }
    });

    it('count what the messages of each bucket are read as', async () => {
      await writeAll('positive');
      await write('negative', { personId: 'a' });
      await write('unsure', { personId: 'f' });
      bench.advance(HOUR_MS);
      await writeAll('neutral');
      expect(await ask()).toEqual([
        { start: noon, end: afterNoon(HOUR_MS), ...counts(1, 0, 5, 1, 6) },
        { start: afterNoon(HOUR_MS), end: afterNoon(2 * HOUR_MS), ...counts(0, 5, 0, 0, 5) },
      ]);
    });

    it('say of fewer than five people that they are too few, and nothing else', async () => {
      await writeAll('positive', FIVE.slice(0, 4));
      for (let index = 0; index < 20; index += 1) await write('negative', { personId: 'a' });
      bench.advance(HOUR_MS);
      bench.advance(HOUR_MS);
      await writeAll('neutral');
      const [few, none, enough] = await ask();
      // Whether one of four wrote or nobody did is not to be told apart.
      expect(few).toStrictEqual({ start: noon, end: afterNoon(HOUR_MS), tooFew: true });
      expect(none).toStrictEqual({ start: afterNoon(HOUR_MS), end: afterNoon(2 * HOUR_MS), tooFew: true });
      expect(enough).toMatchObject(counts(0, 5, 0, 0, 5));
    });

    it('do not count people whose messages are not read', async () => {
      await writeAll('positive', FIVE.slice(0, 4));
      await write(null, { personId: 'e' });
      const [forgotten] = await writeAll('positive', ['f']);
      await bench.store.feedback.record(aCorrection(forgotten ?? '', { emoji: '❌', label: null }));
      expect(await ask()).toMatchObject([{ tooFew: true }]);
    });

    it('go by the label that stands, then by the newest prediction', async () => {
      const [corrected = '', takenBack = '', forgotten = '', reread = ''] = await writeAll('positive');
      await write('positive', { personId: 'c' });
      const unsure = await write('unsure', { personId: 'f' });
      const { feedback, predictions } = bench.store;
      await feedback.record(aCorrection(corrected));
      await feedback.record(aCorrection(unsure));
      await feedback.record(aCorrection(takenBack));
      await feedback.record(aCorrection(takenBack, { action: 'removed' }));
      await feedback.record(aCorrection(forgotten, { emoji: '❌', label: null }));
      await predictions.add(reread, 'v2', aReading({ label: 'neutral' }));
      await predictions.add(corrected, 'v2', aReading({ label: 'neutral' }));
      expect(await ask()).toMatchObject([counts(2, 1, 3, 0, 6)]);
    });

    it('never count Nunchi’s own messages and those without an author', async () => {
      await writeAll('positive');
      await write('negative', { author: 'nunchi', personId: null });
      await write('negative', { author: 'nunchi', personId: 'f' });
      await write('negative', { personId: null });
      expect(await ask()).toMatchObject([counts(0, 0, 5, 0, 5)]);
    });

    it('are of one channel, or of all the channels of a community, in which a person is one person', async () => {
      await writeAll('positive', FIVE.slice(0, 4));
      await writeAll('negative', ['a', 'e'], { channelId: 'other' });
      await writeAll('neutral', FIVE, { channelId: 'elsewhere', communityId: 'another' });
      await writeAll('neutral', FIVE, { platform: 'slack', channelId: 'page' });
      expect(await ask()).toMatchObject([{ tooFew: true }]);
      expect(await ask({ scope: { kind: 'community', id: 'local' } })).toMatchObject([counts(2, 0, 4, 0, 5)]);
      expect(await ask({ platform: 'slack' })).toMatchObject([counts(0, 5, 0, 0, 5)]);
      expect(await ask({ scope: { kind: 'channel', id: 'unknown' } })).toMatchObject([{ tooFew: true }]);
    });

    it('always count whole buckets, so that shifted ranges cannot be subtracted', async () => {
      await writeAll('positive');
      bench.advance(30 * MINUTE_MS);
      await write('negative', { personId: 'f' });
      const whole = await ask();
      expect(whole).toMatchObject([counts(1, 0, 5, 0, 6)]);
      const shifted = { from: afterNoon(10 * MINUTE_MS), to: afterNoon(20 * MINUTE_MS) };
      expect(await ask(shifted)).toEqual(whole);
    });

    it('cut days at the midnight of the time zone', async () => {
      bench.advance(3 * HOUR_MS - 1);
      await writeAll('negative');
      bench.advance(1);
      await writeAll('positive');
      expect(await ask({ bucket: 'day' })).toMatchObject([counts(5, 0, 0, 0, 5), counts(0, 0, 5, 0, 5)]);
      expect(await ask({ bucket: 'day', timeZone: 'UTC' })).toMatchObject([counts(5, 0, 5, 0, 5)]);
    });

    it('lose no message between the pages in which they are read, within one moment too', async () => {
      for (let round = 0; round < 130; round += 1) {
        if (round === 90) bench.advance(1);
        await writeAll('positive');
      }
      expect(await ask()).toMatchObject([counts(0, 0, 650, 0, 5)]);
      // 1,300 durable writes, which a busy disk does slowly.
    }, 120_000);

    it('refuse a time zone that there is not', async () => {
      await expect(ask({ timeZone: 'Mars/Olympus' })).rejects.toMatchObject({ code: 'invalid-input' });
    });
  });
}
