// An adapter through the durable platform against the contract of chat platforms, on a chat service in memory.
import type { ChatEvent } from '../../../src/chat/platform.js';
import { chatPlatformContract, type PlatformUnderTest } from '../../contracts/chat-platform.js';
import {
  createDurableBench,
  message,
  MODERATOR,
  person,
  PLACE,
  reaction,
  until,
} from '../../fakes/durable-bench.js';

const WITHOUT = { unread: 'what could not be read is tried again, and nothing is shown meanwhile' };

async function make(): Promise<PlatformUnderTest> {
  const bench = await createDurableBench();
  const { store, service } = bench;
  let running = bench.begin({ stopWithinMs: 10_000 });
  await running.platform.start();
  let events = 0;
  const tell = async (event: ChatEvent) => {
    await running.adapter.event(`event ${(events += 1)}`, event);
  };
  const shownUnder = (messageId: string) =>
    service.messages.filter(
      ({ delivery }) => delivery.type === 'reply' && delivery.replyTo.messageId === messageId,
    );
  const write = async (id: string, text: string, addressed: boolean) => {
    await running.adapter.event(`message ${id}`, {
      type: 'message',
      message: message(id, text, { addressed }),
    });
  };
  return {
    get platform() {
      return running.platform;
    },
    store,
    sentiment: bench.sentiment,
    settings: bench.settings,
    channelId: PLACE.channelId,
    communityId: PLACE.communityId,
    until,
    say: (id, text) => write(id, text, true),
    overhear: (id, text) => write(id, text, false),
    async answersTo(text) {
      const history = await store.messages.history(PLACE.channelId, { limit: 200 });
      const asked = history.find((one) => one.author === 'person' && one.text === text);
      return asked === undefined ? [] : shownUnder(asked.externalId).map((shown) => shown.text);
    },
    edit: (messageId, text) => tell({ type: 'edit', ...PLACE, messageId, text }),
    remove: (messageId) => tell({ type: 'deletion', ...PLACE, messageId }),
    emojiUnder: (id) =>
      Promise.resolve(service.reactions.filter(([messageId]) => messageId === id).map(([, emoji]) => emoji)),
    react(id, { by, under, emoji, action }) {
      const target = under === 'message' ? id : (shownUnder(id)[0]?.id ?? '');
      return tell(reaction(target, by === 'moderator' ? MODERATOR : person('member'), emoji, action));
    },
    async restart() {
      const before = running;
      running = bench.begin({ stopWithinMs: 10_000 });
      await before.platform.stop();
      await running.platform.start();
    },
    stop: () => bench.stop(),
  };
}

chatPlatformContract('an adapter', make, { without: WITHOUT });
