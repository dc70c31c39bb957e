// What every chat platform must do, whichever it is: run by the test of each, with the means to look at it from outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatPlatform } from '../../src/chat/platform.js';
import type { CommunitySettingsService } from '../../src/chat/settings.js';
import type { Store } from '../../src/store/store.js';
import type { FakeSentiment } from '../fakes/sentiment.js';

/** What a platform may lack; a case that needs it is then skipped, with the reason in its name. */
export type Capability = 'unread' | 'amend' | 'react' | 'reactions' | 'deletion' | 'restart';

/** A reaction of a person; the platform under test turns the emoji into its own name of it. */
export interface GivenReaction {
  by: 'moderator' | 'member';
  under: 'message' | 'answer';
  emoji: string;
  action: 'added' | 'removed';
}

/** Messages are named by ids of the suite's own; what the platform calls them is its business. */
export interface PlatformUnderTest {
  /** After a restart the new one. */
  readonly platform: ChatPlatform;
  readonly store: Store;
  readonly sentiment: FakeSentiment;
  /** The channel in which everything happens, and its community, as the platform calls them. */
  readonly channelId: string;
  readonly communityId: string;
  /** A person writes to Nunchi; the same id again is the same message delivered again. */
  say(id: string, text: string): Promise<void>;
  /** What the platform shows under the message with this text: Nunchi's answers, oldest first. */
  answersTo(text: string): Promise<string[]>;
  /** Waits until `state` holds. */
  until(state: () => boolean | Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
  /** Of `unread`: ids (the store's) of messages that the platform shows as not read yet. */
  readonly unread?: () => Promise<string[]>;
  /** Of `amend`: the author changes the text. */
  readonly edit?: (id: string, text: string) => Promise<void>;
  /** Of `react`: a person writes something that is not for Nunchi. */
  readonly overhear?: (id: string, text: string) => Promise<void>;
  /** Of `react`: the emoji that the platform shows in Nunchi's name, as characters. */
  readonly emojiUnder?: (id: string) => Promise<string[]>;
  /** Of `react`; the threshold for a reaction is to be at most 0.85. */
  readonly settings?: CommunitySettingsService;
  /** Of `reactions`. */
  readonly react?: (id: string, reaction: GivenReaction) => Promise<void>;
  /** Of `deletion`: the author deletes the message. */
  readonly remove?: (id: string) => Promise<void>;
  /** Of `restart`: stops as a process does and begins anew on the same database; `sentiment` stays. */
  readonly restart?: () => Promise<void>;
}

export interface ContractOptions {
  /** Why the platform lacks a capability. */
  without?: Partial<Record<Capability, string>>;
}

/** @throws Error where a platform neither has a capability nor says why not */
function having<T>(means: T | undefined): T {
  if (means === undefined) throw new Error('name the capability in `without`, or give the means to test it');
  return means;
}

export function chatPlatformContract(
  name: string,
  make: () => Promise<PlatformUnderTest>,
  { without = {} }: ContractOptions = {},
): void {
  describe(`chat platform contract: ${name}`, () => {
    let under: PlatformUnderTest;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.stop());

    const needing = (capability: Capability, title: string, test: () => Promise<void>) => {
      const reason = without[capability];
      if (reason === undefined) it(title, test);
      else it.skip(`${title} (${reason})`, test);
    };
    const rows = async (text: string) =>
      (await under.store.messages.history(under.channelId, { limit: 100 })).filter(
        (message) => message.text === text && message.author === 'person',
      );
    const kept = async (text: string) => {
      await under.until(async () => (await rows(text)).length > 0);
      const [message] = await rows(text);
      return having(message);
    };
    const answered = (text: string) =>
      under.until(async () => (await under.answersTo(text)).length > 0).then(() => under.answersTo(text));
    const labelOf = async (messageId: string) =>
      (await under.store.feedback.current([messageId])).get(messageId)?.label;

    it('has a name', () => {
      expect(under.platform.name).toMatch(/^[a-z]+$/);
    });

    it('keeps a message, has it read and shows the answer', async () => {
      await under.say('contract-1', 'a positive word');
      const [answer] = await answered('a positive word');
      expect(answer).toContain('87');
      expect(await rows('a positive word')).toHaveLength(1);
    });

    it('answers a message once that comes twice', async () => {
      await Promise.all([
        under.say('contract-2', 'negative twice'),
        under.say('contract-2', 'negative twice'),
      ]);
      await answered('negative twice');
      await under.say('contract-2', 'negative twice');
      await under.say('contract-2-after', 'neutral afterwards');
      await answered('neutral afterwards');
      expect(await under.answersTo('negative twice')).toHaveLength(1);
      expect(await rows('negative twice')).toHaveLength(1);
    });

    it('keeps a message that cannot be read now, and answers it once it can be', async () => {
      under.sentiment.failure = new Error('the model is gone');
      await under.say('contract-3', 'neutral for later');
      await kept('neutral for later');
      await under.until(() => under.sentiment.failed > 0);
      under.sentiment.failure = null;
      await under.say('contract-3', 'neutral for later');
      expect(await answered('neutral for later')).toHaveLength(1);
    });

    needing('unread', 'says which message it could not read', async () => {
      under.sentiment.failure = new Error('the model is gone');
      await under.say('contract-4', 'neutral without a model');
      const { id } = await kept('neutral without a model');
      await under.until(async () => (await having(under.unread)()).includes(id));
      under.sentiment.failure = null;
    });

    needing('amend', 'has the answer say what an edited message says now', async () => {
      await under.say('contract-5', 'positive at first');
      const [before] = await answered('positive at first');
      await having(under.edit)('contract-5', 'negative after all');
      await under.until(async () => {
        const answers = await under.answersTo('negative after all');
        return answers.length === 1 && answers[0] !== before;
      });
      expect((await rows('negative after all')).length + (await rows('positive at first')).length).toBe(1);
    });

    needing('react', 'shows its reading of what it overhears where the community wants it', async () => {
      const settings = having(under.settings);
      await settings.change(under.platform.name, under.communityId, { mode: 'react' });
      await having(under.overhear)('contract-6', 'negative overheard');
      await having(under.overhear)('contract-7', 'unclear overheard');
      const emojiUnder = having(under.emojiUnder);
      await under.until(async () => (await emojiUnder('contract-6')).length > 0);
      expect(await emojiUnder('contract-6')).toEqual(['🔴']);
      await under.until(async () => {
        const { id } = await kept('unclear overheard');
        return (await under.store.predictions.of(id)).length > 0;
      });
      expect(await emojiUnder('contract-7')).toEqual([]);
      expect(await under.answersTo('negative overheard')).toEqual([]);
      await settings.change(under.platform.name, under.communityId, { mode: 'silent' });
    });

    needing('reactions', 'takes a moderator’s 🟢 for a correction until it is taken back', async () => {
      const react = having(under.react);
      await under.say('contract-8', 'negative to be corrected');
      const { id } = await kept('negative to be corrected');
      await answered('negative to be corrected');
      const green = { by: 'moderator', under: 'message', emoji: '🟢' } as const;
      await react('contract-8', { ...green, emoji: '👍', action: 'added' });
      await react('contract-8', { ...green, by: 'member', emoji: '⚪', action: 'added' });
      await react('contract-8', { ...green, action: 'added' });
      await under.until(async () => (await labelOf(id)) === 'positive');
      await react('contract-8', { ...green, action: 'removed' });
      await under.until(async () => (await labelOf(id)) === undefined);
    });

    needing('reactions', 'takes 👍 under its answer for a confirmation', async () => {
      await under.say('contract-9', 'negative to be confirmed');
      const { id } = await kept('negative to be confirmed');
      await answered('negative to be confirmed');
      const thumb = { by: 'moderator', under: 'answer', emoji: '👍', action: 'added' } as const;
      await having(under.react)('contract-9', thumb);
      await under.until(async () => (await labelOf(id)) === 'negative');
    });

    needing('deletion', 'erases the text of a message that is deleted', async () => {
      await under.say('contract-10', 'negative to be deleted');
      const { id } = await kept('negative to be deleted');
      await answered('negative to be deleted');
      await having(under.remove)('contract-10');
      await under.until(async () => (await under.store.messages.get(id))?.text === null);
    });

    needing('restart', 'answers once what it was reading when it was stopped', async () => {
      under.sentiment.hold();
      await under.say('contract-11', 'positive in the middle');
      await kept('positive in the middle');
      const restarted = having(under.restart)();
      under.sentiment.release();
      await restarted;
      expect(await answered('positive in the middle')).toHaveLength(1);
      await under.say('contract-12', 'negative after the restart');
      await answered('negative after the restart');
      expect(await under.answersTo('positive in the middle')).toHaveLength(1);
    });

    it('stops twice without complaint', async () => {
      await under.platform.stop();
      await under.platform.stop();
    });
  });
}
