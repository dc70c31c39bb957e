// Discord on loopback for tests: its gateway and REST interface (version 10) for one bot, with a test's hand on
// everything. It follows the documentation, not a client. Not there: threads, voice, presences, autocomplete, polls,
// compression other than zlib-stream.
import type { GatewayIntentBits } from 'discord-api-types/v10';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, createClock } from './clock.js';
import type { Context } from './context.js';
import { type Actions, createActions } from './control/interactions.js';
import { createLines, type Lines } from './control/lines.js';
import { createPeople, type People } from './control/people.js';
import { createPlaces, type Places } from './control/places.js';
import { createGateway, type GatewaySettings, PRIVILEGED } from './gateway.js';
import { createInteractions } from './interactions.js';
import { clearSent, createSent, type Sent } from './record.js';
import { channelRoutes } from './rest/channels.js';
import { commandRoutes } from './rest/commands.js';
import { createCounters, type RestCounters } from './rest/counters.js';
import { createFaults, type Faults } from './rest/faults.js';
import { guildRoutes, type ShardAdvice } from './rest/guilds.js';
import { interactionRoutes } from './rest/interactions.js';
import { createLimits, type Limits } from './rest/limits.js';
import { reactionRoutes } from './rest/reactions.js';
import { createRest } from './rest/server.js';
import { createSessions } from './sessions.js';
import { createWorld, type World } from './world.js';

export interface FakeDiscordOptions extends Partial<ShardAdvice> {
  token?: string;
  botName?: string;
  /** Privileged intents that are switched on for the application; all three unless given. */
  privileged?: GatewayIntentBits[];
  heartbeatIntervalMs?: number;
  /** 0 unless given, which lets a bot start again at once; Discord's is 5,000. */
  identifyIntervalMs?: number;
}

export interface FakeDiscord extends Actions, People, Places {
  token: string;
  botId: string;
  /** For `rest.api` of discord.js: without the version. */
  apiUrl: string;
  clock: Clock;
  /** What exists; to look at. */
  world: World;
  gateway: Lines;
  /** Everything the bot did. */
  sent: Sent;
  /** Forgets what the bot did so far. */
  clearSent(): void;
  counters: RestCounters;
  limits: Limits;
  faults: Faults;
  /**
   * Resolves with the first result that is not empty, looked for after everything that happens here.
   * @throws Error after `deadlineMs`, with what was waited for.
   */
  until<T>(look: () => T | false | null | undefined, what: string, deadlineMs?: number): Promise<T>;
  close(): Promise<void>;
}

const UNTIL_MS = 25_000;

function createUntil() {
  const looks = new Set<() => void>();
  return {
    changed: () => looks.forEach((look) => look()),
    until: <T>(look: () => T | false | null | undefined, what: string, deadlineMs = UNTIL_MS) =>
      new Promise<T>((resolve, reject) => {
        const settle = (end: () => void) => {
          looks.delete(attempt);
          clearTimeout(timer);
          end();
        };
        const attempt = () => {
          try {
            const found = look();
            if (found !== false && found !== null && found !== undefined) settle(() => resolve(found));
          } catch (error) {
            settle(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`not within ${deadlineMs} ms: ${what}`))),
          deadlineMs,
        );
        looks.add(attempt);
        attempt();
      }),
  };
}

/** Listens on a free port of 127.0.0.1. */
export async function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const { token = 'fake-discord-token', botName = 'nunchi', shards = 1, maxConcurrency = 1 } = options;
  const clock = createClock();
  const world = createWorld(clock, botName);
  const { changed, until } = createUntil();
  const settings: GatewaySettings = {
    privileged: options.privileged?.reduce((all, bit) => all | bit, 0) ?? PRIVILEGED,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
    identifiesLeft: 1_000,
    identifyIntervalMs: options.identifyIntervalMs ?? 0,
    acknowledges: true,
    readyWithout: [],
    accepts: true,
  };
  const server = createServer();
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sessions = createSessions(world, changed);
  const context: Context = {
    world,
    dispatch: sessions.dispatch,
    interactions: createInteractions(clock),
    sent: createSent(),
    counters: createCounters(() => clock.now()),
    settings,
    token: { value: token },
    url,
    changed,
  };
  const gateway = createGateway({
    world,
    sessions,
    settings,
    token: context.token,
    url: () => url().replace(/^http/, 'ws'),
    changed,
  });
  const limits = createLimits(clock);
  const faults = createFaults();
  const routes = [
    ...guildRoutes(context, { shards, maxConcurrency }),
    ...channelRoutes(context),
    ...reactionRoutes(context),
    ...commandRoutes(context),
    ...interactionRoutes(context),
  ];
  server.on('request', createRest({ context, routes, limits, faults }));
  server.on('upgrade', gateway.upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    ...createPlaces(context),
    ...createPeople(context),
    ...createActions(context),
    token,
    botId: world.bot.id,
    apiUrl: `${url()}/api`,
    clock,
    world,
    gateway: createLines(context, gateway, sessions),
    sent: context.sent,
    clearSent: () => clearSent(context.sent),
    counters: context.counters,
    limits,
    faults,
    until,
    async close() {
      gateway.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
