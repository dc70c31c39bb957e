// The control server over real loopback HTTP: calls and errors come through, strangers do not.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BotApi } from '../../src/control/bot-api.js';
import { createControlClient } from '../../src/control/client.js';
import { startControlServer, type ControlServer } from '../../src/control/server.js';
import { NunchiError } from '../../src/errors.js';
import { SILENT_LOGGER } from '../../src/log.js';

const MODEL = {
  version: 'nunchi-1',
  directory: 'models/a',
  parent: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  metrics: {},
  aliases: [],
  deployments: [],
};
let promoted: string[];
let server: ControlServer;

beforeEach(async () => {
  promoted = [];
  const api = {
    modelList: () => Promise.resolve([MODEL]),
    modelShow: (version: string) =>
      version === MODEL.version
        ? Promise.resolve(MODEL)
        : Promise.reject(new NunchiError('not-found', `no ${version}`, { hint: 'look again' })),
    modelPromote: (version: string) => {
      promoted.push(version);
      return Promise.resolve({ version, previousVersion: null, reason: '', createdAt: '' });
    },
    nightStart: () =>
      Promise.reject(Object.assign(new Error('Invalid `prisma.jobRun.upsert()`'), { code: 'disk-full' })),
    trainCancel: () => Promise.reject(new Error('secret detail')),
  } as unknown as BotApi;
  server = await startControlServer({ api, logger: SILENT_LOGGER });
});
afterEach(() => server.stop());

const raw = (path: string, init: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

describe('the control server', () => {
  it('passes calls, arguments and results', async () => {
    const client = createControlClient(server);
    await expect(client.modelList()).resolves.toEqual([MODEL]);
    await client.modelPromote('nunchi-2');
    expect(promoted).toEqual(['nunchi-2']);
  });

  it('passes coded errors with their hints', async () => {
    const error: unknown = await createControlClient(server)
      .modelShow('nunchi-9')
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'not-found', message: 'no nunchi-9', hint: 'look again' });
  });

  it('says in words that the disk is full, where Prisma wraps it', async () => {
    const error: unknown = await createControlClient(server)
      .nightStart()
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'disk-full',
      message: 'There is no space left on the disk of Nunchi',
      hint: expect.stringContaining('Make room in the home folder') as string,
    });
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('refuses %s', async (_name, headers) => {
    const response = await raw('/modelPromote', { method: 'POST', headers, body: '"nunchi-2"' });
    expect(response.status).toBe(403);
    expect(promoted).toEqual([]);
  });

  it('refuses a browser page even with the token', async () => {
    const headers = { authorization: `Bearer ${server.token}`, origin: 'http://evil.example' };
    const response = await raw('/modelPromote', { method: 'POST', headers, body: '"nunchi-2"' });
    expect(response.status).toBe(403);
  });

  it.each([
    ['/nothing', 'POST', '""', 404],
    ['/constructor', 'POST', '""', 404],
    ['/modelList', 'GET', undefined, 404],
    ['/modelShow', 'POST', '{', 400],
    ['/modelShow', 'POST', '{"version":1}', 400],
    ['/modelShow', 'POST', JSON.stringify('x'.repeat(5000)), 400],
  ])('answers %s %s with a status of its own', async (path, method, body, status) => {
    const headers = { authorization: `Bearer ${server.token}` };
    const response = await raw(path, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty('error.code');
  });

  it('says that the bot is gone where nobody listens', async () => {
    const other = await startControlServer({ api: {} as BotApi, logger: SILENT_LOGGER });
    await other.stop();
    await expect(createControlClient(other).status()).rejects.toMatchObject({ code: 'bot-not-running' });
  });
});
