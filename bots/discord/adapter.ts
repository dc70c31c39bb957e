// Discord as one of Nunchi's platforms: connects, translates what happens, sends what it is given. Over one connection, or
// over several in processes of their own where the bot is in very many servers.
import { REST } from 'discord.js';
import type { PlatformAdapter } from '../../src/chat/adapter.js';
import type { Config, DiscordConfig } from '../../src/config.js';
import { NunchiError } from '../../src/errors.js';
import { type ConnectionConfig, createConnection } from './connection.js';
import { explainFailure } from './explain-close.js';
import { askGateway } from './other-servers.js';
import { DISCORD } from './places.js';
import { createShards, type ShardsConfig } from './sharded.js';

export interface DiscordAdapterConfig
  extends Omit<ConnectionConfig, 'shards' | 'first'>, Pick<ShardsConfig, 'spawnDelayMs' | 'respawnDelayMs'> {
  shards: DiscordConfig['shards'];
  /** Of the processes with connections. @default info */
  logLevel?: Config['logLevel'];
}

/** Where connecting fails, it may be tried again after `close`. */
export function createDiscordAdapter(config: DiscordAdapterConfig): PlatformAdapter {
  const { token, apiUrl, logLevel = 'info' } = config;
  let line: Omit<PlatformAdapter, 'name'> | undefined;

  async function recommended(): Promise<number> {
    try {
      const rest = new REST({ api: apiUrl }).setToken(token);
      return (await askGateway(rest.get.bind(rest))).shards;
    } catch (error) {
      throw explainFailure({ error, apiUrl });
    }
  }

  function connected() {
    if (line === undefined) throw new NunchiError('process-ended', 'Nunchi is not connected to Discord');
    return line;
  }

  return {
    name: DISCORD,
    async connect(hub) {
      const shards = config.shards === 'auto' ? await recommended() : config.shards;
      line ??=
        shards === 1
          ? createConnection({ ...config, shards })
          : createShards({ ...config, shards, logLevel });
      await line.connect(hub);
    },
    async disconnect() {
      await line?.disconnect();
    },
    async close() {
      const closing = line;
      line = undefined;
      await closing?.close();
    },
    send: async (delivery) => connected().send(delivery),
    fetch: async (channelId, messageId) => connected().fetch(channelId, messageId),
  };
}
