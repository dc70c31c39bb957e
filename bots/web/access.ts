// Who may talk to the server: Host names, cross-site requests, and the access token beyond loopback.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { NunchiError } from '../../src/errors.js';

export interface AccessConfig {
  host: string;
  token: string | undefined;
}

const COOKIE = 'nunchi_session';
const COOKIE_DAYS = 90;
const FAILURES_PER_MINUTE = 10;
const READ_ONLY = new Set(['GET', 'HEAD']);
/** Reachable without the token: what a health check and the login form need. */
const OPEN_PATHS = new Set(['/healthz', '/readyz', '/api/session', '/api/login']);

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** @throws NunchiError `invalid-config` where the page would be open to the network without a token. */
export function checkBinding(config: AccessConfig): void {
  if (isLoopback(config.host) || config.token !== undefined) return;
  throw new NunchiError(
    'invalid-config',
    `HOST=${config.host} opens the page to other machines, and there is no access token`,
    {
      hint: 'Set NUNCHI_TOKEN to at least 16 random characters, or leave HOST at 127.0.0.1.',
    },
  );
}

function hostName(header: string): string {
  return header
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}

/** A page of another name that resolves to this machine (DNS rebinding) is refused; with a token, the token guards. */
export function checkHost(config: AccessConfig): MiddlewareHandler {
  return async (c, next) => {
    const header = c.req.header('host') ?? '';
    if (config.token === undefined) {
      const name = hostName(header);
      if (!isLoopback(name) && name !== config.host.toLowerCase()) {
        throw new NunchiError('forbidden', 'This address is not one of Nunchi', {
          hint: 'Open the page as http://127.0.0.1 or http://localhost with its port, or set NUNCHI_TOKEN.',
        });
      }
    }
    await next();
  };
}

/** State changes only from the page itself (or a program that is no browser), and only as JSON. */
export function refuseCrossSite(): MiddlewareHandler {
  return async (c, next) => {
    if (!READ_ONLY.has(c.req.method)) {
      const site = c.req.header('sec-fetch-site');
      const origin = c.req.header('origin');
      const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
      if (foreignSite || (origin !== undefined && !isSameOrigin(origin, c.req.header('host') ?? ''))) {
        throw new NunchiError('forbidden', 'The request came from another site', {
          hint: 'Use the page that Nunchi itself serves.',
        });
      }
      if (!/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')) {
        throw new NunchiError('invalid-input', 'The request is not JSON', {
          hint: 'Send the header "Content-Type: application/json" and a JSON body.',
        });
      }
    }
    await next();
  };
}

function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

const equal = (given: string, expected: string) => {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
};

export interface Guard {
  middleware: MiddlewareHandler;
  required: boolean;
  isAllowed(c: Context): boolean;
  /** @throws NunchiError `forbidden` for a wrong token, `busy` after too many of them. */
  login(c: Context, token: string): void;
}

/** Asks for the token (Bearer, or the cookie that the login form sets) on everything but the page's own files. */
export function createGuard(config: AccessConfig, now: () => number = Date.now): Guard {
  const { token } = config;
  const session =
    token === undefined ? '' : createHmac('sha256', token).update('session').digest('base64url');
  let failures: number[] = [];

  const isAllowed = (c: Context): boolean => {
    if (token === undefined) return true;
    const bearer = /^Bearer\s+(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (bearer !== undefined) return equal(bearer, token);
    return equal(getCookie(c, COOKIE) ?? '', session);
  };

  return {
    required: token !== undefined,
    isAllowed,
    middleware: async (c, next) => {
      if (c.req.path.startsWith('/api/') && !OPEN_PATHS.has(c.req.path) && !isAllowed(c)) {
        throw new NunchiError('forbidden', 'The access token is missing or wrong', {
          hint: 'Log in on the page, or send "Authorization: Bearer" with the token in NUNCHI_TOKEN.',
        });
      }
      await next();
    },
    login(c, given) {
      if (token === undefined) return;
      failures = failures.filter((time) => now() - time < 60_000);
      if (failures.length >= FAILURES_PER_MINUTE) {
        throw new NunchiError('busy', 'Too many wrong tokens', { hint: 'Wait a minute, then try again.' });
      }
      if (!equal(given, token)) {
        failures.push(now());
        throw new NunchiError('forbidden', 'That is not the access token', {
          hint: 'It is the value of NUNCHI_TOKEN where Nunchi was started.',
        });
      }
      setCookie(c, COOKIE, session, {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
        maxAge: COOKIE_DAYS * 24 * 3600,
        secure: new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https',
      });
    },
  };
}
