// Who may talk to the server: other hosts, other sites, other formats and missing tokens are refused.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkBinding } from '../../bots/web/access.js';
import { startWebBench, type WebBench } from '../fakes/web-bench.js';

const TOKEN = 'a-token-of-more-than-16';

/** fetch() forbids some headers; this sends any. */
function raw(url: string, method: string, headers: Record<string, string>, body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function errorOf(response: Response): Promise<{ code: string; message: string; hint: string }> {
  return ((await response.json()) as { error: { code: string; message: string; hint: string } }).error;
}

describe('on loopback without a token', () => {
  let bench: WebBench;
  beforeAll(async () => {
    bench = await startWebBench();
  });
  afterAll(() => bench.stop());
  const classify = JSON.stringify({ texts: ['positive'] });
  const json = { 'Content-Type': 'application/json' };

  it.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example'])(
    'refuses the host %j',
    async (host) => {
      const status = await raw(`${bench.url}/`, 'GET', { Host: host });
      expect(status).toBe(403);
    },
  );

  it.each(['localhost', 'localhost:8080', '127.0.0.1', '[::1]:3000'])('accepts the host %s', async (host) => {
    expect(await raw(`${bench.url}/`, 'GET', { Host: host })).toBe(200);
  });

  it.each<Record<string, string>>([
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('refuses a state change from another site: %j', async (headers) => {
    const all = { ...json, ...headers };
    for (const path of ['/api/classify', '/api/messages', '/api/messages/clear', '/api/training/start']) {
      expect(await raw(bench.url + path, 'POST', all, classify)).toBe(403);
    }
  });

  it('accepts its own page and programs that are no browser', async () => {
    const own = { ...json, Origin: bench.url, 'Sec-Fetch-Site': 'same-origin' };
    expect(await raw(`${bench.url}/api/classify`, 'POST', own, classify)).toBe(200);
    expect(await raw(`${bench.url}/api/classify`, 'POST', json, classify)).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
    'refuses a body of type %s, which a foreign form could send',
    async (type) => {
      const response = await bench.post('/api/classify', classify, { 'Content-Type': type });
      expect(response.status).toBe(400);
      expect((await errorOf(response)).hint).toContain('application/json');
    },
  );

  it('refuses a body over the limit with 413', async () => {
    const response = await bench.post('/api/classify', { texts: ['x'.repeat(1_100_000)] });
    expect(response.status).toBe(413);
    expect((await errorOf(response)).message).toContain('1 MiB');
  });

  it('allows no inline script and no guessing of types', async () => {
    const response = await bench.get('/');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style="/);
  });

  it.each(['/../package.json', '/%2e%2e/package.json', '/.env', '/wire-format.js', '/tsconfig.json'])(
    'serves no file beside the page: %s',
    async (path) => {
      expect(await raw(bench.url + path, 'GET', {})).toBe(404);
    },
  );
});

describe('beyond loopback', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])('does not start on %s without a token', (host) => {
    expect(() => checkBinding({ host, token: undefined })).toThrowError(
      expect.objectContaining({
        code: 'invalid-config',
        hint: expect.stringContaining('NUNCHI_TOKEN') as string,
      }) as Error,
    );
    expect(() => checkBinding({ host, token: TOKEN })).not.toThrow();
  });

  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('needs none on %s', (host) => {
    expect(() => checkBinding({ host, token: undefined })).not.toThrow();
  });

  describe('with a token', () => {
    let bench: WebBench;
    beforeAll(async () => {
      bench = await startWebBench({ host: '0.0.0.0', token: TOKEN });
    });
    afterAll(() => bench.stop());

    it('shows the page and its health, and nothing else, without the token', async () => {
      expect((await bench.get('/')).status).toBe(200);
      expect((await bench.get('/healthz')).status).toBe(200);
      for (const path of ['/api/state', '/api/messages', '/api/events', '/api/models']) {
        expect((await bench.get(path)).status).toBe(403);
      }
      expect((await bench.post('/api/classify', { texts: ['positive'] })).status).toBe(403);
    });

    it('accepts the token as Bearer', async () => {
      const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
      expect((await bench.get('/api/state', bearer(TOKEN))).status).toBe(200);
      expect((await bench.get('/api/state', bearer(`${TOKEN}x`))).status).toBe(403);
      expect((await bench.get('/api/state', { Cookie: `nunchi_session=${TOKEN}` })).status).toBe(403);
    });

    it('accepts any host name, since the token guards', async () => {
      const status = await raw(`${bench.url}/api/state`, 'GET', {
        Host: 'nunchi.example',
        Authorization: `Bearer ${TOKEN}`,
      });
      expect(status).toBe(200);
    });

    it('lets a browser log in by a cookie that scripts and other sites cannot use', async () => {
      const response = await bench.post('/api/login', { token: TOKEN });
      expect(response.status).toBe(200);
      const cookie = response.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/HttpOnly/);
      expect(cookie).toMatch(/SameSite=Strict/);
      expect(cookie).not.toContain(TOKEN);
      const session = { Cookie: cookie.split(';')[0] ?? '' };
      expect((await bench.get('/api/state', session)).status).toBe(200);
    });

    it('stops a guesser', async () => {
      const statuses: number[] = [];
      for (let guess = 0; guess < 12; guess += 1) {
        statuses.push((await bench.post('/api/login', { token: `wrong-${guess}` })).status);
      }
      expect(statuses.slice(0, 10)).toEqual(Array(10).fill(403));
      expect(statuses.slice(10)).toEqual([503, 503]);
    });
  });
});
