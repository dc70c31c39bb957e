// Bolt, with one difference: an event is acknowledged only after everything that was to be done with it is done.
import { App, HTTPReceiver, SocketModeReceiver, type ReceiverEvent } from '@slack/bolt';
import { NunchiError } from '../../src/errors.js';
import type { Logger } from '../../src/log.js';
import { slackUrl } from './api.js';
import type { BoltLogger } from './bolt-logger.js';
import { BODY_LIMIT, createHttpConnection, EVENTS_PATH, type HttpConnection } from './connection/http.js';
import { createSocketConnection, type Connection, type SocketTiming } from './connection/socket.js';
import type { Identity } from './translate/message.js';

export interface SlackAppConfig {
  botToken: string;
  identity: Pick<Identity, 'userId' | 'botId'>;
  apiUrl: string | undefined;
  transport:
    | { type: 'socket'; appToken: string; timing: SocketTiming }
    | { type: 'http'; signingSecret: string; port: number };
  onRestored: (sinceMs: number) => void;
  logger: Logger;
  boltLogger: BoltLogger;
  now: () => number;
}

export interface SlackApp {
  app: App;
  connection: Connection & Partial<Pick<HttpConnection, 'port'>>;
  /** From now on nothing is taken in: Slack sends it again later. Resolves when what came before is done. */
  drain(): Promise<void>;
}

/** What is not done by then is given up; events come again. */
const DRAIN_MS = 10_000;

/** Bolt acknowledges an event before it looks at it; here a failure leaves it unacknowledged, and Slack sends it again. */
class DurableApp extends App {
  readonly inFlight = new Set<Promise<void>>();
  draining = false;

  override processEvent(event: ReceiverEvent): Promise<void> {
    const work = this.draining
      ? Promise.reject(new NunchiError('busy', 'Nunchi is stopping'))
      : this.processWhole(event);
    this.inFlight.add(work);
    return work.finally(() => this.inFlight.delete(work));
  }

  private async processWhole(event: ReceiverEvent): Promise<void> {
    if (event.body.type !== 'event_callback') return super.processEvent(event);
    await super.processEvent({ ...event, ack: () => Promise.resolve() });
    await event.ack();
  }
}

export function createSlackApp(config: SlackAppConfig): SlackApp {
  const { botToken, identity, apiUrl, transport, logger, boltLogger, now } = config;
  const clientOptions = { ...slackUrl(apiUrl), retryConfig: { retries: 0 } };

  const withReceiver = (receiver: SocketModeReceiver | HTTPReceiver) =>
    new DurableApp({
      token: botToken,
      botId: identity.botId,
      botUserId: identity.userId,
      receiver,
      convoStore: false,
      logger: boltLogger,
      clientOptions,
    });

  function open(): Pick<SlackApp, 'connection'> & { app: DurableApp } {
    if (transport.type === 'http') {
      const { signingSecret, port } = transport;
      const receiver = new HTTPReceiver({
        signingSecret,
        endpoints: EVENTS_PATH,
        bodyLimit: BODY_LIMIT,
        logger: boltLogger,
      });
      return {
        app: withReceiver(receiver),
        connection: createHttpConnection({ receiver, port, logger, now }),
      };
    }
    const receiver = new SocketModeReceiver({
      appToken: transport.appToken,
      logger: boltLogger,
      clientPingTimeout: transport.timing.pingTimeoutMs,
      autoReconnectEnabled: false,
      installerOptions: {
        clientOptions: { ...clientOptions, rejectRateLimitedCalls: true, timeout: 30_000 },
      },
    });
    const { onRestored } = config;
    const { timing } = transport;
    const { client } = receiver;
    return {
      app: withReceiver(receiver),
      connection: createSocketConnection({ client, timing, onRestored, logger, now }),
    };
  }

  const { app, connection } = open();
  return {
    app,
    connection,
    async drain() {
      app.draining = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, DRAIN_MS)));
      await Promise.race([Promise.allSettled(app.inFlight), late]);
      clearTimeout(timer);
    },
  };
}
