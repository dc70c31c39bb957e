// Events by HTTP: a server of our own around Bolt's, which checks the signatures, to see what it refuses and to end well.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HTTPReceiver } from '@slack/bolt';
import { NunchiError } from '../../../src/errors.js';
import type { Logger } from '../../../src/log.js';
import type { Connection } from './socket.js';

export interface HttpConnectionConfig {
  receiver: Pick<HTTPReceiver, 'requestListener'>;
  /** 0 takes any free port. */
  port: number;
  logger: Pick<Logger, 'info' | 'warn'>;
  now: () => number;
}

export interface HttpConnection extends Connection {
  /** Once started. */
  readonly port: number;
}

/** Slack's own payloads are far smaller. */
export const BODY_LIMIT = '1mb';
export const EVENTS_PATH = '/slack/events';

/** Forgers may knock often; one line in so long is enough. */
const REFUSAL_NOTE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;

export function createHttpConnection({ receiver, port, logger, now }: HttpConnectionConfig): HttpConnection {
  let server: Server | undefined;
  let accepted = false;
  let notedAt = -Infinity;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    response.on('finish', () => {
      if (response.statusCode === 401) noteRefusal();
      else if (response.statusCode < 300) accepted = true;
    });
    try {
      receiver.requestListener(request, response);
    } catch {
      // Bolt throws for every address that is not its own, and for those that are none.
      response.writeHead(404).end();
    }
  }

  function noteRefusal(): void {
    if (now() - notedAt < REFUSAL_NOTE_MS) return;
    notedAt = now();
    logger.warn(
      accepted
        ? 'a request to SLACK_PORT was refused: it does not bear Slack’s signature'
        : 'requests to SLACK_PORT are refused: their signature is not made with SLACK_SIGNING_SECRET. Copy it from api.slack.com/apps → your app → Basic Information → App Credentials → Signing Secret, and see that the clock of this machine is right.',
      { platform: 'slack', status: 401 },
    );
  }

  const portOf = (listening: Server | undefined) =>
    (listening?.address() as AddressInfo | null)?.port ?? port;

  return {
    get port() {
      return portOf(server);
    },
    async start() {
      const listening = createServer(answer);
      listening.requestTimeout = REQUEST_TIMEOUT_MS;
      await new Promise<void>((resolve, reject) => {
        listening.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, port)));
        listening.listen(port, resolve);
      });
      server = listening;
      logger.info('waiting for Slack’s requests', { platform: 'slack', port: portOf(server) });
    },
    async stop() {
      const listening = server;
      server = undefined;
      if (listening === undefined) return;
      await new Promise<void>((resolve) => {
        listening.close(() => resolve());
        listening.closeAllConnections();
      });
    },
  };
}

function listenError(cause: NodeJS.ErrnoException, port: number): NunchiError {
  const taken = cause.code === 'EADDRINUSE';
  return new NunchiError(
    'platform-refused',
    taken
      ? `Slack: port ${port} is in use by another program`
      : `Slack: port ${port} cannot be opened (${cause.code ?? 'unknown'})`,
    {
      hint: 'Set SLACK_PORT to another one, and have what forwards Slack’s requests send them there.',
      cause,
    },
  );
}
