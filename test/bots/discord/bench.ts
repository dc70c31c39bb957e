// Nunchi's adapter, the real discord.js and the fake Discord together, for tests; Nunchi itself is a hub that remembers.
import { createDiscordAdapter, type DiscordAdapterConfig } from '../../../bots/discord/adapter.js';
import type { Notes } from '../../../bots/discord/identify-breaker.js';
import type { AdapterHub, PlatformAdapter, ReactionState } from '../../../src/chat/adapter.js';
import type { ChatEvent } from '../../../src/chat/platform.js';
import type { ChatAnswer, ChatRequest } from '../../../src/chat/requests.js';
import type { Person } from '../../../src/chat/settings.js';
import { createLogger, type Logger } from '../../../src/log.js';
import { Writable } from 'node:stream';
import { type FakeDiscord, type FakeDiscordOptions, startFakeDiscord } from '../../fakes/discord/index.js';

export interface RecordingHub extends AdapterHub {
  /** Accepted ones, in order; a key that came before is not accepted. */
  events: ChatEvent[];
  keys: string[];
  requests: ChatRequest[];
  answer: (request: ChatRequest) => ChatAnswer | Promise<ChatAnswer>;
  seen: Map<string, string>;
  correctables: Map<string, string[]>;
  states: { state: ReactionState; people: (Person | null)[] }[];
}

export function createRecordingHub(changed: () => void = () => undefined): RecordingHub {
  const keys = new Set<string>();
  const hub: RecordingHub = {
    events: [],
    keys: [],
    requests: [],
    answer: () => ({ text: 'answered', private: true }),
    seen: new Map(),
    correctables: new Map(),
    states: [],
    accept(key, event) {
      if (keys.has(key)) return Promise.resolve(false);
      keys.add(key);
      hub.keys.push(key);
      // What an inbox keeps is JSON.
      hub.events.push(JSON.parse(JSON.stringify(event)) as ChatEvent);
      changed();
      return Promise.resolve(true);
    },
    async request(request) {
      hub.requests.push(request);
      changed();
      return hub.answer(request);
    },
    lastSeen: (channelId) => Promise.resolve(hub.seen.get(channelId) ?? null),
    correctable: (channelId) => Promise.resolve(hub.correctables.get(channelId) ?? []),
    async reconcile(state, personOf) {
      const ids = [...new Set(state.reactions.flatMap(({ personIds }) => personIds))];
      hub.states.push({ state, people: await Promise.all(ids.map(personOf)) });
      changed();
      return 0;
    },
  };
  return hub;
}

export function createNotes(): Notes & { content: Map<string, unknown> } {
  const content = new Map<string, unknown>();
  return {
    content,
    read: (name) => Promise.resolve(content.get(name) ?? null),
    write: (name, value) => Promise.resolve(void content.set(name, value)),
  };
}

/** What is logged, as lines. */
export function createRecordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { logger: createLogger({ level: 'debug', stream, pretty: false }), lines };
}

export interface Bench {
  fake: FakeDiscord;
  hub: RecordingHub;
  notes: ReturnType<typeof createNotes>;
  lines: string[];
  adapter: PlatformAdapter;
  guild: string;
  channel: string;
  /** A member without rights, and one whose role lets them manage messages. */
  person: string;
  moderator: string;
  moderatorRole: string;
  /** Another adapter on the same Discord and notes, as after a restart. */
  another(options?: Partial<DiscordAdapterConfig>): PlatformAdapter;
  /** Waits for `count` accepted events. */
  events(count: number): Promise<ChatEvent[]>;
  stop(): Promise<void>;
}

export async function startBench(
  options: Partial<DiscordAdapterConfig> = {},
  fakeOptions: FakeDiscordOptions = {},
): Promise<Bench> {
  const fake = await startFakeDiscord(fakeOptions);
  const guild = fake.createGuild();
  const channel = fake.createChannel(guild);
  const moderatorRole = fake.createRole(guild, 'moderators', ['ManageMessages']);
  const person = fake.createMember(guild, 'mina');
  const moderator = fake.createMember(guild, 'joon', [moderatorRole]);
  const hub = createRecordingHub();
  const notes = createNotes();
  const { logger, lines } = createRecordingLogger();
  const adapters: PlatformAdapter[] = [];
  const another = (more: Partial<DiscordAdapterConfig> = {}) => {
    const adapter = createDiscordAdapter({
      token: fake.token,
      apiUrl: fake.apiUrl,
      messageContent: true,
      training: 'off',
      shards: 1,
      notes,
      logger,
      ...options,
      ...more,
    });
    adapters.push(adapter);
    return adapter;
  };
  const adapter = another();
  return {
    fake,
    hub,
    notes,
    lines,
    adapter,
    guild,
    channel,
    person,
    moderator,
    moderatorRole,
    another,
    events: (count) => until(() => hub.events.length >= count && hub.events, `${count} events`),
    async stop() {
      for (const one of adapters) {
        await one.disconnect();
        await one.close();
      }
      await fake.close();
    },
  };
}

/** For what changes here and not in the fake: looked for again and again. */
export async function until<T>(look: () => T | false | null | undefined, what: string): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
