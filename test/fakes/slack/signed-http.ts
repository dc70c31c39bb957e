// Payloads by HTTP: signed requests to the app's address, as Slack sends them and as a forger would.
import { createHmac } from 'node:crypto';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { Core } from './core.js';
import type { Attempt, Deliveries, Delivery, Transport } from './deliveries.js';

export interface SignedRequest {
  body: string;
  contentType?: 'application/json' | 'application/x-www-form-urlencoded';
  /** In place of the app's own. */
  secret?: string;
  /** Seconds since 1970, in place of now. */
  timestamp?: number;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface AppAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Signs by Slack's scheme `v0` and posts; rejects when no answer comes. */
export function postSigned(core: Core, options: SignedRequest): Promise<AppAnswer> {
  const { settings } = core;
  const { body, contentType = 'application/json', secret = settings.signingSecret } = options;
  // The receiver compares with its own clock, which is the real one.
  const timestamp = options.timestamp ?? Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  if (settings.requestUrl === undefined)
    throw new Error('Set settings.requestUrl to the address of the app first');
  const url = settings.requestUrl;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      agent: false,
      signal: options.signal,
      headers: {
        'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'Content-Type': contentType,
        'Content-Length': Buffer.byteLength(body),
        'X-Slack-Request-Timestamp': String(timestamp),
        'X-Slack-Signature': `v0=${signature}`,
        ...options.headers,
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString('utf8'),
        }),
      );
    });
    outgoing.end(body);
  });
}

/** The body of a delivery: JSON for events, form fields for the rest. */
export function bodyOf({ kind, payload }: Delivery): Pick<SignedRequest, 'body' | 'contentType'> {
  if (kind === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' };
  const fields =
    kind === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>);
  return { body: new URLSearchParams(fields).toString(), contentType: 'application/x-www-form-urlencoded' };
}

/** An app may answer with JSON or, to a command, with plain text. */
function responseOf({ text, headers }: AppAnswer): unknown {
  if (text === '') return undefined;
  if (headers['content-type']?.startsWith('application/json') !== true) return text;
  return JSON.parse(text) as unknown;
}

export function createHttpTransport(core: Core, deliveries: () => Deliveries) {
  const closing = new AbortController();

  async function post(attempt: Attempt): Promise<void> {
    const { delivery, number, reason } = attempt;
    const retry = { 'X-Slack-Retry-Num': String(number), 'X-Slack-Retry-Reason': reason };
    try {
      const { signal } = closing;
      const answer = await postSigned(core, {
        ...bodyOf(delivery),
        ...(number > 0 && { headers: retry }),
        signal,
      });
      if (answer.status >= 200 && answer.status < 300)
        deliveries().settle(attempt, 'acknowledged', responseOf(answer));
      else
        deliveries().settle(attempt, answer.headers['x-slack-no-retry'] === '1' ? 'declined' : 'http_error');
    } catch {
      // Whatever kept the answer from coming is one thing to Slack.
      if (!closing.signal.aborted) deliveries().settle(attempt, 'connection_failed');
    }
  }

  const transport: Transport = { send: (attempt) => void post(attempt) };
  return { transport, close: () => closing.abort() };
}
