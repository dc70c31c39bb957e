// The fake platform against the contract: what holds for it in other tests holds for the real ones.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { createConversation } from '../../src/chat/conversation.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { chatPlatformContract, type PlatformUnderTest } from '../contracts/chat-platform.js';
import { createFakePlatform } from '../fakes/platform.js';
import { createFakeSentiment } from '../fakes/sentiment.js';
import { openTestStore } from '../fakes/web-bench.js';

const CHANNEL = { platform: 'fake', communityId: 'home', channelId: 'room' } as const;
const UNDER_ADAPTER = 'see delivery/adapter-contract.test.ts';
const WITHOUT = {
  amend: UNDER_ADAPTER,
  react: UNDER_ADAPTER,
  reactions: UNDER_ADAPTER,
  deletion: UNDER_ADAPTER,
  restart: UNDER_ADAPTER,
};

async function make(): Promise<PlatformUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-fake-platform-'));
  const store = await openTestStore(folder);
  const sentiment = createFakeSentiment();
  const platform = createFakePlatform();
  const conversation = createConversation({ store, sentiment, logger: SILENT_LOGGER });
  conversation.attach(platform);
  return {
    platform,
    store,
    sentiment,
    channelId: CHANNEL.channelId,
    communityId: CHANNEL.communityId,
    async say(id, text) {
      const { settled } = await conversation.receive({
        ...CHANNEL,
        messageId: id,
        authorId: 'someone',
        text,
        language: 'en',
        addressed: true,
        trainable: true,
      });
      await settled;
    },
    async answersTo(text) {
      const asked = (await store.messages.history(CHANNEL.channelId, { limit: 100 })).find(
        (message) => message.text === text,
      );
      const shown = platform.replies.filter((reply) => reply.inReplyTo === asked?.id);
      return [...new Map(shown.map((reply) => [reply.id, reply.text])).values()];
    },
    unread: () => Promise.resolve(platform.unreadMessages.map(({ messageId }) => messageId)),
    until: (state) =>
      vi.waitFor(async () => {
        if (!(await state())) throw new Error('not yet');
      }),
    async stop() {
      await conversation.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

chatPlatformContract('fake', make, { without: WITHOUT });
