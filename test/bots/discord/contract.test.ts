// Discord against the contract of chat platforms: the real discord.js, the fake Discord, the real store.
import { GatewayDispatchEvents } from 'discord.js';
import { vi } from 'vitest';
import { messageEvent } from '../../fakes/discord/message-payload.js';
import { chatPlatformContract, type PlatformUnderTest } from '../../contracts/chat-platform.js';
import { startDurableBench } from './durable-bench.js';

const WITHOUT = { unread: 'what could not be read is tried again, and nothing is shown meanwhile' };
const ALL_INTENTS = -1;

async function make(): Promise<PlatformUnderTest> {
  const bench = await startDurableBench();
  const { fake, store, channel, person, moderator } = bench;
  let running = bench.begin();
  await running.platform.start();
  const written = new Map<string, string>();
  const idOf = (id: string) => written.get(id) ?? '';
  const shownUnder = (id: string) => fake.sent.messages.filter(({ replyTo }) => replyTo === id);
  const write = (id: string, text: string) => {
    const known = fake.world.messages.get(idOf(id));
    // The same message again is what a resume delivers.
    if (known)
      fake.gateway.send(GatewayDispatchEvents.MessageCreate, messageEvent(fake.world, known, ALL_INTENTS));
    else written.set(id, fake.say(channel, person, text));
    return Promise.resolve();
  };
  return {
    get platform() {
      return running.platform;
    },
    store,
    sentiment: bench.sentiment,
    settings: bench.settings,
    channelId: channel,
    communityId: bench.guild,
    until: (state) =>
      vi.waitFor(
        async () => {
          if (!(await state())) throw new Error('not yet');
        },
        { timeout: 20_000, interval: 10 },
      ),
    say: (id, text) => write(id, `<@${fake.botId}> ${text}`),
    overhear: write,
    async answersTo(text) {
      const history = await store.messages.history(channel, { limit: 200 });
      const asked = history.find((one) => one.author === 'person' && one.text === text);
      return shownUnder(asked?.externalId ?? 'none').map(
        ({ id, content }) => fake.world.messages.get(id)?.content ?? content,
      );
    },
    edit(id, text) {
      fake.edit(idOf(id), `<@${fake.botId}> ${text}`);
      return Promise.resolve();
    },
    remove(id) {
      fake.remove(idOf(id));
      return Promise.resolve();
    },
    emojiUnder: (id) =>
      Promise.resolve(
        fake.sent.reactions.filter(({ messageId }) => messageId === idOf(id)).map(({ emoji }) => emoji),
      ),
    react(id, { by, under, emoji, action }) {
      const target = under === 'message' ? idOf(id) : (shownUnder(idOf(id))[0]?.id ?? '');
      const who = by === 'moderator' ? moderator : person;
      if (action === 'added') fake.react(target, who, emoji);
      else fake.unreact(target, who, emoji);
      return Promise.resolve();
    },
    async restart() {
      const before = running;
      running = bench.begin();
      await before.platform.stop();
      await running.platform.start();
    },
    stop: () => bench.stop(),
  };
}

chatPlatformContract('discord', make, { without: WITHOUT });
