// What every store does with deleted messages: what goes at once, and what it means for the models trained on them.
import { describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../src/store/contracts/messages.js';
import { aCorrection, aMessage, aReading, type StoreBench } from './store.js';

export function deletionContract(bench: StoreBench): void {
  const register = (version: string, rows: readonly string[]) =>
    bench.store.models.register({
      version,
      directory: `/models/${version}`,
      parent: null,
      metrics: {},
      rows,
    });
  async function corrected(change: Parameters<typeof aMessage>[0] = {}): Promise<StoredMessage> {
    const message = await bench.store.messages.add(aMessage(change));
    await bench.store.feedback.record(aCorrection(message.id));
    return message;
  }

  describe('a deleted message', () => {
    it('loses its text, its labels and the answer that quotes it; its reading stays for the reports', async () => {
      const { messages, feedback, predictions } = bench.store;
      const { id, text } = await corrected();
      await predictions.add(id, 'a', aReading());
      const answer = await messages.add(
        aMessage({
          author: 'nunchi',
          personId: null,
          inReplyTo: id,
          text: `“${String(text)}”`,
          trainable: false,
        }),
      );
      const other = await corrected();
      await messages.eraseText(id);
      expect((await messages.get(id))?.text).toBeNull();
      expect((await messages.get(answer.id))?.text).toBeNull();
      expect((await feedback.current([id])).size).toBe(0);
      expect(await feedback.standing(id, false, ['moderator-1'])).toEqual([]);
      expect(await feedback.corrections()).toMatchObject([{ messageId: other.id }]);
      expect(await predictions.of(id)).toHaveLength(1);
    });

    it('taints every model trained on it, at once, and those are put in use no more', async () => {
      const { messages, models, deletions } = bench.store;
      const told: string[][] = [];
      deletions.onTainted((tainted) => told.push(tainted));
      const [row, other] = [(await corrected()).id, (await corrected()).id];
      await register('older', [row]);
      await register('champion', [row, other]);
      await register('free', [other]);
      await models.deploy('older', 'first');
      await models.deploy('champion', 'better');
      bench.advance(1000);
      await messages.eraseText(row);
      expect(told).toEqual([['older', 'champion']]);
      expect((await models.get('older'))?.taintedAt).toEqual(bench.now());
      expect((await models.get('free'))?.taintedAt).toBeNull();
      expect(await models.alias('previous')).toBeNull();
      expect((await models.alias('champion'))?.version).toBe('champion');
      await expect(models.deploy('older', 'back')).rejects.toMatchObject({ code: 'model-withdrawn' });
      await expect(models.setChallenger('older')).rejects.toMatchObject({ code: 'model-withdrawn' });
      expect(await deletions.open()).toEqual([
        { messageId: row, requestedAt: bench.now(), doneAt: null, doneVersion: null },
      ]);
    });

    it('is done with once no kept model was trained on it', async () => {
      const { messages, models, deletions } = bench.store;
      const row = (await corrected()).id;
      await register('older', [row]);
      await register('champion', [row]);
      await models.deploy('champion', 'first');
      await messages.eraseText(row);
      await register('rebuilt', []);
      await models.deploy('rebuilt', 'without it', { kind: 'deletion' });
      // A rollback to what learned it must not be offered.
      expect(await models.alias('previous')).toBeNull();
      expect(await deletions.settle('rebuilt')).toBe(0);
      await models.purge('champion', 'deleted row');
      expect(await deletions.settle('rebuilt')).toBe(0);
      await models.purge('older', 'deleted row');
      bench.advance(1000);
      expect(await deletions.settle('rebuilt')).toBe(1);
      expect(await deletions.open()).toEqual([]);
      expect(await deletions.list(10)).toMatchObject([
        { messageId: row, doneAt: bench.now(), doneVersion: 'rebuilt' },
      ]);
    });

    it('is found in its models by id also where its text was erased long before', async () => {
      const { messages, models, deletions } = bench.store;
      const row = (await corrected()).id;
      await register('champion', [row]);
      await models.deploy('champion', 'first');
      bench.advance(1000);
      await messages.eraseOlderThan(bench.now());
      expect(await deletions.open()).toEqual([]);
      await messages.eraseText(row);
      expect(await deletions.open()).toHaveLength(1);
    });

    it('taints a model that is registered only afterwards, too', async () => {
      const { messages } = bench.store;
      const [row, other] = [(await corrected()).id, (await corrected()).id];
      await messages.eraseText(row);
      expect((await register('late', [row, other])).taintedAt).toEqual(bench.now());
      expect((await register('fine', [other])).taintedAt).toBeNull();
    });
  });

  describe('clearing a channel and a person’s wish', () => {
    it('count as deletions of every message that they erase', async () => {
      const { messages, models, people } = bench.store;
      const cleared = (await corrected({ channelId: 'cleared' })).id;
      const own = (await corrected({ personId: 'kim' })).id;
      await register('one', [cleared]);
      await register('two', [own]);
      await register('three', [(await corrected()).id]);
      expect(await messages.clearChannel('cleared')).toBe(1);
      expect(await people.erase('web', 'kim')).toBe(1);
      const tainted = (await models.list()).filter(({ taintedAt }) => taintedAt !== null);
      expect(tainted.map(({ version }) => version).sort()).toEqual(['one', 'two']);
    });
  });

  describe('the rows of a model', () => {
    it('have keyed hashes that are the same every time and tell nothing', async () => {
      const { models } = bench.store;
      await register('a', ['id-2', 'id-1', 'id-1']);
      expect(await models.rows('a')).toEqual(['id-1', 'id-2']);
      const [first = '', second] = models.rowKeys(['id-1', 'id-2']);
      expect(first).toMatch(/^[0-9a-f]{64}$/);
      expect(second).not.toBe(first);
      expect(models.rowKeys(['id-1'])).toEqual([first]);
    });
  });
}
