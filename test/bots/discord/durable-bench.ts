// All of Nunchi that a message in Discord goes through, with a real store; `begin` is a new process on what the one before
// left, and the fake Discord lives on as the real one would.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDiscordAdapter, type DiscordAdapterConfig } from '../../../bots/discord/adapter.js';
import type { PlatformAdapter } from '../../../src/chat/adapter.js';
import { type Conversation, createConversation } from '../../../src/chat/conversation.js';
import { createDurablePlatform } from '../../../src/chat/delivery/durable-platform.js';
import type { ChatPlatform } from '../../../src/chat/platform.js';
import { type CommunitySettingsService, createCommunitySettings } from '../../../src/chat/settings.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import type { Store } from '../../../src/store/store.js';
import { type FakeDiscord, startFakeDiscord } from '../../fakes/discord/index.js';
import { createFakeSentiment, type FakeSentiment } from '../../fakes/sentiment.js';
import { openTestStore } from '../../fakes/web-bench.js';

export interface DurableProcess {
  platform: ChatPlatform;
  conversation: Conversation;
}

export interface DurableBench {
  fake: FakeDiscord;
  store: Store;
  sentiment: FakeSentiment;
  settings: CommunitySettingsService;
  guild: string;
  channel: string;
  person: string;
  moderator: string;
  /** Not started yet. @param wrap what stands between Nunchi and its adapter */
  begin(
    options?: Partial<DiscordAdapterConfig>,
    wrap?: (adapter: PlatformAdapter) => PlatformAdapter,
  ): DurableProcess;
  stop(): Promise<void>;
}

export async function startDurableBench(): Promise<DurableBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-discord-'));
  const store = await openTestStore(folder);
  const fake = await startFakeDiscord();
  const guild = fake.createGuild();
  const channel = fake.createChannel(guild);
  const role = fake.createRole(guild, 'moderators', ['ManageMessages']);
  const person = fake.createMember(guild, 'mina');
  const moderator = fake.createMember(guild, 'joon', [role]);
  const sentiment = createFakeSentiment();
  const settings = createCommunitySettings(store.settings);
  const processes: DurableProcess[] = [];
  return {
    fake,
    store,
    sentiment,
    settings,
    guild,
    channel,
    person,
    moderator,
    begin(options = {}, wrap = (adapter) => adapter) {
      const conversation = createConversation({ store, sentiment, logger: SILENT_LOGGER });
      const adapter = createDiscordAdapter({
        token: fake.token,
        apiUrl: fake.apiUrl,
        messageContent: true,
        training: 'messages',
        shards: 1,
        notes: {
          read: (name) => store.settings.get('discord', `#${name}`),
          write: (name, content) => store.settings.set('discord', `#${name}`, content),
        },
        logger: SILENT_LOGGER,
        ...options,
      });
      const platform = createDurablePlatform({
        adapter: wrap(adapter),
        conversation,
        store,
        settings,
        answer: () => Promise.resolve({ text: 'an answer', private: true }),
        threshold: 0.8,
        logger: SILENT_LOGGER,
        retryAfterMs: [1, 10, 100, 1_000],
        firstRetryMs: 1,
        stopWithinMs: 2_000,
      });
      processes.push({ platform, conversation });
      return { platform, conversation };
    },
    async stop() {
      for (const { platform, conversation } of processes) {
        await platform.stop();
        await conversation.stop();
      }
      await fake.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
