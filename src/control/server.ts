// The running bot's ear for commands: HTTP on a free loopback port, opened only by the token in the lock file.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { NunchiError, serializeError, type ErrorCode } from '../errors.js';
import type { Logger } from '../log.js';
import { describeStoreError } from '../store/describe-error.js';
import { BOT_CALLS, type BotApi } from './bot-api.js';

export interface ControlServer {
  readonly port: number;
  /** Told to nobody but the reader of the lock file. */
  readonly token: string;
  stop(): Promise<void>;
}

export interface ControlServerConfig {
  api: BotApi;
  logger: Logger;
}

const BODY_LIMIT_BYTES = 4096;
const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  forbidden: 403,
  'not-found': 404,
  'invalid-input': 400,
  internal: 500,
};

export async function startControlServer({ api, logger }: ControlServerConfig): Promise<ControlServer> {
  const token = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  // A command waits for as long as loading a model takes, which is longer than a stuck client may.
  server.headersTimeout = 10_000;

  async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    try {
      return { status: 200, body: { value: await call(request, api, token) } };
    } catch (error) {
      const known = error instanceof NunchiError ? null : describeStoreError(error);
      const serialized = known ?? serializeError(error);
      if (!(error instanceof NunchiError)) logger.error('control call failed', { error });
      return { status: HTTP_STATUS[serialized.code] ?? 409, body: { error: serialized } };
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    token,
    async stop() {
      server.close();
      server.closeIdleConnections();
      const forced = setTimeout(() => server.closeAllConnections(), 2000);
      await once(server, 'close');
      clearTimeout(forced);
    },
  };
}

/** Digests have one length, which `timingSafeEqual` needs. */
function sameToken(given: string, expected: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

async function call(request: IncomingMessage, api: BotApi, token: string): Promise<unknown> {
  // A browser always sends Origin with a POST from a page; commands never do.
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (request.headers.origin !== undefined || !sameToken(bearer, token)) {
    throw new NunchiError('forbidden', 'The token is missing or wrong');
  }
  const name = (request.url ?? '').slice(1);
  if (request.method !== 'POST' || !Object.hasOwn(BOT_CALLS, name)) {
    throw new NunchiError('not-found', 'There is no such call');
  }
  const input = await readInput(request);
  const key = name as keyof BotApi;
  if (BOT_CALLS[key] === 'none') return (api[key] as () => Promise<unknown>)();
  if (typeof input !== 'string') throw new NunchiError('invalid-input', `${name} takes a string`);
  return (api[key] as (argument: string) => Promise<unknown>)(input);
}

async function readInput(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) throw new NunchiError('invalid-input', 'The request is too large');
    chunks.push(chunk);
  }
  if (bytes === 0) return null;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    throw new NunchiError('invalid-input', 'The request is not JSON', { cause: error });
  }
}
