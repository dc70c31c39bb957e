// What every store says of how right the readings were that people saw, before any model had learned from their words.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Label } from '../../src/labels.js';
import { aCorrection, aMessage, aReading, type StoreBench } from './store.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export function progressiveContract(bench: StoreBench): void {
  let monday: Date;

  async function read(label: Label | 'unsure', version = 'v1'): Promise<string> {
    const { id } = await bench.store.messages.add(aMessage());
    await again(id, label, version);
    return id;
  }
  async function again(id: string, label: Label | 'unsure', version: string, live = true): Promise<void> {
    const unsure = { label: 'positive', abstained: true, abstainReason: 'low-confidence' } as const;
    await bench.store.predictions.add(id, version, aReading(label === 'unsure' ? unsure : { label }), {
      live,
    });
  }
  /** Not in the same millisecond as what was read. */
  async function say(id: string, label: Label | null): Promise<void> {
    bench.advance(1);
    await bench.store.feedback.record(aCorrection(id, { label, emoji: label ?? '❌' }));
  }
  const scores = () =>
    bench.store.progressive.scores({
      from: monday,
      to: new Date(bench.now().getTime() + 1),
      timeZone: 'UTC',
    });

  describe('progressive validation', () => {
    beforeEach(() => {
      // 1 January 1970 was a Thursday.
      const weeks = Math.ceil((bench.now().getTime() / DAY_MS + 3) / 7);
      monday = new Date((weeks * 7 - 3) * DAY_MS);
      bench.advance(monday.getTime() - bench.now().getTime());
    });

    it('counts what is read, and of the labelled what was right, by week and model', async () => {
      await read('positive');
      await say(await read('positive'), 'positive');
      await say(await read('positive'), 'negative');
      await say(await read('unsure'), 'positive');
      bench.advance(7 * DAY_MS);
      await say(await read('neutral', 'v2'), 'neutral');
      await say(await read('unsure', 'v1'), 'neutral');
      const [one, two] = [monday, new Date(monday.getTime() + 7 * DAY_MS)];
      expect(await scores()).toMatchObject([
        { start: one, version: 'v1', read: 4, unsure: 1, labelled: 3, right: 2, sure: 2, sureRight: 1 },
        { start: two, version: 'v1', read: 1, unsure: 1, labelled: 1, right: 0, sure: 0, sureRight: 0 },
        { start: two, version: 'v2', read: 1, unsure: 0, labelled: 1, right: 1, sure: 1, sureRight: 1 },
      ]);
    });

    it('holds no model to what it has learned', async () => {
      const id = await read('positive');
      await say(id, 'negative');
      bench.advance(DAY_MS);
      await again(id, 'negative', 'v2', false);
      bench.advance(DAY_MS);
      await say(id, 'negative');
      expect(await scores()).toMatchObject([{ version: 'v1', read: 1, labelled: 1, right: 0 }]);
    });

    it('counts no probe', async () => {
      const { id } = await bench.store.messages.add(
        aMessage({ author: 'nunchi', personId: null, knownLabel: 'neutral' }),
      );
      await again(id, 'neutral', 'v1', false);
      await say(id, 'neutral');
      expect(await scores()).toEqual([]);
    });

    it('holds the reading of a changed text to what was said of that text', async () => {
      const id = await read('positive');
      await say(id, 'positive');
      bench.advance(1);
      await bench.store.messages.revise(id, 'changed');
      await again(id, 'negative', 'v1');
      await say(id, 'neutral');
      expect(await scores()).toMatchObject([{ read: 2, labelled: 1, right: 0 }]);
    });

    it('leaves out what is to be forgotten, what was taken back, and what was labelled before it was read', async () => {
      await say(await read('positive'), null);
      const back = await read('positive');
      await say(back, 'positive');
      await bench.store.feedback.record(
        aCorrection(back, { label: 'positive', emoji: 'positive', action: 'removed' }),
      );
      const { id: unread } = await bench.store.messages.add(aMessage());
      await say(unread, 'positive');
      bench.advance(1);
      await again(unread, 'positive', 'v1');
      expect(await scores()).toMatchObject([{ read: 3, labelled: 0 }]);
    });

    it('reads more labels than a page holds', async () => {
      for (let count = 0; count < 505; count += 1) {
        const id = await read('positive');
        if (count % 100 === 0) bench.advance(1);
        await bench.store.feedback.record(aCorrection(id, { label: 'positive' }));
      }
      expect(await scores()).toMatchObject([{ labelled: 505, right: 505 }]);
    }, 120_000);
  });
}
