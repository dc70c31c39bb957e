// The Web API: from a request to a method and back, with tokens, scopes, rate limits and faults on the way.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.js';
import { type Args, readArgs, readBody } from './args.js';
import type { Core } from './core.js';
import { chatMethods } from './methods/chat.js';
import { conversationMethods } from './methods/conversations.js';
import { fileMethods } from './methods/files.js';
import { historyMethods } from './methods/history.js';
import type { Methods } from './methods/method.js';
import { peopleMethods } from './methods/people.js';
import { reactionMethods } from './methods/reactions.js';
import { viewMethods } from './methods/views.js';
import { sparse, type RateLimit } from './settings.js';
import type { SocketMode } from './socket.js';

/** Calls within the last while, by what is limited. */
class Windows {
  private readonly calls = new Map<string, number[]>();

  /** Counts a call; when it is one too many, says after how many seconds to try again instead. */
  take(key: string, { calls, perMs }: RateLimit, now: number): number | undefined {
    const recent = (this.calls.get(key) ?? []).filter((at) => at > now - perMs);
    const [oldest] = recent;
    if (recent.length < calls || oldest === undefined) {
      this.calls.set(key, [...recent, now]);
      return undefined;
    }
    this.calls.set(key, recent);
    return Math.max(1, Math.ceil((oldest + perMs - now) / 1000));
  }
}

export function createWebApi(core: Core, socketMode: SocketMode) {
  const { settings, sent, clock, changes } = core;
  const windows = new Windows();
  const methods: Methods = {
    ...chatMethods,
    ...conversationMethods,
    ...historyMethods,
    ...reactionMethods,
    ...peopleMethods,
    ...viewMethods,
    ...fileMethods,
    'apps.connections.open': { token: 'app', run: () => ({ url: socketMode.newAddress() }) },
  };

  function limited(method: string, args: Args): number | undefined {
    const limit = settings.rateLimits.get(method);
    const wait = limit && windows.take(method, limit, clock.now());
    if (wait !== undefined || method !== 'chat.postMessage' || !settings.postingLimit) return wait;
    return windows.take(`post ${args.text('channel') ?? ''}`, settings.postingLimit, clock.now());
  }

  function authorize(request: IncomingMessage, args: Args, kind: 'app' | 'bot'): void {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? args.text('token');
    if (token === undefined) throw new ApiError('not_authed');
    const known = token === settings.botToken ? 'bot' : token === settings.appToken ? 'app' : undefined;
    if (!known) throw new ApiError('invalid_auth');
    if (known !== kind) throw new ApiError('not_allowed_token_type');
    if (settings.revoked && known === 'bot') throw new ApiError('account_inactive');
  }

  /** The method's answer. Throws `ApiError`. */
  function run(name: string, request: IncomingMessage, args: Args): object {
    const method = methods[name];
    if (!method) throw new ApiError('unknown_method', { req_method: name });
    authorize(request, args, method.token ?? 'bot');
    return method.run({ core, args });
  }

  function send(
    response: ServerResponse,
    status: number,
    body: object,
    headers: Record<string, string> = {},
  ) {
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'X-OAuth-Scopes': [...settings.scopes].join(','),
      ...headers,
    });
    response.end(JSON.stringify(body));
  }

  return async (name: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const call: (typeof sent.calls)[number] = { method: name, args: {}, status: 200 };
    sent.calls.push(call);
    sent.counters.calls.set(name, (sent.counters.calls.get(name) ?? 0) + 1);
    const tooMany = (seconds: number) => {
      sent.counters.rateLimited++;
      Object.assign(call, { status: 429, error: 'ratelimited' });
      send(response, 429, { ok: false, error: 'ratelimited' }, { 'Retry-After': String(seconds) });
    };
    try {
      const args = await readArgs(request, body);
      const { token: _, ...shown } = args.values;
      call.args = shown;
      const wait = limited(name, args);
      if (wait !== undefined) return tooMany(wait);
      const absent = settings.absent.get(name);
      if (absent === 'unknown_method') throw new ApiError(absent, { req_method: name });
      const fault = absent === undefined ? settings.faults.get(name)?.shift() : { status: absent };
      if (fault === 'hang') return;
      if (fault === 'drop-before') return void request.socket.destroy();
      if (typeof fault === 'object') {
        if ('retryAfter' in fault) return tooMany(fault.retryAfter);
        if ('error' in fault) throw new ApiError(fault.error);
        call.status = fault.status;
        return void response
          .writeHead(fault.status, { 'Content-Type': 'text/html' })
          .end('<h1>Slack is down</h1>');
      }
      const answer = run(name, request, args);
      if (fault === 'drop-after') return void request.socket.destroy();
      const given = name === 'auth.test' ? sparse(answer, settings.leavesOut) : answer;
      send(response, 200, { ok: true, ...given });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      call.error = error.code;
      send(response, 200, { ok: false, error: error.code, ...error.extra });
    } finally {
      changes.notify();
    }
  };
}
