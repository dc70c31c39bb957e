// One time in Slack, from connecting to the end: who Nunchi is there, what it hears, what it has missed.
import type { AdapterHub } from '../../src/chat/adapter.js';
import type { SlackConfig } from '../../src/config.js';
import { NunchiError } from '../../src/errors.js';
import type { Logger } from '../../src/log.js';
import { waited } from '../../src/process/waited.js';
import type { SlackApi } from './api.js';
import { createSlackApp, type SlackApp, type SlackAppConfig } from './app.js';
import type { BoltLogger } from './bolt-logger.js';
import { SOCKET_TIMING, type SocketTiming } from './connection/socket.js';
import { checkTokens, explainStartError, NO_TRANSPORT } from './explain-error.js';
import { introduce } from './identity.js';
import { registerInteractions } from './interactions/interactions.js';
import { createMissed, type Missed } from './missed.js';
import { createPeople } from './people.js';
import { registerEvents } from './register-events.js';
import { createTranslator, type Translator } from './translate/events.js';
import type { ThreadMemory } from './translate/thread-memory.js';

export interface SessionConfig {
  slack: SlackConfig;
  api: SlackApi;
  hub: AdapterHub;
  threads: ThreadMemory;
  timing: Partial<SocketTiming>;
  /** The app is not in the workspace any more. */
  onGone: (reason: string) => void;
  logger: Logger;
  boltLogger: BoltLogger;
  now: () => number;
}

export interface Session {
  /** Once it is known who Nunchi is. */
  readonly translator: Translator | undefined;
  readonly port: number | undefined;
  /** @throws NunchiError `platform-refused`, `platform-unreachable` */
  start(): Promise<void>;
  /** Once, however often it is called. */
  end(): Promise<void>;
}

/** Slack may ask to wait; the start does not wait as long as that. */
const MARK_WAIT_MS = 10_000;

export function createSession(config: SessionConfig): Session {
  const { slack, api, hub, threads, onGone, logger, boltLogger, now } = config;
  const stopping = new AbortController();
  const { signal } = stopping;
  let translator: Translator | undefined;
  let running: SlackApp | undefined;
  /** Catching up, which nothing waits for but the end. */
  let background: Promise<void> = Promise.resolve();
  let ending: Promise<void> | undefined;

  function transport(): SlackAppConfig['transport'] {
    const { appToken, signingSecret, port } = slack;
    if (appToken !== undefined) {
      return { type: 'socket', appToken, timing: { ...SOCKET_TIMING, ...config.timing } };
    }
    if (signingSecret !== undefined) return { type: 'http', signingSecret, port };
    throw NO_TRANSPORT();
  }

  const catchUp = (missed: Missed, marks: ReturnType<Missed['mark']>) => {
    background = background.then(async () => missed.catchUp(await marks));
  };

  async function start(): Promise<void> {
    checkTokens(slack);
    const way = transport();
    const identity = await introduce(api.read, logger).catch((error: unknown) => {
      throw explainStartError(error, 'bot');
    });
    const people = createPeople({ client: api.read, identity, logger, now });
    const context = { identity, answeredIn: threads.has, trainable: slack.training === 'messages' };
    translator = createTranslator(context, people);
    const missed = createMissed({ client: api.read, hub, people, translator, logger, now, signal });
    // Before anything comes, which would hide what is missing before it.
    const marks = missed.mark();
    await Promise.race([marks, waited(MARK_WAIT_MS, signal)]);

    const { botToken, apiUrl } = slack;
    const onRestored = (sinceMs: number) => catchUp(missed, missed.mark(sinceMs));
    const app = { botToken, identity, apiUrl, transport: way, onRestored, logger, boltLogger, now };
    running = createSlackApp(app);
    registerEvents({ app: running.app, hub, translator, identity, onGone });
    registerInteractions({ app: running.app, api, hub, people, translator, logger });
    signal.throwIfAborted();
    await running.connection.start().catch((error: unknown) => {
      throw explainStartError(error, 'socket');
    });
    logger.info('connected to Slack', { platform: 'slack', id: identity.teamId });
    catchUp(missed, marks);
  }

  return {
    get translator() {
      return translator;
    },
    get port() {
      return running?.connection.port;
    },
    start,
    end() {
      ending ??= (async () => {
        stopping.abort(new NunchiError('busy', 'Nunchi is stopping'));
        await running?.drain();
        await running?.connection.stop();
        await background;
      })();
      return ending;
    },
  };
}
