// The Slack adapter on the real Bolt against the fake Slack, with a hub that notes what it is told.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, vi } from 'vitest';
import {
  createSlackAdapter,
  type SlackAdapter,
  type SlackAdapterConfig,
} from '../../../bots/slack/adapter.js';
import type { AdapterHub, Delivery, ReactionState } from '../../../src/chat/adapter.js';
import type { ChatEvent } from '../../../src/chat/platform.js';
import type { ChatAnswer, ChatRequest } from '../../../src/chat/requests.js';
import type { SlackConfig } from '../../../src/config.js';
import { SILENT_LOGGER, type Logger, type LogFields } from '../../../src/log.js';
import { PACKAGE_ROOT } from '../../../src/paths.js';
import { startFakeSlack, type FakeSlack } from '../../fakes/slack/index.js';
import type { Settings } from '../../fakes/slack/settings.js';

export type Transport = 'socket' | 'http';

interface Manifest {
  features: { slash_commands: { command: string }[]; shortcuts: { callback_id: string; name: string }[] };
  oauth_config: { scopes: { bot: string[] } };
  settings: { event_subscriptions: { bot_events: string[] } };
}

export const readManifest = () =>
  JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'bots/slack/manifest.json'), 'utf8')) as Manifest;

/** What the shipped manifest asks for, and nothing more. */
export function manifestSettings(): Partial<Settings> {
  const { oauth_config, settings } = readManifest();
  return {
    scopes: new Set(oauth_config.scopes.bot),
    subscriptions: new Set(settings.event_subscriptions.bot_events),
  };
}

export interface NotedHub extends AdapterHub {
  events: { key: string; event: ChatEvent }[];
  requests: ChatRequest[];
  states: ReactionState[];
  answer: (request: ChatRequest) => ChatAnswer | Promise<ChatAnswer>;
  seen: Map<string, string>;
  open: Map<string, string[]>;
  /** While set, `accept` rejects with it. */
  failure: Error | null;
  /** While set, `accept` waits for it. */
  held: Promise<void> | null;
  /** Calls of `accept` so far. */
  offered: number;
  of<Type extends ChatEvent['type']>(type: Type): Extract<ChatEvent, { type: Type }>[];
}

export function createNotedHub(): NotedHub {
  const keys = new Set<string>();
  const hub: NotedHub = {
    events: [],
    requests: [],
    states: [],
    answer: () => ({ text: 'noted', private: true }),
    seen: new Map(),
    open: new Map(),
    failure: null,
    held: null,
    offered: 0,
    async accept(key, event) {
      hub.offered += 1;
      await hub.held;
      if (hub.failure) throw hub.failure;
      if (keys.has(key)) return false;
      keys.add(key);
      hub.events.push({ key, event });
      return true;
    },
    async request(request) {
      hub.requests.push(request);
      return hub.answer(request);
    },
    lastSeen: (channelId) => Promise.resolve(hub.seen.get(channelId) ?? null),
    correctable: (channelId) => Promise.resolve(hub.open.get(channelId) ?? []),
    reconcile(state) {
      hub.states.push(state);
      return Promise.resolve(0);
    },
    of: (type) => hub.events.map(({ event }) => event).filter((event) => event.type === type) as never,
  };
  return hub;
}

export interface NotedLogger extends Logger {
  lines: { level: string; event: string; fields: LogFields }[];
}

export function createNotedLogger(): NotedLogger {
  const lines: NotedLogger['lines'] = [];
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      void lines.push({ level, event, fields });
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** What was started, ended after each test in the opposite order. */
export const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A connection that is watched often enough for a test. */
const FAST = { watchMs: 50, reconnectMs: 10, longestReconnectMs: 100, gapMs: 0 };

export const until = (holds: () => boolean | Promise<boolean>) =>
  vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error('not yet');
    },
    { timeout: 20_000, interval: 10 },
  );

export function slackConfig(slack: FakeSlack, transport: Transport): SlackConfig {
  return {
    botToken: slack.settings.botToken,
    appToken: transport === 'socket' ? slack.settings.appToken : undefined,
    signingSecret: slack.settings.signingSecret,
    port: 0,
    apiUrl: slack.apiUrl.replace(/\/$/, ''),
    training: 'messages',
  };
}

export async function startSlack(settings: Partial<Settings> = {}): Promise<FakeSlack> {
  const slack = await startFakeSlack({ settings: { ...manifestSettings(), ...settings } });
  closing.push(() => slack.close());
  return slack;
}

export function createAdapter(
  slack: FakeSlack,
  transport: Transport = 'socket',
  change: Partial<SlackAdapterConfig> = {},
): SlackAdapter {
  const adapter = createSlackAdapter({
    slack: slackConfig(slack, transport),
    logger: SILENT_LOGGER,
    timing: FAST,
    now: () => slack.clock.now(),
    ...change,
  });
  closing.push(() => adapter.close());
  return adapter;
}

/** Where Slack is to send its requests. */
export function enterAddress(slack: FakeSlack, adapter: SlackAdapter): void {
  slack.settings.requestUrl = `http://127.0.0.1:${String(adapter.port)}/slack/events`;
}

export async function connect(
  slack: FakeSlack,
  transport: Transport = 'socket',
  { hub = createNotedHub(), ...change }: Partial<SlackAdapterConfig> & { hub?: NotedHub } = {},
) {
  const adapter = createAdapter(slack, transport, change);
  await adapter.connect(hub);
  if (transport === 'http') enterAddress(slack, adapter);
  return { adapter, hub };
}

let nonces = 0;
type Partly<D> = D extends Delivery
  ? Omit<D, 'nonce' | 'again'> & { nonce?: string; again?: boolean }
  : never;
export const delivery = (what: Partly<Delivery>): Delivery => ({
  nonce: `nonce-${(nonces += 1)}`,
  again: false,
  ...what,
});
