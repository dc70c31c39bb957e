// A chat service in memory and an adapter to it. The service outlives the adapter, as a real one outlives Nunchi's process.
import type { AdapterHub, Delivery, PlatformAdapter } from '../../src/chat/adapter.js';
import { DeliveryPostponed, DeliveryRefused } from '../../src/chat/delivery/outbox-runner.js';
import type { ChatEvent, IncomingMessage } from '../../src/chat/platform.js';
import type { NunchiError } from '../../src/errors.js';

/** What happens to one attempt to send: `lost` fails after the service has it, `dies` never comes back after it has. */
export type Fault = 'refused' | 'postponed' | 'fails' | 'lost' | 'dies';

export interface ShownMessage {
  id: string;
  delivery: Delivery;
  /** What it says now. */
  text: string;
}

/** What everybody sees of the service. */
export interface FakeService {
  /** Every attempt to send that reached it, those it took for a repetition too. */
  attempts: Delivery[];
  messages: ShownMessage[];
  /** Nunchi's emoji: message and emoji. */
  reactions: [string, string][];
  /** One for each attempt to come; none left: it succeeds. */
  faults: Fault[];
  /** People's messages that it can be asked for. */
  known: Map<string, IncomingMessage>;
  /** While set, nobody can connect. */
  closed: NunchiError | null;
}

export interface FakeAdapter extends PlatformAdapter {
  /** From `connect` on. */
  readonly hub: AdapterHub;
  state: 'new' | 'connected' | 'disconnected' | 'closed';
  /** Does not hand on what it is given once disconnected. */
  event(key: string, event: ChatEvent): Promise<boolean>;
}

export function createFakeService(): FakeService {
  return { attempts: [], messages: [], reactions: [], faults: [], known: new Map(), closed: null };
}

/** The same nonce again is the same message, as with Discord's `enforce_nonce`. */
function show(service: FakeService, delivery: Delivery): string | null {
  service.attempts.push(delivery);
  if (delivery.type === 'reaction') {
    const known = service.reactions.some(
      ([id, emoji]) => id === delivery.messageId && emoji === delivery.emoji,
    );
    if (!known) service.reactions.push([delivery.messageId, delivery.emoji]);
    return null;
  }
  if (delivery.type === 'amend') {
    const message = service.messages.find(({ id }) => id === delivery.messageId);
    if (message === undefined) throw new DeliveryRefused('there is no such message');
    message.text = delivery.text;
    return null;
  }
  const before = service.messages.find((message) => message.delivery.nonce === delivery.nonce);
  if (before !== undefined) return before.id;
  const id = String(1_000_000 + service.messages.length);
  service.messages.push({ id, delivery, text: delivery.text });
  return id;
}

export function createFakeAdapter(service: FakeService, name = 'fake'): FakeAdapter {
  let hub: AdapterHub | undefined;
  const adapter: FakeAdapter = {
    name,
    state: 'new',
    get hub() {
      if (hub === undefined) throw new Error('the adapter was never connected');
      return hub;
    },
    connect(given) {
      if (service.closed !== null) return Promise.reject(service.closed);
      hub = given;
      adapter.state = 'connected';
      return Promise.resolve();
    },
    disconnect() {
      if (adapter.state !== 'closed') adapter.state = 'disconnected';
      return Promise.resolve();
    },
    close() {
      adapter.state = 'closed';
      return Promise.resolve();
    },
    event(key, event) {
      if (adapter.state !== 'connected') throw new Error('the adapter is not connected');
      return adapter.hub.accept(key, event);
    },
    async send(delivery) {
      if (adapter.state === 'closed') throw new Error('the adapter is closed');
      const fault = service.faults.shift();
      if (fault === 'refused') throw new DeliveryRefused('the channel is gone');
      if (fault === 'postponed') throw new DeliveryPostponed(1);
      if (fault === 'fails') throw new Error('connection refused');
      const id = show(service, delivery);
      if (fault === 'lost') throw new Error('connection lost');
      return fault === 'dies' ? new Promise<never>(() => undefined) : id;
    },
    fetch: (_channelId, messageId) => Promise.resolve(service.known.get(messageId) ?? null),
  };
  return adapter;
}
