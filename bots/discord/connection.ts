// One connection to Discord, used once: from the login to its end, with what is sent and looked up through it.
import { type APIMessage, type Client, RESTJSONErrorCodes as Code, Routes } from 'discord.js';
import type { AdapterHub, PlatformAdapter } from '../../src/chat/adapter.js';
import type { DiscordConfig } from '../../src/config.js';
import type { Logger } from '../../src/log.js';
import { waited } from '../../src/process/waited.js';
import { type Away, createAway } from './away.js';
import { createDiscordClient } from './client.js';
import { registerCommands } from './commands.js';
import { createDirectChannels } from './direct-channels.js';
import { createEventSource, createSurroundings, type Surroundings } from './events.js';
import { createIdentifyBreaker, type Notes } from './identify-breaker.js';
import { createInteractions } from './interactions.js';
import { inviteLink } from './invite.js';
import { createLanes } from './lanes.js';
import { createMembers } from './members.js';
import { catchUp } from './missed.js';
import { bearWithOtherServers } from './other-servers.js';
import { listenToPackets } from './packets.js';
import { personIn, readableChannels } from './places.js';
import { codeOf, createSender } from './send.js';
import { logIn } from './session.js';
import { editOf, incomingMessage } from './translate/message.js';
import { deletionEvent } from './translate/reaction.js';

export interface Connection extends Omit<PlatformAdapter, 'name'> {
  /** Whether the channel is of a server of this connection. */
  has(channelId: string): boolean;
}

export interface ConnectionConfig extends Omit<DiscordConfig, 'shards'> {
  /** What must outlast the process. */
  notes: Notes;
  logger: Logger;
  /** Connections that the bot has. @default 1 */
  shards?: number;
  /** Registers the commands and has the direct messages; one connection of the bot does. @default true */
  first?: boolean;
  /** Commands are registered only there; everywhere where it is left out. */
  guildIds?: readonly string[];
  /** Messages missed longer ago are not fetched. @default 24 hours */
  missedWithinMs?: number;
  /** Missed messages fetched of one channel. @default 500 */
  missedAtMost?: number;
  /** Discord waits 3 seconds for a first answer. @default 1,500 */
  deferAfterMs?: number;
  /** Pauses before an event that could not be kept is handed over again. @default 200, 1,000 and 5,000 */
  keptAgainAfterMs?: readonly number[];
  /** @default 60,000 */
  connectDeadlineMs?: number;
  /** Longest time that `disconnect` waits for what was begun. @default 10,000 */
  graceMs?: number;
  now?: () => number;
}

/** Pauses before an event that could not be kept is handed over again: Discord does not send it a second time. */
const KEPT_AGAIN_AFTER_MS = [200, 1_000, 5_000];
/** Codes of what is gone or may not be read. */
const GONE: unknown[] = [
  Code.UnknownChannel,
  Code.UnknownMessage,
  Code.MissingAccess,
  Code.MissingPermissions,
];

