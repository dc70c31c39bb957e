// What every store does with feedback events: the label derived from them, and what waits to be learned.
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/labels.js';
import { CHOSEN, DEFAULT_QUORUM } from '../../src/store/derive-label.js';
import { aCorrection, aMessage, aReading, type StoreBench } from './store.js';

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
        contested: false,
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

    it('says of each row where it is from, and on what terms', async () => {
      const { feedback, messages, people, testimony } = bench.store;
      const place = { communityId: 'team', channelId: 'c1' };
      const add = (platform: string, personId: string, trainable = true) =>
        messages.add(aMessage({ ...place, channelId: `${platform} c1`, platform, personId, trainable }));
      const given = await add('slack', 'kim');
      const leftOut = await add('slack', 'lee');
      const withdrawn = await add('discord', 'kim');
      const notGiven = await add('slack', 'kim', false);
      for (const { id, platform } of [given, leftOut, withdrawn, notGiven]) {
        await feedback.record(aCorrection(id, { platform }));
      }
      await people.leaveOut('slack', 'lee', true);
      await messages.forbidTraining('discord', false);
      const terms = { platform: 'slack', communityId: 'team', consent: 'given', trainable: true };
      expect(await feedback.corrections()).toMatchObject([{ messageId: given.id, ...terms }]);
      expect(await feedback.pendingCount()).toBe(1);
      const consents = new Map((await testimony.all()).map((one) => [one.messageId, one]));
      expect([given, leftOut, withdrawn, notGiven].map(({ id }) => consents.get(id)?.consent)).toEqual([
        'given',
        'left-out',
        'withdrawn',
        'not-given',
      ]);
      for (const { id } of [leftOut, withdrawn, notGiven]) {
        expect(consents.get(id)).toMatchObject({ trainable: false, correction: null });
      }
      await people.leaveOut('slack', 'lee', false);
      expect(await feedback.corrections()).toHaveLength(1);
    });

    it('are given however many there are', async () => {
      const { feedback, messages, testimony } = bench.store;
      const many = 210;
      for (let index = 0; index < many; index += 1) {
        const { id } = await messages.add(aMessage({ text: `text ${index}` }));
        await feedback.record(aCorrection(id));
      }
      const corrections = await feedback.corrections();
      expect(corrections.map(({ text }) => text)).toEqual(
        Array.from({ length: many }, (_, index) => `text ${index}`),
      );
      expect(await testimony.all()).toHaveLength(many);
    }, 60_000);

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

    it('counts what another model has not learned as pending again', async () => {
      const { feedback, runs } = bench.store;
      const [kept, other] = [await addMessage(), await addMessage()];
      await feedback.record(aCorrection(kept));
      await feedback.record(aCorrection(other));
      const run = await runs.start({ trigger: 'page', corrections: 2, baseVersion: 'v1' });
      await feedback.markLearned(run.id, [kept, other]);
      await feedback.markUnlearned([kept, 'unknown']);
      expect(await feedback.pendingCount()).toBe(1);
      expect((await feedback.current([kept])).get(kept)?.learnedInRun).toBe(run.id);
      expect((await feedback.current([other])).get(other)?.learnedInRun).toBeNull();
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

    it('counts those that were decided after a run was started', async () => {
      const { feedback, messages, runs } = bench.store;
      const first = await messages.add(aMessage());
      await feedback.record(aCorrection(first.id));
      const { id } = await runs.start({ trigger: 'night', corrections: 1, baseVersion: 'base' });
      expect(await feedback.pendingCount(id)).toBe(0);
      const second = await messages.add(aMessage());
      await feedback.record(aCorrection(second.id));
      await feedback.record(aCorrection(first.id, { emoji: '🟢', label: 'positive' }));
      expect(await feedback.pendingCount(id)).toBe(2);
      expect(await feedback.pendingCount()).toBe(2);
    });

    it('lets other people decide together where the community wants it, and never over a moderator', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      const policy = { quorum: DEFAULT_QUORUM };
      const word = (personId: string) => aCorrection(id, { personId, moderator: false });
      expect(await feedback.record(word('a'), policy)).toBeNull();
      expect(await feedback.record(word('b'), policy)).toBeNull();
      expect(await feedback.record(word('c'), policy)).toMatchObject({ label: 'negative', contested: false });
      const green = aCorrection(id, { emoji: '🟢', label: 'positive' });
      expect(await feedback.record(green, policy)).toMatchObject({ label: 'positive' });
    });

    it('notes that moderators disagree, as long as they do, and keeps both words', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      const green = aCorrection(id, { personId: 'moderator-2', emoji: '🟢', label: 'positive' });
      await feedback.record(aCorrection(id));
      expect(await feedback.record(green)).toMatchObject({ label: 'positive', contested: true });
      expect((await feedback.current([id])).get(id)).toMatchObject({ contested: true });
      expect(await feedback.record({ ...green, action: 'removed' })).toMatchObject({
        label: 'negative',
        contested: false,
      });
    });

    it('takes back what stands under one emoji or under all, whoever gave it', async () => {
      const { feedback } = bench.store;
      const under = (emoji: string | null) => ({ emoji, onAnswer: false });
      const id = await addMessage();
      await feedback.record(aCorrection(id));
      await feedback.record(aCorrection(id, { personId: 'moderator-2', emoji: '🟢', label: 'positive' }));
      await feedback.record(aCorrection(id, { personId: 'moderator-3', emoji: '🟢', label: 'positive' }));
      expect(await feedback.revoke(id, under('⚪'))).toBe(0);
      expect(await feedback.revoke(id, under('🟢'))).toBe(2);
      expect((await feedback.current([id])).get(id)).toMatchObject({ label: 'negative', contested: false });
      expect(await feedback.revoke(id, under(null))).toBe(1);
      expect((await feedback.current([id])).size).toBe(0);
      expect(await feedback.revoke(id, under(null))).toBe(0);
      expect(await feedback.record(aCorrection(id))).toMatchObject({ label: 'negative' });
    });

    it('takes back nothing that was chosen in a dialog', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id, { emoji: CHOSEN }));
      expect(await feedback.revoke(id, { emoji: null, onAnswer: false })).toBe(0);
      expect((await feedback.current([id])).get(id)).toMatchObject({ label: 'negative' });
    });
  });

  describe('words that stand', () => {
    const standing = async (id: string, people: string[] = [], onAnswer = false) =>
      (await bench.store.feedback.standing(id, onAnswer, people)).map(({ emoji, personId }) => [
        emoji,
        personId,
      ]);

    it('name the people asked about, and nobody else', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id, { personId: 'kim' }));
      await feedback.record(aCorrection(id, { personId: 'lee', emoji: '🟢', label: 'positive' }));
      await feedback.record(aCorrection(id, { personId: 'lee', onAnswer: true }));
      await feedback.record(aCorrection(id, { personId: 'park' }));
      await feedback.record(aCorrection(id, { personId: 'park', action: 'removed' }));
      expect(await standing(id, ['lee', 'park'])).toEqual([
        ['🔴', null],
        ['🟢', 'lee'],
      ]);
      expect(await standing(id, ['lee'], true)).toEqual([['🔴', 'lee']]);
      expect(await standing('unknown', ['lee'])).toEqual([]);
    });

    it('are those about an earlier text too, which decide nothing', async () => {
      const { feedback, messages } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id));
      await messages.revise(id, 'another text');
      expect(await standing(id, ['moderator-1'])).toEqual([['🔴', 'moderator-1']]);
      expect((await feedback.current([id])).size).toBe(0);
    });

    it('stay when whoever said them is erased, and lead to nobody', async () => {
      const { feedback, people } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id, { personId: 'kim' }));
      await people.erase('web', 'kim');
      expect(await feedback.standing(id, false, ['kim'])).toMatchObject([{ personId: null, erased: true }]);
    });

    it('are taken back one by one, whoever said them', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id));
      await feedback.record(aCorrection(id, { personId: 'moderator-2', emoji: '🟢', label: 'positive' }));
      const [red, green] = await feedback.standing(id, false, []);
      expect(await feedback.revoke(id, { words: [green?.id ?? ''] })).toBe(1);
      expect((await feedback.current([id])).get(id)).toMatchObject({ label: 'negative' });
      expect(await feedback.revoke(id, { words: [green?.id ?? '', 'unknown'] })).toBe(0);
      expect(await feedback.revoke(id, { words: [red?.id ?? ''] })).toBe(1);
      expect((await feedback.current([id])).size).toBe(0);
    });
  });

  describe('an emoji under the answer', () => {
    it('is another word than the same one under the message', async () => {
      const { feedback } = bench.store;
      const id = await addMessage();
      await feedback.record(aCorrection(id));
      await feedback.record(aCorrection(id, { onAnswer: true }));
      await feedback.record(aCorrection(id, { action: 'removed' }));
      expect((await feedback.current([id])).get(id)).toMatchObject({ label: 'negative' });
      expect(await feedback.revoke(id, { emoji: null, onAnswer: false })).toBe(0);
      expect(await feedback.revoke(id, { emoji: null, onAnswer: true })).toBe(1);
      expect((await feedback.current([id])).size).toBe(0);
    });
  });

  describe('the review queue', () => {
    const read = async (text: string, confidence: number, change: Partial<Reading> = {}) => {
      const message = await bench.store.messages.add(aMessage({ text }));
      await bench.store.predictions.add(message.id, 'nunchi-1', aReading({ confidence, ...change }));
      return message.id;
    };
    const queue = async (limit = 10) =>
      (await bench.store.review.queue('web', 'local', 'nobody', limit)).map(({ message }) => message.text);

    it('has the disputed messages, then those read least surely', async () => {
      const { feedback } = bench.store;
      await read('sure', 0.95);
      await read('hardly sure', 0.4, { abstained: true, abstainReason: 'low-confidence' });
      await read('rather sure', 0.7);
      const disputed = await read('disputed', 0.9);
      await feedback.record(aCorrection(disputed));
      await feedback.record(
        aCorrection(disputed, { personId: 'moderator-2', emoji: '🟢', label: 'positive' }),
      );
      expect(await queue()).toEqual(['disputed', 'hardly sure', 'rather sure', 'sure']);
      expect(await queue(2)).toEqual(['disputed', 'hardly sure']);
      expect(await bench.store.review.queue('web', 'local', 'nobody', 1)).toMatchObject([
        { contested: true, prediction: { label: 'positive', confidence: 0.9 } },
      ]);
      // Whoever has spoken on it has nothing to add.
      const spoke = bench.store.people.pseudonymOf('web', 'moderator-2');
      expect(await bench.store.review.queue('web', 'local', spoke, 1)).toMatchObject([{ contested: false }]);
    });

    it('goes by the newest reading', async () => {
      const id = await read('read again', 0.3, { abstained: true, abstainReason: 'low-confidence' });
      await read('between', 0.5);
      await bench.store.predictions.add(id, 'nunchi-2', aReading({ confidence: 0.9 }));
      expect(await queue()).toEqual(['between', 'read again']);
    });

    it('leaves out what is labelled, erased, unreadable, elsewhere or said by Nunchi', async () => {
      const { store } = bench;
      await store.feedback.record(aCorrection(await read('labelled', 0.4)));
      await store.messages.eraseText(await read('erased', 0.4));
      await read('unreadable', 0.4, { abstained: true, abstainReason: 'unknown-text' });
      for (const change of [
        { communityId: 'other', channelId: 'c2' },
        { author: 'nunchi', personId: null },
      ] as const) {
        const { id } = await store.messages.add(aMessage(change));
        await store.predictions.add(id, 'nunchi-1', aReading({ confidence: 0.4 }));
      }
      expect(await queue()).toEqual([]);
    });
  });
}
