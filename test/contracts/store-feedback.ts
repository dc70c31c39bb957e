// What every store does with feedback events: the label derived from them, and what waits to be learned.
import { describe, expect, it } from 'vitest';
import { aCorrection, aMessage, type StoreBench } from './store.js';

export function feedbackContract(bench: StoreBench): void {
  const addMessage = async () => (await bench.store.messages.add(aMessage())).id;

  describe('feedback', () => {
    it('derives the label from the latest word of a moderator', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      const first = await feedback.record(aCorrection(id));
      expect(first).toEqual({
        messageId: id,
        label: 'negative',
        trainable: true,
        decidedAt: bench.now(),
        learnedInRun: null,
      });
      bench.advance(1000);
      const green = aCorrection(id, { personId: 'moderator-2', emoji: '🟢', label: 'positive' });
      expect(await feedback.record(green)).toMatchObject({ label: 'positive', decidedAt: bench.now() });
      expect(await feedback.record({ ...green, action: 'removed' })).toMatchObject({ label: 'negative' });
      expect(await feedback.record(aCorrection(id, { action: 'removed' }))).toBeNull();
      expect(await feedback.current([id])).toEqual(new Map());
    });

    it('changes nothing when an emoji is added twice or removed without having been added', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      expect(await feedback.record(aCorrection(id, { action: 'removed' }))).toBeNull();
      const first = await feedback.record(aCorrection(id));
      const other = await feedback.record(
        aCorrection(id, { personId: 'moderator-2', emoji: '🟢', label: 'positive' }),
      );
      expect(await feedback.record(aCorrection(id))).toEqual(other);
      expect(await feedback.record(aCorrection(id, { personId: 'moderator-3', action: 'removed' }))).toEqual(
        other,
      );
      expect(first?.label).toBe('negative');
    });

    it('keeps the word of people who are no moderators without letting it decide', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      for (const personId of ['a', 'b', 'c', 'd']) {
        expect(await feedback.record(aCorrection(id, { personId, moderator: false }))).toBeNull();
      }
      expect(await feedback.corrections()).toEqual([]);
    });

    it('orders events that arrive at the same moment, and loses none', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      const people = Array.from({ length: 8 }, (_, index) => `moderator-${index}`);
      await Promise.all(people.map((personId) => feedback.record(aCorrection(id, { personId }))));
      for (const personId of people.slice(1)) {
        expect(await feedback.record(aCorrection(id, { personId, action: 'removed' }))).not.toBeNull();
      }
      expect(
        await feedback.record(aCorrection(id, { personId: 'moderator-0', action: 'removed' })),
      ).toBeNull();
    });

    it('refuses feedback on no message', async () => {
      await expect(bench.store.feedback.record(aCorrection('unknown'))).rejects.toMatchObject({
        code: 'not-found',
      });
    });
  });

  describe('corrections', () => {
    it('gives the trainable ones with their texts, oldest decision first', async () => {
      const { feedback, messages } = bench.store;
      const first = await messages.add(aMessage({ text: 'first' }));
      const second = await messages.add(aMessage({ text: 'second' }));
      const untrainable = await messages.add(aMessage({ trainable: false }));
      const forgotten = await messages.add(aMessage());
      await feedback.record(aCorrection(second.id, { emoji: '🟢', label: 'positive' }));
      bench.advance(1000);
      await feedback.record(aCorrection(first.id));
      await feedback.record(aCorrection(untrainable.id));
      await feedback.record(aCorrection(forgotten.id, { emoji: '❌', label: null }));
      expect(await feedback.corrections()).toMatchObject([
        { messageId: second.id, text: 'second', label: 'positive' },
        { messageId: first.id, text: 'first', label: 'negative', decidedAt: bench.now() },
      ]);
      expect(await feedback.pendingCount()).toBe(2);
      expect((await feedback.current([untrainable.id])).get(untrainable.id)?.trainable).toBe(false);
      expect((await feedback.current([forgotten.id])).get(forgotten.id)?.label).toBeNull();
    });

    it('leaves out a correction whose text was erased', async () => {
      const { feedback, messages } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id));
      await messages.eraseText(id);
      expect(await feedback.corrections()).toEqual([]);
      expect(await feedback.pendingCount()).toBe(0);
    });

    it('counts a learned correction as pending again once its label changed', async () => {
      const { feedback, runs } = bench.store;
      const changed = await addMessage();
      const same = await addMessage();
      await feedback.record(aCorrection(changed));
      await feedback.record(aCorrection(same));
      const run = await runs.start({ trigger: 'page', corrections: 2, baseVersion: 'v1' });
      await feedback.markLearned(run.id, [changed, same]);
      expect(await feedback.pendingCount()).toBe(0);
      expect((await feedback.current([same])).get(same)?.learnedInRun).toBe(run.id);

      await feedback.record(aCorrection(same, { personId: 'moderator-2' }));
      expect(await feedback.pendingCount()).toBe(0);
      await feedback.record(aCorrection(changed, { emoji: '🟢', label: 'positive' }));
      expect(await feedback.pendingCount()).toBe(1);
      expect((await feedback.current([changed])).get(changed)?.learnedInRun).toBeNull();
    });

    it('does not count as learned what was decided while the run went on', async () => {
      const { feedback, runs } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id));
      const run = await runs.start({ trigger: 'page', corrections: 1, baseVersion: 'v1' });
      await feedback.record(aCorrection(id, { emoji: '🟢', label: 'positive' }));
      await feedback.markLearned(run.id, [id]);
      expect(await feedback.pendingCount()).toBe(1);
    });
  });
}
