// The web page against the contract of chat platforms, over real HTTP and a real store.
import { vi } from 'vitest';
import { WEB_CHANNEL } from '../../bots/web/channel.js';
import type { WireEvents, WireMessage } from '../../bots/web/page/wire.js';
import { chatPlatformContract, type PlatformUnderTest } from '../contracts/chat-platform.js';
import { readEvents } from '../fakes/event-reader.js';
import { startWebBench } from '../fakes/web-bench.js';

const WITHOUT = {
  amend: 'a message of the page cannot be edited',
  react: 'every message of the page is for Nunchi',
  reactions: 'the page has buttons instead, see web-api.test.ts',
  deletion: 'the page clears the whole channel, see web-api.test.ts',
  restart: 'a page comes back with its process, see test/app/crash.test.ts',
};

async function make(): Promise<PlatformUnderTest> {
  const bench = await startWebBench();
  const reader = await readEvents(`${bench.url}/api/events`);
  return {
    platform: bench.web,
    store: bench.store,
    sentiment: bench.sentiment,
    channelId: WEB_CHANNEL.channelId,
    communityId: WEB_CHANNEL.communityId,
    async say(id, text) {
      const response = await bench.post('/api/messages', { id, text, language: 'en' });
      if (response.status !== 202) throw new Error(await response.text());
    },
    async answersTo(text) {
      const { messages } = (await (await bench.get('/api/messages?limit=200')).json()) as {
        messages: WireMessage[];
      };
      const asked = messages.find((message) => message.text === text && message.author === 'person');
      return messages
        .filter((message) => message.inReplyTo === asked?.id && message.inReplyTo !== null)
        .map((message) => message.text ?? '');
    },
    unread: () =>
      Promise.resolve(
        reader.events
          .filter((event) => event.event === 'unread')
          .map((event) => (event.data as WireEvents['unread']).messageId),
      ),
    until: (state) =>
      vi.waitFor(
        async () => {
          if (!(await state())) throw new Error('not yet');
        },
        { timeout: 10_000, interval: 20 },
      ),
    async stop() {
      reader.close();
      await bench.stop();
    },
  };
}

chatPlatformContract('web', make, { without: WITHOUT });
