// What every store does for people and communities: revised texts, wishes to be left out, what is kept of somebody, settings.
import { describe, expect, it } from 'vitest';
import { aCorrection, aMessage, aReading, type StoreBench } from './store.js';

export function peopleContract(bench: StoreBench): void {
  describe('a message that its author changes', () => {
    it('has the new text, and no label that was given to the earlier one', async () => {
      const { messages, feedback } = bench.store;
      const message = await messages.add(aMessage({ text: 'so bad' }));
      await feedback.record(aCorrection(message.id));
      const revised = await messages.revise(message.id, 'so good');
      expect(revised).toEqual({ ...message, text: 'so good' });
      expect(await messages.get(message.id)).toEqual(revised);
      expect((await feedback.current([message.id])).size).toBe(0);
      expect(await feedback.corrections()).toEqual([]);

      // Taking the old emoji back says nothing; a new word counts alone.
      await feedback.record(aCorrection(message.id, { action: 'removed' }));
      expect((await feedback.current([message.id])).size).toBe(0);
      const label = { emoji: '🟢', label: 'positive' } as const;
      expect(await feedback.record(aCorrection(message.id, label))).toMatchObject({ label: 'positive' });
      expect(await feedback.corrections()).toMatchObject([{ text: 'so good', label: 'positive' }]);
    });

    it('changes nothing where the text is the same, or was erased', async () => {
      const { messages, feedback } = bench.store;
      const message = await messages.add(aMessage({ text: 'so bad' }));
      await feedback.record(aCorrection(message.id));
      expect(await messages.revise(message.id, 'so bad')).toBeNull();
      expect((await feedback.current([message.id])).size).toBe(1);
      await messages.eraseText(message.id);
      expect(await messages.revise(message.id, 'something else')).toBeNull();
      expect((await messages.get(message.id))?.text).toBeNull();
      expect(await messages.revise('unknown', 'x')).toBeNull();
    });
  });

  describe("a message by the platform's id", () => {
    it('is found, a person’s by its own and Nunchi’s by the one that it was sent under', async () => {
      const { messages } = bench.store;
      const asked = await messages.add(aMessage({ externalId: 'm1' }));
      const answer = await messages.add(
        aMessage({ externalId: 'answer:m1', author: 'nunchi', personId: null }),
      );
      expect(await messages.find('web', 'page', 'm1')).toEqual(asked);
      expect(await messages.find('web', 'page', 'm2')).toBeNull();
      expect(answer.deliveredId).toBeNull();
      await messages.delivered(answer.id, 'm2');
      expect(await messages.find('web', 'page', 'm2')).toEqual({ ...answer, deliveredId: 'm2' });
      expect(await messages.find('web', 'elsewhere', 'm2')).toBeNull();
      expect(await messages.find('slack', 'page', 'm1')).toBeNull();
    });
  });

  describe('a person', () => {
    it('is left out from when they ask until they ask otherwise, on that platform', async () => {
      const { people } = bench.store;
      expect(await people.isLeftOut('slack', 'U1')).toBe(false);
      await people.leaveOut('slack', 'U1', true);
      await people.leaveOut('slack', 'U1', true);
      expect(await people.isLeftOut('slack', 'U1')).toBe(true);
      expect(await people.isLeftOut('discord', 'U1')).toBe(false);
      await people.leaveOut('slack', 'U1', false);
      expect(await people.isLeftOut('slack', 'U1')).toBe(false);
    });

    it('sees what is kept about them and nothing about others', async () => {
      const { people, messages, predictions, feedback } = bench.store;
      const own = await messages.add(aMessage({ personId: 'kim', externalId: 'm1', text: '제 글이에요' }));
      const other = await messages.add(aMessage({ personId: 'lee', externalId: 'm2' }));
      await predictions.add(own.id, 'nunchi-1', aReading());
      await feedback.record(aCorrection(other.id, { personId: 'kim' }));
      await feedback.record(aCorrection(own.id, { personId: 'lee' }));
      expect(await people.dataOf('web', 'kim')).toMatchObject({
        leftOut: false,
        messages: [
          {
            channelId: 'page',
            externalId: 'm1',
            text: '제 글이에요',
            readings: [{ label: 'positive', modelVersion: 'nunchi-1' }],
          },
        ],
        feedback: [{ externalId: 'm2', emoji: '🔴', label: 'negative', action: 'added' }],
      });
      expect(await people.dataOf('web', 'nobody')).toEqual({ leftOut: false, messages: [], feedback: [] });
    });

    it('is erased: texts gone, nothing leads to them, their word about others still counts once', async () => {
      const { people, messages, feedback } = bench.store;
      const own = await messages.add(aMessage({ personId: 'kim' }));
      const other = await messages.add(aMessage({ personId: 'lee' }));
      const answer = (to: string) =>
        messages.add(aMessage({ author: 'nunchi', personId: null, inReplyTo: to, trainable: false }));
      const [quoting, answerToOther] = [await answer(own.id), await answer(other.id)];
      await feedback.record(aCorrection(own.id));
      await feedback.record(aCorrection(other.id, { personId: 'kim' }));
      await people.leaveOut('web', 'kim', true);
      expect(await people.erase('web', 'kim')).toBe(1);
      expect(await people.dataOf('web', 'kim')).toEqual({ leftOut: true, messages: [], feedback: [] });
      expect((await messages.get(own.id))?.text).toBeNull();
      expect((await messages.get(quoting.id))?.text).toBeNull();
      expect((await messages.get(other.id))?.text).not.toBeNull();
      expect((await messages.get(answerToOther.id))?.text).not.toBeNull();
      expect(await feedback.corrections()).toMatchObject([{ messageId: other.id, label: 'negative' }]);
      expect(await people.erase('web', 'kim')).toBe(0);
    });
  });

  describe('the settings of a community', () => {
    it('are what was set last, per community', async () => {
      const { settings } = bench.store;
      expect(await settings.get('slack', 'T1')).toBeNull();
      await settings.set('slack', 'T1', { language: 'ko' });
      await settings.set('slack', 'T1', { language: 'en', channels: { C1: { mode: 'react' } } });
      expect(await settings.get('slack', 'T1')).toEqual({
        language: 'en',
        channels: { C1: { mode: 'react' } },
      });
      expect(await settings.get('slack', 'T2')).toBeNull();
      expect(await settings.get('discord', 'T1')).toBeNull();
    });

    it('name the communities that have any', async () => {
      const { settings, messages } = bench.store;
      await settings.set('slack', 'T1', {});
      await settings.set('slack', 'T2', {});
      await settings.set('discord', 'G1', {});
      await messages.add(aMessage({ platform: 'slack', communityId: 'T3', channelId: 'C3' }));
      expect(await settings.list('slack')).toEqual(['T1', 'T2']);
      expect(await settings.list('fake')).toEqual([]);
    });
  });
}
