// The discord.js client as Nunchi uses it: the fewest intents, next to nothing cached, nobody pinged.
import {
  Client,
  DefaultRestOptions,
  GatewayIntentBits,
  Options,
  type RateLimitData,
  type RESTOptions,
} from 'discord.js';
import { completeReady } from './other-servers.js';

export interface DiscordClientConfig {
  /** Address of the REST interface, without the version; the gateway's comes from its answer. */
  apiUrl?: string | undefined;
  /** Whether the privileged Message Content intent is asked for. */
  messageContent: boolean;
}

/** A delivery that would wait longer than this goes back to the outbox, where it holds up nothing else. */
const WAIT_AT_MOST_MS = 2_000;
/** Since the last server that came. */
const WAIT_FOR_GUILD_MS = 5_000;
const READ_TRIES = 3;

export function createDiscordClient(config: DiscordClientConfig): Client {
  return new Client({
    // Events are read as Discord sends them (see `packets.ts`), so that no partials are needed.
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.DirectMessages,
      GatewayIntentBits.DirectMessageReactions,
      ...(config.messageContent ? [GatewayIntentBits.MessageContent] : []),
    ],
    // Guilds, channels, roles and emoji stay: permissions are worked out from them.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      ReactionManager: 0,
      ReactionUserManager: 0,
      PresenceManager: 0,
      VoiceStateManager: 0,
      ThreadMemberManager: 0,
      GuildInviteManager: 0,
      GuildScheduledEventManager: 0,
      GuildStickerManager: 0,
      StageInstanceManager: 0,
      AutoModerationRuleManager: 0,
      UserManager: { maxSize: 0, keepOverLimit: (user) => user.id === user.client.user?.id },
      GuildMemberManager: { maxSize: 0, keepOverLimit: (member) => member.id === member.client.user?.id },
    }),
    // A server that is away comes later; nobody waits for it.
    waitGuildTimeout: WAIT_FOR_GUILD_MS,
    ws: { buildStrategy: completeReady },
    sweepers: Options.DefaultSweeperSettings,
    allowedMentions: { parse: [], repliedUser: false },
    rest: {
      ...(config.apiUrl === undefined ? {} : { api: config.apiUrl }),
      makeRequest: readAgain(DefaultRestOptions.makeRequest),
      rejectOnRateLimit: waitsTooLong,
    },
  });
}

/** discord.js repeats what Discord could not answer, but not what met a connection that was just closed; reading may be repeated. */
const readAgain =
  (request: RESTOptions['makeRequest']): RESTOptions['makeRequest'] =>
  async (url, init) => {
    const isRead = (init.method ?? 'GET').toUpperCase() === 'GET';
    for (let tries = 1; ; tries += 1) {
      try {
        return await request(url, init);
      } catch (error) {
        if (!isRead || tries >= READ_TRIES || init.signal?.aborted === true) throw error;
      }
    }
  };

/** Of what the outbox sends; answers to interactions and look-ups are queued by discord.js itself. */
function waitsTooLong({ method, route, timeToReset, retryAfter, sublimitTimeout }: RateLimitData): boolean {
  const delivery = method.toUpperCase() !== 'GET' && route.startsWith('/channels/');
  return delivery && Math.max(timeToReset, retryAfter, sublimitTimeout) > WAIT_AT_MOST_MS;
}
