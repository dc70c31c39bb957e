// Nunchi in the fake Slack as a whole: the real Bolt, the durable platform, a real store. `begin` is a new process on what
// the one before left.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConversation } from '../../../src/chat/conversation.js';
import { createDurablePlatform } from '../../../src/chat/delivery/durable-platform.js';
import type { PlatformAdapter } from '../../../src/chat/adapter.js';
import type { ChatPlatform } from '../../../src/chat/platform.js';
import { createCommunitySettings } from '../../../src/chat/settings.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import { createFakeSentiment } from '../../fakes/sentiment.js';
import type { FakeSlack } from '../../fakes/slack/index.js';
import { openTestStore } from '../../fakes/web-bench.js';
import { createAdapter, enterAddress, type Transport } from './bench.js';

const asItIs = (adapter: PlatformAdapter) => adapter;

export async function createDurableSlack(slack: FakeSlack, transport: Transport) {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-slack-'));
  const store = await openTestStore(folder);
  const sentiment = createFakeSentiment();
  const settings = createCommunitySettings(store.settings);
  const platforms: ChatPlatform[] = [];
  return {
    store,
    sentiment,
    settings,
    /** @param around what to do to the adapter, to let it fail */
    async begin(around: (adapter: PlatformAdapter) => PlatformAdapter = asItIs) {
      const adapter = createAdapter(slack, transport);
      const platform = createDurablePlatform({
        adapter: around(adapter),
        conversation: createConversation({ store, sentiment, logger: SILENT_LOGGER }),
        store,
        settings,
        answer: () => Promise.resolve({ text: 'an answer', private: true }),
        threshold: 0.8,
        logger: SILENT_LOGGER,
        retryAfterMs: [1, 10, 100, 1_000],
        firstRetryMs: 1,
        // A process that died hangs in the middle; nobody waits for it.
        stopWithinMs: around === asItIs ? 10_000 : 100,
      });
      platforms.push(platform);
      await platform.start();
      if (transport === 'http') enterAddress(slack, adapter);
      return platform;
    },
    async stop() {
      for (const platform of platforms) await platform.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
