// The gateway of the fake Discord: the handshake, heartbeats, resuming, and the ways in which it lets a client down.
import {
  GatewayCloseCodes as Close,
  GatewayDispatchEvents,
  type GatewayIdentifyData,
  GatewayIntentBits,
  GatewayOpcodes as Op,
  type GatewayReadyDispatchData,
  type GatewayResumeData,
  type GatewaySendPayload,
} from 'discord-api-types/v10';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { shardOf } from './clock.js';
import { type Connection, createConnection } from './connection.js';
import { applicationPayload, guildCreatePayload } from './payloads.js';
import type { Session, Sessions } from './sessions.js';
import type { World } from './world.js';

export const PRIVILEGED =
  GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences | GatewayIntentBits.MessageContent;
const KNOWN_INTENTS = Object.values(GatewayIntentBits).reduce<number>(
  (all, bit) => (typeof bit === 'number' ? all | bit : all),
  0,
);
const SENDS_PER_MINUTE = 120;
const GUILDS_PER_SHARD = 2_500;
const RESUME_PATH = '/resume';
/** After these a client must identify anew. */
const ENDS_SESSION = new Set<number>([
  Close.AuthenticationFailed,
  Close.InvalidSeq,
  Close.SessionTimedOut,
  Close.InvalidShard,
  Close.ShardingRequired,
  Close.InvalidAPIVersion,
  Close.InvalidIntents,
  Close.DisallowedIntents,
]);

export interface GatewaySettings {
  /** Bits of the privileged intents that are switched on for the application. */
  privileged: number;
  heartbeatIntervalMs: number;
  /** Identifies left until the token is reset; Discord starts with 1,000 a day. */
  identifiesLeft: number;
  /** 5,000 on Discord, where a shard that identifies again sooner gets INVALID_SESSION. */
  identifyIntervalMs: number;
  /** Whether heartbeats are answered. */
  acknowledges: boolean;
  /** Fields that READY goes without, as on some other server. */
  readyWithout: readonly (keyof GatewayReadyDispatchData)[];
  /** Whether new connections are let in. */
  accepts: boolean;
}

export interface GatewayCounters {
  connections: number;
  identifies: number;
  /** RESUMEs that were granted, and of them those that came to the address for resuming. */
  resumes: number;
  resumesAtResumeUrl: number;
  /** RESUMEs answered with INVALID_SESSION. */
  refusedResumes: number;
  heartbeats: number;
  /** Connections that were not let in. */
  turnedAway: number;
  /** Codes with which clients closed. */
  clientCloses: number[];
}

export interface Gateway {
  counters: GatewayCounters;
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Every open connection, with its session once there is one. */
  connections(): { connection: Connection; session: Session | null }[];
  /** Closes them all; codes that end a session do so. */
  closeAll(code: number | null, shard?: number): void;
  stop(): void;
}

interface Parts {
  world: World;
  sessions: Sessions;
  settings: GatewaySettings;
  /** null once too many identifies have reset it. */
  token: { value: string | null };
  url: () => string;
  changed: () => void;
}

interface Client {
  connection: Connection;
  session: Session | null;
  atResumeUrl: boolean;
  closedHere: boolean;
  /** When it sent, over the last minute. */
  sends: number[];
}

