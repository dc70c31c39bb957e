// The real discord.js on the fake Discord, for tests: set up as a bot with partials that keeps no messages.
import { Client, type ClientOptions, Events, GatewayIntentBits, Options, Partials } from 'discord.js';
import type { FakeDiscord } from './discord/index.js';

export const INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessages,
];

export function createClient(fake: FakeDiscord, options: Partial<ClientOptions> = {}): Client {
  return new Client({
    intents: [...INTENTS, GatewayIntentBits.MessageContent],
    partials: [Partials.Channel, Partials.Message, Partials.Reaction],
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
    ...options,
    rest: { api: fake.apiUrl, ...options.rest },
  });
}

/** Logged in, with every guild there. */
export async function connect(
  fake: FakeDiscord,
  options: Partial<ClientOptions> = {},
): Promise<Client<true>> {
  const client = createClient(fake, options);
  const ready = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(fake.token);
  return ready;
}
