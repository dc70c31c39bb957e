// Discord as one of Nunchi's platforms: connects, translates what happens, sends what it is given.
import type { PlatformAdapter } from '../../src/chat/adapter.js';
import { createConnection, type DiscordAdapterConfig } from './connection.js';
import { DISCORD } from './places.js';

/** Where connecting fails, it may be tried again after `close`. */
export function createDiscordAdapter(config: DiscordAdapterConfig): PlatformAdapter {
  let connection = createConnection(config);
  return {
    name: DISCORD,
    connect(hub) {
      if (connection.closed) connection = createConnection(config);
      return connection.connect(hub);
    },
    disconnect: () => connection.disconnect(),
    close: () => connection.close(),
    send: (delivery) => connection.send(delivery),
    fetch: (channelId, messageId) => connection.fetch(channelId, messageId),
  };
}