/** Used once: after `close` there is no way back. */
export function createConnection(config: ConnectionConfig): Connection {
  const { token, apiUrl, messageContent, training, notes, logger } = config;
  const { now = Date.now, graceMs = 10_000, shards = 1, first = true } = config;
  const client = createDiscordClient({ apiUrl, messageContent });
  bearWithOtherServers(client, logger);
  const { rest } = client;
  const self = () => client as Client<true>;
  const userId = () => self().user.id;
  const members = createMembers(rest, now);
  const directChannels = createDirectChannels(notes, logger);
  const stopping = new AbortController();
  let left = false;
  const lanes = createLanes((error) => {
    if (!stopping.signal.aborted) return logger.error('an event of Discord could not be kept', { error });
    // Those in it can be asked about no more: as if Nunchi had been away already.
    if (!left) logger.warn('some events of Discord are left to the next start, which looks for them');
    left = true;
  });
  const send = createSender({ rest, userId, now });
  let surroundings: Surroundings | undefined;
  let away: Away | undefined;
  let connecting: Promise<unknown> | undefined;
  let closing: Promise<void> | undefined;

  const around = () =>
    (surroundings ??= createSurroundings({
      client: self(),
      members,
      trainable: training === 'messages',
      messageContent,
    }));

  async function guildIdOf(channelId: string): Promise<string | null> {
    const channel = client.channels.cache.get(channelId) ?? (await client.channels.fetch(channelId));
    return channel === null || channel.isDMBased() ? null : channel.guildId;
  }

  async function fetchRaw(channelId: string, messageId: string): Promise<APIMessage | 'gone' | null> {
    try {
      return (await rest.get(Routes.channelMessage(channelId, messageId))) as APIMessage;
    } catch (error) {
      if (codeOf(error) === Code.UnknownMessage) return 'gone';
      if (GONE.includes(codeOf(error))) return null;
      throw error;
    }
  }

  function createMissed(hub: AdapterHub): Away {
    const cachedGuild = (channelId: string) => {
      const channel = client.channels.cache.get(channelId);
      return channel === undefined || channel.isDMBased() ? null : channel.guildId;
    };
    const contextOf = (channelId: string) => around().contextOf(cachedGuild(channelId), channelId);
    let sessions = 0;
    return createAway({
      hub,
      logger,
      signal: stopping.signal,
      async channels() {
        sessions += 1;
        // What the cache says of the newest messages is true of the first session alone.
        const readable = readableChannels(self()).map(({ id, lastMessageId }) => ({
          id,
          lastMessageId: sessions === 1 ? lastMessageId : null,
        }));
        const direct = (first ? await directChannels.all() : []).map((id) => ({ id, lastMessageId: null }));
        return [...readable, ...direct];
      },
      catchUp: (channel) =>
        catchUp(
          {
            rest,
            hub,
            now,
            userId: userId(),
            withinMs: config.missedWithinMs ?? 24 * 60 * 60_000,
            limit: config.missedAtMost ?? 500,
            signal: stopping.signal,
            messageOf: (channelId, message) => incomingMessage(message, contextOf(channelId)),
            editOf: (channelId, message) => editOf(message, contextOf(channelId)),
            deletionOf: (channelId, id) => deletionEvent(cachedGuild(channelId) ?? undefined, channelId, id),
            fetch: fetchRaw,
            personOf: (channelId, id) => around().personOf(cachedGuild(channelId), channelId, id),
            communityOf: (channelId) => contextOf(channelId).place.communityId,
          },
          channel,
        ),
    });
  }

  async function register(): Promise<void> {
    const { guildIds } = config;
    try {
      const written = await registerCommands({ rest, applicationId: self().application.id, guildIds });
      if (written > 0) logger.info('commands registered at Discord', { count: written });
    } catch (error) {
      logger.warn('commands cannot be registered at Discord', { code: codeOf(error) ?? null, error });
    }
  }

  const patiently =
    (hub: AdapterHub): AdapterHub['accept'] =>
    async (key, event) => {
      for (const pause of config.keptAgainAfterMs ?? KEPT_AGAIN_AFTER_MS) {
        try {
          return await hub.accept(key, event);
        } catch (error) {
          logger.warn('an event of Discord could not be kept yet', { error });
          if (!(await waited(pause, stopping.signal))) break;
        }
      }
      return hub.accept(key, event);
    };

  async function open(hub: AdapterHub): Promise<void> {
    const missed = (away = createMissed(hub));
    let isReady: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    const answer = createInteractions({
      rest,
      request: hub.request,
      contextOf: (guildId) => ({
        ...around().contextOf(guildId, ''),
        moderates: ({ communityId, channelId, person: { id, roleIds } }) =>
          personIn(self(), communityId, channelId, id, roleIds).moderates,
      }),
      logger,
      deferAfterMs: config.deferAfterMs ?? 1_500,
    });
    const onPacket = createEventSource({
      userId,
      hub: { accept: patiently(hub) },
      surroundings: around,
      members,
      lanes,
      caughtUp: (channelId) => ready.then(() => missed.caughtUp(channelId)),
      onDirectChannel: directChannels.note,
      onInteraction: (interaction) => lanes.add(interaction.id, () => answer(interaction)),
    });
    listenToPackets(client, {
      onPacket: (packet) => {
        if (!stopping.signal.aborted) onPacket(packet);
      },
      onNewSession: () => missed.onSession(),
    });
    const breaker = createIdentifyBreaker(notes, now, shards);
    const { connectDeadlineMs: deadlineMs = 60_000 } = config;
    await logIn(client, { token, apiUrl, breaker, logger, deadlineMs });
    missed.onSession();
    isReady();
    if (first) lanes.add('commands', register);
    const count = client.guilds.cache.size;
    if (count > 0) logger.info('Nunchi is in Discord', { count });
    else
      logger.info(`Nunchi is in no Discord server yet; let it in with ${inviteLink(self().application.id)}`);
  }

  return {
    has: (channelId) => client.channels.cache.has(channelId),
    connect: (hub) => (connecting ??= open(hub)) as Promise<void>,
    async disconnect() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
      await Promise.race([Promise.all([lanes.idle(), away?.idle()]), late]);
      clearTimeout(timer);
    },
    close() {
      stopping.abort();
      // Ended in the middle of a login, discord.js would never learn that it has ended.
      closing ??= Promise.resolve(connecting)
        .catch(() => undefined)
        .then(() => client.destroy());
      return closing;
    },
    send,
    async fetch(channelId, messageId) {
      const message = await fetchRaw(channelId, messageId);
      if (message === null || message === 'gone') return null;
      return incomingMessage(message, around().contextOf(await guildIdOf(channelId), channelId));
    },
  };
}
