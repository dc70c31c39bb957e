// What every chat platform must do, whichever it is: run by the test of each, with the means to look at it from outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatPlatform } from '../../src/chat/platform.js';
import type { Store } from '../../src/store/store.js';
import type { FakeSentiment } from '../fakes/sentiment.js';

export interface PlatformUnderTest {
  platform: ChatPlatform;
  store: Store;
  sentiment: FakeSentiment;
  /** A person writes; the platform's own id of the message makes it one message however often it comes. */
  say(id: string, text: string): Promise<void>;
  /** What the platform shows under the message with this text: Nunchi's answers, oldest first. */
  answersTo(text: string): Promise<string[]>;
  /** Ids of messages that the platform shows as not read yet. */
  unread(): Promise<string[]>;
  /** Waits until `state` holds. */
  until(state: () => boolean | Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

export function chatPlatformContract(name: string, make: () => Promise<PlatformUnderTest>): void {
  describe(`chat platform contract: ${name}`, () => {
    let under: PlatformUnderTest;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.stop());

    const rows = async (text: string) =>
      (await under.store.messages.history('local', { limit: 100 })).filter(
        (message) => message.text === text,
      );

    it('has a name', () => {
      expect(under.platform.name).toMatch(/^[a-z]+$/);
    });

    it('keeps a message, has it read and shows the answer', async () => {
      await under.say('contract-1', 'a positive word');
      await under.until(async () => (await under.answersTo('a positive word')).length > 0);
      const [answer] = await under.answersTo('a positive word');
      expect(answer).toContain('87');
      expect(await rows('a positive word')).toHaveLength(1);
    });

    it('answers a message once that comes twice', async () => {
      await Promise.all([
        under.say('contract-2', 'negative twice'),
        under.say('contract-2', 'negative twice'),
      ]);
      await under.until(async () => (await under.answersTo('negative twice')).length > 0);
      await under.say('contract-2', 'negative twice');
      expect(await under.answersTo('negative twice')).toHaveLength(1);
      expect(await rows('negative twice')).toHaveLength(1);
    });

    it('keeps a message that cannot be read, and says so', async () => {
      under.sentiment.failure = new Error('the model is gone');
      await under.say('contract-3', 'neutral for later');
      const [kept] = await rows('neutral for later');
      expect(kept).toBeDefined();
      await under.until(async () => (await under.unread()).includes(kept?.id ?? ''));
      under.sentiment.failure = null;
      await under.say('contract-3', 'neutral for later');
      await under.until(async () => (await under.answersTo('neutral for later')).length === 1);
    });

    it('stops twice without complaint', async () => {
      await under.platform.stop();
      await under.platform.stop();
    });
  });
}
