// The durable platform over a real store and a chat service in memory; `begin` is a new process on what the one before left.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { createConversation, type Conversation } from '../../src/chat/conversation.js';
import {
  createDurablePlatform,
  type DurablePlatformConfig,
} from '../../src/chat/delivery/durable-platform.js';
import type { ChatEvent, ChatPlatform, IncomingMessage } from '../../src/chat/platform.js';
import {
  createCommunitySettings,
  type CommunitySettingsService,
  type Person,
} from '../../src/chat/settings.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { Store } from '../../src/store/store.js';
import { createFakeAdapter, createFakeService, type FakeAdapter, type FakeService } from './adapter.js';
import { createFakeSentiment, type FakeSentiment } from './sentiment.js';
import { openTestStore } from './web-bench.js';

export const PLACE = { platform: 'fake', communityId: 'home', channelId: 'room' } as const;
export const MODERATOR: Person = { id: 'mod', roleIds: [], moderates: true };
export const person = (id: string): Person => ({ id, roleIds: [], moderates: false });

export interface DurableProcess {
  platform: ChatPlatform;
  adapter: FakeAdapter;
  conversation: Conversation;
}

export interface DurableBench {
  store: Store;
  sentiment: FakeSentiment;
  service: FakeService;
  settings: CommunitySettingsService;
  /** Not started yet. */
  begin(change?: Partial<DurablePlatformConfig>): DurableProcess;
  stop(): Promise<void>;
}

export async function createDurableBench(): Promise<DurableBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-durable-'));
  const store = await openTestStore(folder);
  const sentiment = createFakeSentiment();
  const service = createFakeService();
  const settings = createCommunitySettings(store.settings);
  const processes: DurableProcess[] = [];
  return {
    store,
    sentiment,
    service,
    settings,
    begin(change = {}) {
      const conversation = createConversation({ store, sentiment, logger: SILENT_LOGGER });
      const adapter = createFakeAdapter(service);
      const platform = createDurablePlatform({
        adapter,
        conversation,
        store,
        settings,
        answer: () => Promise.resolve({ text: 'an answer', private: true }),
        threshold: 0.8,
        logger: SILENT_LOGGER,
        retryAfterMs: [1, 10, 100, 1_000],
        firstRetryMs: 1,
        // Processes that died hang in the middle; nobody waits for them.
        stopWithinMs: 100,
        ...change,
      });
      processes.push({ platform, adapter, conversation });
      return { platform, adapter, conversation };
    },
    async stop() {
      await Promise.all(processes.map(({ platform }) => platform.stop()));
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const message = (
  messageId: string,
  text: string,
  change: Partial<IncomingMessage> = {},
): IncomingMessage => ({
  ...PLACE,
  ...{ messageId, authorId: 'kim', text, language: 'en', addressed: true, trainable: true },
  ...change,
});

export const reaction = (
  messageId: string,
  who: Person,
  emoji: string,
  action: 'added' | 'removed' = 'added',
): ChatEvent => ({ type: 'reaction', ...PLACE, messageId, person: who, emoji, action });

/** Generous: a busy machine takes its time. */
export const until = (state: () => boolean | Promise<boolean>): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await state())) throw new Error('not yet');
    },
    { timeout: 50_000, interval: 5 },
  );
