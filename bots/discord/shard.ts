// A process that holds one of several connections to Discord, started by discord.js's ShardingManager (`sharded.ts`), which
// tells the client by the environment which one; Nunchi itself is in the process that started it.
import type { AdapterHub } from '../../src/chat/adapter.js';
import { serializeError } from '../../src/errors.js';
import { createLogger } from '../../src/log.js';
import { endWithParent } from '../../src/process/end-with-parent.js';
import { type Connection, createConnection } from './connection.js';
import { createRemote } from './remote.js';
import type { ParentCalls, ShardCalls } from './shard-calls.js';

endWithParent();

type PersonOf = Parameters<AdapterHub['reconcile']>[1];

const reconciling = new Map<number, PersonOf>();
let lastReconciled = 0;
const held: { connection?: Connection } = {};

function connected(): Connection {
  if (held.connection === undefined) throw new Error('The shard is not set up yet');
  return held.connection;
}

const parent = createRemote<ParentCalls, ShardCalls>(
  {
    send: async (delivery) => connected().send(delivery),
    fetch: async ({ channelId, messageId }) => connected().fetch(channelId, messageId),
    has: (channelId) => Promise.resolve(held.connection?.has(channelId) ?? false),
    person: async ({ id, personId }) => (await reconciling.get(id)?.(personId)) ?? null,
    disconnect: () =>
      connected()
        .disconnect()
        .then(() => null),
    close: () =>
      connected()
        .close()
        .then(() => null),
  },
  // On a closed channel nobody waits any more, and this process ends.
  (message) => process.send?.(message, undefined, undefined, () => undefined),
);
process.on('message', (message) => parent.receive(message));

const hub: AdapterHub = {
  accept: (key, event) => parent.call('accept', { key, event }),
  request: (request) => parent.call('request', request),
  lastSeen: (channelId) => parent.call('lastSeen', channelId),
  correctable: (channelId, limit) => parent.call('correctable', { channelId, limit }),
  async reconcile(state, personOf) {
    const id = (lastReconciled += 1);
    reconciling.set(id, personOf);
    return parent.call('reconcile', { id, state }).finally(() => reconciling.delete(id));
  },
};

const { logLevel, ...setup } = await parent.call('setup', null);
held.connection = createConnection({
  ...setup,
  notes: {
    read: (name) => parent.call('readNote', name),
    write: async (name, content) => void (await parent.call('writeNote', { name, content })),
  },
  logger: createLogger({ level: logLevel, stream: process.stderr, pretty: process.stderr.isTTY }),
});
try {
  await connected().connect(hub);
  await parent.call('connected', null);
} catch (error) {
  await parent.call('connected', serializeError(error));
  process.exit(1);
}
