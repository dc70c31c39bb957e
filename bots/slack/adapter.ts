// Nunchi in Slack: connects Bolt to the hub, and sends what it is given.
import type { AdapterHub, PlatformAdapter } from '../../src/chat/adapter.js';
import { DeliveryRefused } from '../../src/chat/delivery/outbox-runner.js';
import type { SlackConfig } from '../../src/config.js';
import { NunchiError } from '../../src/errors.js';
import type { Logger } from '../../src/log.js';
import { waited } from '../../src/process/waited.js';
import { createSlackApi, refusalOf } from './api.js';
import { createSlackApp, type SlackApp } from './app.js';
import { createBoltLogger } from './bolt-logger.js';
import { SOCKET_TIMING, type SocketTiming } from './connection/socket.js';
import { checkTokens, explainStartError, NO_TRANSPORT } from './explain-error.js';
import { fetchMessage } from './fetch-message.js';
import { introduce } from './identity.js';
import { registerInteractions } from './interactions/interactions.js';
import { createMissed, type Marks } from './missed.js';
import { createPeople } from './people.js';
import { registerEvents } from './register-events.js';
import { createSender } from './send/send.js';
import { createTranslator, type Translator } from './translate/events.js';
import { createThreadMemory } from './translate/thread-memory.js';

/** Slack may ask to wait; the start does not wait as long as that. */
const MARK_WAIT_MS = 10_000;

export interface SlackAdapterConfig {
  slack: SlackConfig;
  logger: Logger;
  timing?: Partial<SocketTiming>;
  now?: () => number;
}

export interface SlackAdapter extends PlatformAdapter {
  /** Where requests come in, once connected in HTTP mode. */
  readonly port: number | undefined;
}

export function createSlackAdapter({
  slack,
  logger,
  timing,
  now = Date.now,
}: SlackAdapterConfig): SlackAdapter {
  const boltLogger = createBoltLogger(logger);
  const api = createSlackApi({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger: boltLogger });
  const threads = createThreadMemory();
  const send = createSender({ api, onAnswered: threads.add, now });
  const stopping = new AbortController();
  let translator: Translator | undefined;
  let running: SlackApp | undefined;
  /** Catching up, which nothing waits for but the end. */
  let background: Promise<void> = Promise.resolve();
  let disconnecting: Promise<void> | undefined;
  let gone = false;

  function transport() {
    const { appToken, signingSecret, port } = slack;
    if (appToken !== undefined)
      return { type: 'socket', appToken, timing: { ...SOCKET_TIMING, ...timing } } as const;
    if (signingSecret !== undefined) return { type: 'http', signingSecret, port } as const;
    throw NO_TRANSPORT();
  }

  async function connect(hub: AdapterHub): Promise<void> {
    checkTokens(slack);
    const way = transport();
    const identity = await introduce(api.read, logger).catch((error: unknown) => {
      throw explainStartError(error, 'bot');
    });
    const people = createPeople({ client: api.read, identity, logger, now });
    const context = { identity, answeredIn: threads.has, trainable: slack.training === 'messages' };
    translator = createTranslator(context, people);
    const { signal } = stopping;
    const missed = createMissed({ client: api.read, hub, people, translator, logger, now, signal });
    let marks: Promise<Marks> = missed.mark();
    const catchUp = () => {
      const since = marks;
      background = background.then(async () => missed.catchUp(await since));
    };

    const { botToken, apiUrl } = slack;
    running = createSlackApp({
      botToken,
      identity,
      apiUrl,
      transport: way,
      onLost: () => {
        marks = missed.mark();
      },
      onRestored: catchUp,
      logger,
      boltLogger,
      now,
    });
    const { app } = running;
    registerEvents({ app, hub, translator, identity, onGone: leave });
    registerInteractions({ app, api, hub, people, translator, logger });
    await Promise.race([marks, waited(MARK_WAIT_MS, stopping.signal)]);
    await running.connection.start().catch((error: unknown) => {
      throw explainStartError(error, 'socket');
    });
    logger.info('connected to Slack', { platform: 'slack', id: identity.teamId });
    catchUp();
  }

  /** The app was taken out of the workspace: nothing works any more, and nobody is to be bothered with it. */
  function leave(reason: string): void {
    if (gone) return;
    gone = true;
    logger.error(
      'Slack: the app was taken out of the workspace. Install it again at api.slack.com/apps → your app → Install App and restart Nunchi; otherwise take SLACK_BOT_TOKEN out of the settings and delete what is stored (docs/slack.md).',
      { platform: 'slack', reason },
    );
    disconnect().catch((error: unknown) =>
      logger.warn('Slack was not left cleanly', { platform: 'slack', error }),
    );
  }

  function disconnect(): Promise<void> {
    disconnecting ??= (async () => {
      stopping.abort(new NunchiError('busy', 'Nunchi is stopping'));
      await running?.drain();
      await running?.connection.stop();
      await background;
    })();
    return disconnecting;
  }

  return {
    name: 'slack',
    get port() {
      return running?.connection.port;
    },
    connect,
    disconnect,
    close: disconnect,
    async send(delivery) {
      if (gone) throw new DeliveryRefused('Slack: the app was taken out of the workspace');
      return send(delivery);
    },
    async fetch(channelId, messageId) {
      if (translator === undefined) return null;
      try {
        return await fetchMessage(api.read, translator, channelId, messageId);
      } catch (error) {
        if (refusalOf(error) === null) throw error;
        logger.info('a message could not be looked up', {
          platform: 'slack',
          messageId,
          code: refusalOf(error)?.code ?? null,
        });
        return null;
      }
    },
  };
}
