// Discord over several connections, each in a process of its own that discord.js's ShardingManager starts. They connect and
// translate; Nunchi, its store and its model are here.
import { type Shard, ShardEvents, ShardingManager } from 'discord.js';
import { fileURLToPath } from 'node:url';
import type { AdapterHub, PlatformAdapter } from '../../src/chat/adapter.js';
import { deserializeError, NunchiError } from '../../src/errors.js';
import { childEntry } from '../../src/paths.js';
import type { ConnectionConfig } from './connection.js';
import { createRemote, type Remote } from './remote.js';
import type { ParentCalls, ShardCalls, ShardSetup } from './shard-calls.js';

export interface ShardsConfig extends Pick<
  ConnectionConfig,
  'token' | 'apiUrl' | 'messageContent' | 'training' | 'notes' | 'logger'
> {
  shards: number;
  logLevel: ShardSetup['logLevel'];
  /** Between the starts of two shards: Discord lets one in every 5 seconds. @default 5,500 */
  spawnDelayMs?: number;
  /** Before a shard whose process has ended is started again. @default 5,500 */
  respawnDelayMs?: number;
}

/** Used once. */
export function createShards(config: ShardsConfig): Omit<PlatformAdapter, 'name'> {
  const { token, apiUrl, messageContent, training, notes, logger, shards, logLevel } = config;
  const { spawnDelayMs = 5_500, respawnDelayMs = 5_500 } = config;
  const remotes = new Map<number, Remote<ShardCalls>>();
  const timers = new Set<NodeJS.Timeout>();
  const manager = new ShardingManager(fileURLToPath(childEntry('bots/discord/shard.ts')), {
    totalShards: shards,
    token,
    respawn: false,
  });
  let connecting: Promise<void> | undefined;
  let stopped = false;
  let disconnecting: Promise<void> | undefined;

  function serve(shard: Shard, hub: AdapterHub, onConnected: (error: NunchiError | null) => void): void {
    shard.on(ShardEvents.Spawn, () => {
      const remote: Remote<ShardCalls> = createRemote<ShardCalls, ParentCalls>(
        {
          setup: () =>
            Promise.resolve({
              token,
              apiUrl,
              messageContent,
              training,
              shards,
              logLevel,
              first: shard.id === 0,
            }),
          connected(failure) {
            onConnected(failure && deserializeError(failure));
            return Promise.resolve(null);
          },
          accept: ({ key, event }) => hub.accept(key, event),
          request: (request) => hub.request(request),
          lastSeen: (channelId) => hub.lastSeen(channelId),
          correctable: ({ channelId, limit }) => hub.correctable(channelId, limit),
          reconcile: ({ id, state }) =>
            hub.reconcile(state, (personId) => remote.call('person', { id, personId })),
          readNote: (name) => notes.read(name),
          writeNote: ({ name, content }) => notes.write(name, content).then(() => null),
        },
        // Where the process is gone, its death rejects what waits.
        (message) => void shard.send(message).catch(() => undefined),
      );
      remotes.set(shard.id, remote);
    });
    shard.on(ShardEvents.Message, (message) => remotes.get(shard.id)?.receive(message));
    shard.on(ShardEvents.Error, (error) => logger.warn('a Discord shard reports an error', { error }));
    shard.on(ShardEvents.Death, () => {
      remotes.get(shard.id)?.end();
      remotes.delete(shard.id);
      if (stopped) return;
      logger.warn('the process of a Discord shard ended', { id: String(shard.id) });
      const timer = setTimeout(() => {
        timers.delete(timer);
        void shard.spawn(-1);
      }, respawnDelayMs);
      timers.add(timer);
    });
  }

  async function open(hub: AdapterHub): Promise<void> {
    const ready = new Map<number, () => void>();
    let refuse: (error: Error) => void = () => undefined;
    const refused = new Promise<never>((_resolve, reject) => (refuse = reject));
    const all = Array.from(
      { length: shards },
      (_, id) => new Promise<void>((resolve) => ready.set(id, resolve)),
    );
    let opened = false;
    manager.on('shardCreate', (shard) =>
      serve(shard, hub, (error) => {
        if (error === null) ready.get(shard.id)?.();
        else if (!opened) refuse(error);
        else logger.error([error.message, error.hint].filter(Boolean).join('. '), { id: String(shard.id) });
      }),
    );
    try {
      const spawned = manager.spawn({ amount: shards, delay: spawnDelayMs, timeout: -1 });
      await Promise.race([Promise.all([spawned, ...all]), refused]);
      opened = true;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Their processes end with the channel to this one; signals they leave to it. */
  function end(): void {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    for (const shard of manager.shards.values()) {
      const child = shard.process;
      if (child?.connected) child.disconnect();
    }
  }

  async function everywhere(kind: 'disconnect' | 'close'): Promise<void> {
    const calls = [...remotes.values()].map((remote) => remote.call(kind, null));
    for (const outcome of await Promise.allSettled(calls))
      if (outcome.status === 'rejected')
        logger.warn('a Discord shard did not end cleanly', { error: outcome.reason });
  }

  function any(): Remote<ShardCalls> {
    const [remote] = remotes.values();
    if (remote === undefined) throw new NunchiError('process-ended', 'No shard of Discord runs');
    return remote;
  }

  return {
    connect: (hub) => (connecting ??= open(hub)),
    disconnect() {
      stopped = true;
      return (disconnecting ??= everywhere('disconnect'));
    },
    async close() {
      stopped = true;
      await everywhere('close');
      end();
    },
    // Any of them may write anywhere; one that writes all knows the limits of all.
    send: async (delivery) => any().call('send', delivery),
    async fetch(channelId, messageId) {
      for (const remote of remotes.values())
        if (await remote.call('has', channelId)) return remote.call('fetch', { channelId, messageId });
      return any().call('fetch', { channelId, messageId });
    },
  };
}