export function createGateway({ world, sessions, settings, token, url, changed }: Parts): Gateway {
  const server = new WebSocketServer({ noServer: true });
  const clients = new Set<Client>();
  const lastIdentify = new Map<number, number>();
  const counters: GatewayCounters = {
    connections: 0,
    identifies: 0,
    resumes: 0,
    resumesAtResumeUrl: 0,
    refusedResumes: 0,
    heartbeats: 0,
    turnedAway: 0,
    clientCloses: [],
  };

  function close(client: Client, code: number | null): void {
    const { session } = client;
    client.session = null;
    client.closedHere = true;
    if (session) {
      session.connection = null;
      if (code !== null && ENDS_SESSION.has(code)) sessions.drop(session);
    }
    client.connection.close(code);
  }

  function refusal({ token: given, intents, shard = [0, 1] }: GatewayIdentifyData): number | null {
    if (token.value === null || given.replace(/^Bot /, '') !== token.value) return Close.AuthenticationFailed;
    const [id, count] = shard;
    if (!(Number.isInteger(id) && Number.isInteger(count) && id >= 0 && id < count))
      return Close.InvalidShard;
    if (!Number.isInteger(intents) || (intents & ~KNOWN_INTENTS) !== 0) return Close.InvalidIntents;
    if ((intents & PRIVILEGED & ~settings.privileged) !== 0) return Close.DisallowedIntents;
    const guilds = [...world.guilds.keys()].filter((guild) => shardOf(guild, count) === id);
    return guilds.length > GUILDS_PER_SHARD ? Close.ShardingRequired : null;
  }

  function identify(client: Client, data: GatewayIdentifyData): void {
    counters.identifies += 1;
    if (settings.identifiesLeft === 0) {
      token.value = null;
      closeAll(Close.AuthenticationFailed);
      return;
    }
    settings.identifiesLeft -= 1;
    const code = refusal(data);
    if (code !== null) return close(client, code);
    const shard = data.shard ?? [0, 1];
    const since = world.clock.now() - (lastIdentify.get(shard[0]) ?? -Infinity);
    if (since < settings.identifyIntervalMs)
      return client.connection.send({ op: Op.InvalidSession, d: false, s: null, t: null });
    lastIdentify.set(shard[0], world.clock.now());
    const session = sessions.start(client.connection, [...shard], data.intents);
    client.session = session;
    const guilds = [...world.guilds.values()].filter(({ id }) => shardOf(id, shard[1]) === shard[0]);
    const { id, flags, flags_new } = applicationPayload(world, settings.privileged);
    const ready: GatewayReadyDispatchData = {
      v: 10,
      user: world.bot,
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: `${url()}${RESUME_PATH}`,
      shard: [...shard],
      application: { id, flags, flags_new },
    };
    const given = Object.entries(ready).filter(
      ([name]) => !settings.readyWithout.some((one) => one === name),
    );
    sessions.send(session, GatewayDispatchEvents.Ready, Object.fromEntries(given) as unknown as typeof ready);
    if ((data.intents & GatewayIntentBits.Guilds) === 0) return;
    for (const guild of guilds)
      sessions.send(
        session,
        GatewayDispatchEvents.GuildCreate,
        guildCreatePayload(world, guild, data.intents),
      );
  }

  function resume(client: Client, { token: given, session_id, seq }: GatewayResumeData): void {
    if (token.value === null || given.replace(/^Bot /, '') !== token.value)
      return close(client, Close.AuthenticationFailed);
    const session = sessions.find(session_id);
    if (session && seq > session.seq) {
      sessions.drop(session);
      return close(client, Close.InvalidSeq);
    }
    const missed = session && sessions.missed(session, seq);
    if (!session || !missed) {
      counters.refusedResumes += 1;
      return client.connection.send({ op: Op.InvalidSession, d: false, s: null, t: null });
    }
    // A line that broke unnoticed still holds the session.
    for (const other of clients) if (other.session === session) close(other, null);
    counters.resumes += 1;
    if (client.atResumeUrl) counters.resumesAtResumeUrl += 1;
    for (const payload of missed) client.connection.send(payload);
    session.connection = client.connection;
    client.session = session;
    sessions.send(session, GatewayDispatchEvents.Resumed, undefined);
  }

  function receive(client: Client, text: string): void {
    const now = world.clock.now();
    client.sends = [...client.sends.filter((at) => at > now - 60_000), now];
    if (client.sends.length > SENDS_PER_MINUTE) return close(client, Close.RateLimited);
    let payload: GatewaySendPayload;
    try {
      payload = JSON.parse(text) as GatewaySendPayload;
    } catch {
      return close(client, Close.DecodeError);
    }
    switch (payload.op) {
      case Op.Heartbeat:
        counters.heartbeats += 1;
        if (settings.acknowledges) client.connection.send({ op: Op.HeartbeatAck, d: null, s: null, t: null });
        return;
      case Op.Identify:
        return client.session ? close(client, Close.AlreadyAuthenticated) : identify(client, payload.d);
      case Op.Resume:
        return client.session ? close(client, Close.AlreadyAuthenticated) : resume(client, payload.d);
      case Op.PresenceUpdate:
      case Op.VoiceStateUpdate:
      case Op.RequestGuildMembers:
      case Op.RequestSoundboardSounds:
      case Op.RequestChannelInfo:
        return client.session ? undefined : close(client, Close.NotAuthenticated);
      default:
        return close(client, Close.UnknownOpcode);
    }
  }

  function connected(socket: WebSocket, request: IncomingMessage): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://gateway');
    const compress = searchParams.get('compress');
    const connection = createConnection(socket, compress === 'zlib-stream');
    const atResumeUrl = pathname === RESUME_PATH;
    const client: Client = { connection, session: null, atResumeUrl, closedHere: false, sends: [] };
    clients.add(client);
    counters.connections += 1;
    socket.on('message', (data: Buffer) => {
      if (connection.open) receive(client, data.toString());
      changed();
    });
    socket.on('error', () => close(client, null));
    socket.on('close', (code) => {
      clients.delete(client);
      const { session } = client;
      if (!client.closedHere) counters.clientCloses.push(code);
      if (session) {
        session.connection = null;
        // Closing normally tells Discord that the session is over.
        if (code === 1000 || code === 1001) sessions.drop(session);
      }
      changed();
    });
    if (searchParams.get('v') !== '10') return close(client, Close.InvalidAPIVersion);
    if (searchParams.get('encoding') === 'etf' || (compress !== null && compress !== 'zlib-stream'))
      return close(client, Close.DecodeError);
    connection.send({
      op: Op.Hello,
      d: { heartbeat_interval: settings.heartbeatIntervalMs, _trace: [] },
      s: null,
      t: null,
    });
    changed();
  }

  function closeAll(code: number | null, shard?: number): void {
    for (const client of clients)
      if (shard === undefined || client.session?.shard[0] === shard) close(client, code);
  }

  return {
    counters,
    upgrade(request, socket, head) {
      if (!settings.accepts) {
        counters.turnedAway += 1;
        socket.destroy();
        return changed();
      }
      server.handleUpgrade(request, socket, head, (accepted) => connected(accepted, request));
    },
    connections: () => [...clients].filter(({ connection }) => connection.open),
    closeAll,
    stop() {
      closeAll(null);
      server.close();
    },
  };
}
