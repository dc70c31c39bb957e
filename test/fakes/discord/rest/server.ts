// The door of the REST interface: token, rate limits, planned faults, then the route; every refusal in Discord's form.
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Context } from '../context.js';
import { DiscordError, plain, refuse } from '../errors.js';
import type { Fault, FaultSource } from './faults.js';
import { type Limits, refusalHeaders } from './limits.js';
import { readBody, type RestResponse } from './request.js';
import { findRoute, type Match, type Route } from './router.js';

interface Reply extends RestResponse {
  /** Sent as it is, in place of a body. */
  raw?: string;
  headers?: Record<string, string>;
}

const PREFIX = /^\/api\/v10(?=\/)/;

function limited(retryAfterMs: number, global: boolean, headers: Record<string, string>): Reply {
  const body = { message: 'You are being rate limited.', retry_after: retryAfterMs / 1_000, global };
  return { status: 429, body, headers };
}

function asReply(error: unknown): Reply {
  if (error instanceof DiscordError) return { status: error.status, body: error.body };
  throw error;
}

export interface RestParts {
  context: Context;
  routes: readonly Route[];
  limits: Limits;
  faults: FaultSource;
}

export function createRest({ context, routes, limits, faults }: RestParts) {
  const { counters, token, changed } = context;

  function faultReply(fault: Fault): Reply | null {
    switch (fault.kind) {
      case 'status':
        return asReply(plain(fault.status, STATUS_CODES[fault.status] ?? 'Error'));
      case 'raw':
        return { status: fault.status, raw: fault.body, headers: { 'Content-Type': fault.contentType } };
      case 'error':
        return asReply(refuse(fault.code));
      case 'rate-limit':
        return limited(
          fault.retryAfterMs,
          fault.scope === 'global',
          refusalHeaders(fault.retryAfterMs, fault.scope),
        );
      case 'hang':
      case 'drop':
        return null;
    }
  }

  function send(response: ServerResponse, { status, body, raw, headers = {} }: Reply): void {
    counters.answered(status, headers['X-RateLimit-Scope'] === 'shared');
    const content = raw ?? (body === undefined ? '' : JSON.stringify(body));
    response.writeHead(status, {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    });
    response.end(content);
    changed();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://discord');
    const method = request.method ?? 'GET';
    const path = pathname.replace(PREFIX, '');
    const found: Match | 404 | 405 = path === pathname ? 404 : findRoute(routes, method, path);
    const { body, files } = await readBody(request);
    if (typeof found === 'number')
      return send(response, asReply(plain(found, STATUS_CODES[found] ?? 'Not Found')));
    const { route, name, params } = found;
    counters.count(name);
    if (
      route.open !== true &&
      (token.value === null || request.headers.authorization !== `Bot ${token.value}`)
    )
      return send(response, asReply(plain(401, 'Unauthorized')));
    const major = params['channel'] ?? params['guild'] ?? params['token'] ?? '';
    const { headers, refused } = limits.take(name, major);
    if (refused) return send(response, limited(refused.retryAfterMs, refused.global, headers));

    const fault = faults.take(name);
    const instead = fault && faultReply(fault);
    if (instead) return send(response, { ...instead, headers: { ...headers, ...instead.headers } });
    const cut = () => {
      request.socket.destroy();
      changed();
    };
    const run = (): Reply => {
      try {
        return { ...route.answer({ method, path, params, query: searchParams, body, files }), headers };
      } catch (error) {
        return { ...asReply(error), headers };
      }
    };
    const applied = fault === null || !('applied' in fault) || fault.applied;
    const reply = applied ? run() : null;
    if (fault?.kind === 'hang') {
      faults.hold(() => (reply ? send(response, reply) : cut()));
      return changed();
    }
    if (fault?.kind === 'drop' || !reply) return cut();
    send(response, reply);
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => {
      if (error instanceof DiscordError) return send(response, asReply(error));
      // A client that hung up while it sent; anything else is a fault of the fake and must be seen.
      if (request.destroyed && !request.complete) return;
      console.error('the fake Discord failed:', error);
      if (!response.headersSent) send(response, asReply(plain(500, 'Internal Server Error')));
    });
  };
}
