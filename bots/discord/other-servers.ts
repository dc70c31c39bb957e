// Servers that only speak like Discord (proxies, emulators) leave out what Discord never does. discord.js throws there, in the
// middle of an event, which would end the process; what Nunchi does without is mended or passed over here.
import {
  type Client,
  DiscordAPIError,
  type GatewayDispatchPayload,
  HTTPError,
  type REST,
  type RESTGetAPIGatewayBotResult,
  Routes,
  SimpleShardingStrategy,
} from 'discord.js';
import { NunchiError } from '../../src/errors.js';
import type { Logger } from '../../src/log.js';

/** What such a server is taken to allow where it does not say. */
const LIMIT = { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 };
/** Read from the packets (`packets.ts`): discord.js need not make objects of them. */
const READ_RAW = /^(MESSAGE_|INTERACTION_CREATE$)/;

/** Whether the server does not know the route at all; what Discord itself refuses bears a code. */
export function isUnknownRoute(error: unknown): boolean {
  // An empty answer that is called JSON.
  if (error instanceof SyntaxError) return true;
  if (error instanceof DiscordAPIError) return [404, 405].includes(error.status) && !error.code;
  return error instanceof HTTPError && error.status === 501;
}

/** Where the gateway is; also of a server that knows no more than that. */
export async function askGateway(get: REST['get']): Promise<RESTGetAPIGatewayBotResult> {
  const answer = (await get(Routes.gatewayBot()).catch((error: unknown) => {
    if (!isUnknownRoute(error)) throw error;
    return get(Routes.gateway());
  })) as Partial<RESTGetAPIGatewayBotResult>;
  const { url, shards = 1, session_start_limit: limit } = answer;
  if (typeof url !== 'string') {
    throw new NunchiError('platform-refused', 'The server at DISCORD_API_URL names no gateway', {
      hint: 'Check DISCORD_API_URL; without a proxy leave it out.',
    });
  }
  return { url, shards, session_start_limit: { ...LIMIT, ...limit } };
}

/** What discord.js keeps to itself. */
interface PacketHandling {
  handlePacket(packet?: GatewayDispatchPayload, shard?: unknown): boolean;
}

/** To be called before the login. */
export function bearWithOtherServers(client: Client, logger: Pick<Logger, 'warn'>): void {
  const { rest } = client;
  const get = rest.get.bind(rest);
  rest.get = (route, options) => (route === Routes.gatewayBot() ? askGateway(get) : get(route, options));

  const ws = client.ws as unknown as PacketHandling;
  const handle = ws.handlePacket.bind(ws);
  ws.handlePacket = (packet, shard) => {
    if (packet && READ_RAW.test(packet.t)) return true;
    try {
      return handle(packet, shard);
    } catch (error) {
      logger.warn('an event of Discord cannot be used', { reason: packet?.t ?? null, error });
      return false;
    }
  };
}

type Manager = ConstructorParameters<typeof SimpleShardingStrategy>[0];

/** As it may come; discord.js hides the types of these events behind its own of the same names. */
interface ReadyEvents {
  on(
    event: 'ready',
    listener: (event: { data: { user: { id: string }; guilds?: unknown; application?: unknown } }) => void,
  ): unknown;
}

/** For `ws.buildStrategy` of discord.js: nobody hears of READY before this listener. */
export function completeReady(manager: Manager): SimpleShardingStrategy {
  (manager as unknown as ReadyEvents).on('ready', ({ data }) => {
    data.guilds ??= [];
    // Its id is the bot's own, but for very old applications.
    data.application ??= { id: data.user.id };
  });
  return new SimpleShardingStrategy(manager);
}
