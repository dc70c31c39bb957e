// The server's addresses over real HTTP: results, errors, history, corrections, and live updates.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WireCorrectionResult, WireEvents, WireMessage, WireScore } from '../../bots/web/page/wire.js';
import { listen } from '../../bots/web/server.js';
import { Hono } from 'hono';
import { NunchiError } from '../../src/errors.js';
import { readEvents, type EventReader } from '../fakes/event-reader.js';
import { startWebBench, type WebBench } from '../fakes/web-bench.js';

let bench: WebBench;
let reader: EventReader;
beforeAll(async () => {
  bench = await startWebBench();
  reader = await readEvents(`${bench.url}/api/events`);
});
afterAll(async () => {
  reader.close();
  await bench.stop();
});
afterEach(() => {
  bench.sentiment.failure = null;
});

async function say(id: string, text: string): Promise<WireMessage> {
  const response = await bench.post('/api/messages', { id, text, language: 'en' });
  expect(response.status).toBe(202);
  const { message } = (await response.json()) as { message: WireMessage };
  await reader.next(
    ({ event, data }) => event === 'message' && (data as WireMessage).inReplyTo === message.id,
  );
  return message;
}

async function correct(id: string, emoji: string, action = 'added'): Promise<WireCorrectionResult> {
  const response = await bench.post(`/api/messages/${id}/feedback`, { emoji, action });
  expect(response.status).toBe(200);
  return (await response.json()) as WireCorrectionResult;
}

async function history(): Promise<WireMessage[]> {
  return ((await (await bench.get('/api/messages')).json()) as { messages: WireMessage[] }).messages;
}

describe('where the store cannot keep a message', () => {
  it.each([
    ['disk-full', 507, 'disk-full'],
    ['database-timeout', 503, 'busy'],
  ])('%s is answered with what to do, and not with the text', async (code, status, told) => {
    // As Prisma hands on what the database says: an error of its own with the same code.
    const error = Object.assign(new Error('Invalid invocation: something said'), { code });
    vi.spyOn(bench.store.messages, 'add').mockRejectedValueOnce(error);
    const response = await bench.post('/api/messages', { id: code, text: 'something said', language: 'en' });
    expect(response.status).toBe(status);
    const body = await response.text();
    expect(body).not.toContain('something said');
    expect(JSON.parse(body)).toMatchObject({
      error: { code: told, hint: expect.stringContaining('not kept') as string },
    });
    expect(await history()).toEqual([]);
  });
});

describe('POST /api/classify', () => {
  it('gives the document that the command gives', async () => {
    const response = await bench.post('/api/classify', { texts: ['so positive', ''] });
    expect(await response.json()).toEqual({
      model: 'nunchi-00000001',
      results: [
        {
          text: 'so positive',
          label: 'positive',
          confidence: 0.87,
          scores: {
            negative: expect.closeTo(0.065) as number,
            neutral: expect.closeTo(0.065) as number,
            positive: 0.87,
          },
          abstained: false,
        },
        expect.objectContaining({ text: '', abstained: true }),
      ],
    });
  });

  it.each([
    ['not json', '{', 'JSON'],
    ['no texts', {}, 'texts'],
    ['an empty list', { texts: [] }, 'texts'],
    ['a number among the texts', { texts: [1] }, 'texts.0'],
    ['too many texts', { texts: Array(257).fill('a') }, 'texts'],
  ])('refuses %s', async (_name, body, named) => {
    const response = await bench.post('/api/classify', body);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; message: string; hint: string } };
    expect(error.code).toBe('invalid-input');
    expect(error.message).toContain(named);
    expect(error.hint).not.toBe('');
  });

  it('says what an address takes where something is missing', async () => {
    const response = await bench.post('/api/messages', { id: '1' });
    const { error } = (await response.json()) as { error: { hint: string } };
    expect(error.hint).toBe('Send a JSON object with "id", "text", "language".');
  });

  it('reads the beginning of a long text instead of refusing it, and gives the text back whole', async () => {
    const text = 'negative '.repeat(20_000);
    const response = await bench.post('/api/classify', { texts: [text] });
    const { results } = (await response.json()) as { results: { text: string }[] };
    expect(results[0]?.text).toBe(text);
    expect(bench.sentiment.seen.at(-1)).toHaveLength(100_000);
  });

  it('answers 503 with Retry-After when the queue is full', async () => {
    bench.sentiment.failure = new NunchiError('busy', 'The queue is full', { hint: 'Try again soon' });
    const response = await bench.post('/api/classify', { texts: ['a'] });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe('busy');
  });

  it('tells nothing internal', async () => {
    bench.sentiment.failure = new Error('/secret/path of a text');
    const response = await bench.post('/api/classify', { texts: ['a'] });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('health', () => {
  it('is ready only while the model answers', async () => {
    expect(await (await bench.get('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await bench.get('/readyz')).status).toBe(200);
    bench.sentiment.failure = new NunchiError('serving-failed', 'The model is gone');
    expect((await bench.get('/readyz')).status).toBe(503);
  });

  it('names a missing address as JSON', async () => {
    const response = await bench.get('/api/nothing');
    expect(response.status).toBe(404);
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe('not-found');
  });
});

describe('the conversation', () => {
  it.each(['', '   ', '\u0000\u0000', '\u202eevil', '\u200b', '😀👍🏽', '\ud800', '<script>alert(1)</script>'])(
    'keeps and answers %j',
    async (text) => {
      const message = await say(`odd-text-${Buffer.from(text).toString('hex')}x`.slice(0, 60), text);
      const [asked, answer] = (await history()).filter(
        (m) => m.id === message.id || m.inReplyTo === message.id,
      );
      expect(asked?.reading).not.toBeNull();
      expect(answer?.text).not.toBe('');
    },
  );

  it('refuses an id that is none', async () => {
    const response = await bench.post('/api/messages', { id: 'a b', text: 'x', language: 'en' });
    expect(response.status).toBe(400);
  });

  it('learns a correction, changes it and takes it back', async () => {
    const { id } = await say('correct-me-1', 'a neutral thing');
    expect((await correct(id, '🔴')).correction).toEqual({
      label: 'negative',
      trainable: true,
      learned: false,
      waitsFor: null,
    });
    expect((await correct(id, '🟢')).correction?.label).toBe('positive');
    expect((await correct(id, '🔴')).correction?.label).toBe('negative');
    expect(await bench.store.feedback.pendingCount()).toBe(1);
    expect(await correct(id, '🔴', 'removed')).toEqual({
      outcome: 'taken-back',
      messageId: id,
      correction: null,
    });
    expect(await bench.store.feedback.pendingCount()).toBe(0);
  });

  it('confirms by 👍 on the answer, and 🟢 there takes its place', async () => {
    const { id } = await say('confirm-me-1', 'a positive thing');
    const answer = (await history()).find((message) => message.inReplyTo === id)?.id ?? '';
    expect(await correct(answer, '👍')).toMatchObject({ outcome: 'learned-as-label', messageId: id });
    expect((await correct(answer, '👎')).outcome).toBe('asks');
    expect((await correct(answer, '🔴')).correction?.label).toBe('negative');
    expect((await correct(id, '🔴', 'removed')).correction).toBeNull();
  });

  it('says why a reaction is no label', async () => {
    const { id } = await say('social-one-1', 'another positive thing');
    expect(await correct(id, '👍')).toMatchObject({ outcome: 'not-feedback', correction: null });
    expect(await correct(id, '❌')).toMatchObject({ outcome: 'forgotten' });
    expect((await bench.post('/api/messages/none/feedback', { emoji: '🟢', action: 'added' })).status).toBe(
      404,
    );
  });

  it('lists models, compares two, and puts another one in use', async () => {
    const { store } = bench;
    const record = { version: 'other', directory: '/o', parent: null, metrics: {} };
    await store.models.register(record);
    await store.models.purge('other', 'more than 10 newer ones');
    const { models } = (await (await bench.get('/api/models')).json()) as { models: { version: string }[] };
    const [inUse = ''] = models.map(({ version }) => version).filter((version) => version !== 'other');
    const difference = await bench.get(`/api/models/difference?before=${inUse}&after=other`);
    expect(await difference.json()).toMatchObject({
      before: { version: inUse, rows: 0 },
      after: { version: 'other' },
      files: null,
    });
    expect((await bench.get('/api/models/difference?before=x')).status).toBe(400);
    expect((await bench.get(`/api/models/difference?before=${inUse}&after=none`)).status).toBe(404);
    expect((await bench.post('/api/models/promote', { version: 'none' })).status).toBe(404);
    await store.models.register(record);
    expect((await bench.post('/api/models/promote', { version: 'other' })).status).toBe(200);
    expect((await store.models.deployments(1))[0]).toMatchObject({
      version: 'other',
      reason: 'promoted on the page',
    });
    // Nobody goes back to what did badly.
    await store.models.deploy(inUse, 'back', { kind: 'automatic-rollback' });
  });

  it('rolls back and clears, and every page hears of it', async () => {
    expect((await bench.post('/api/models/rollback', {})).status).toBe(404);
    await bench.post('/api/messages/clear', {});
    await reader.next(({ event }) => event === 'cleared');
    expect(await history()).toEqual([]);
  });
});

describe('live updates', () => {
  it('gives a page that reconnects what it missed', async () => {
    const first = await readEvents(`${bench.url}/api/events`);
    const hello = await first.next(({ event }) => event === 'hello');
    first.close();
    const { id } = await say('while-away-1', 'positive meanwhile');
    const again = await readEvents(`${bench.url}/api/events`, { 'Last-Event-ID': hello.id });
    const missed = await again.next(
      ({ event, data }) => event === 'message' && (data as WireMessage).id === id,
    );
    expect((missed.data as WireMessage).text).toBe('positive meanwhile');
    again.close();
  });

  it('tells a page of another start to load everything again', async () => {
    const late = await readEvents(`${bench.url}/api/events`, { 'Last-Event-ID': 'another-start:7' });
    await late.next(({ event }) => event === 'resync');
    late.close();
  });

  it('sends training as it goes on', async () => {
    const { id } = await say('train-on-me-1', 'neutral for training');
    await correct(id, '🟢');
    expect((await bench.post('/api/training/start', {})).status).toBe(202);
    expect((await bench.post('/api/training/start', {})).status).toBe(409);
    await bench.training.progress({
      step: 3,
      totalSteps: 9,
      epoch: 1,
      loss: 0.5,
      learningRate: 1e-5,
      examplesPerSecond: 20,
      secondsLeft: 4,
    });
    const { data } = await reader.next(
      (event) => event.event === 'training' && (event.data as WireEvents['training']).progress?.step === 3,
    );
    expect((data as WireEvents['training']).progress?.loss).toBe(0.5);
    const state = (await (await bench.post('/api/training/cancel', {})).json()) as WireEvents['state'];
    expect(state.runs[0]).toMatchObject({ state: 'cancelled', corrections: 1 });
  });

  it('ends at a stop', async () => {
    const other = await startWebBench();
    const stream = await readEvents(`${other.url}/api/events`);
    await stream.next(({ event }) => event === 'hello');
    await other.web.stop();
    await stream.ended;
    expect(other.training.listeners).toBe(1);
    await other.stop();
    expect(other.training.listeners).toBe(0);
  });
});

describe('a port in use', () => {
  it('is named, with what to do', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const error = await listen(new Hono(), '127.0.0.1', port).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(String(port)) as string,
    });
    expect((error as NunchiError).hint).toContain('PORT');
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe('GET /api/scores', () => {
  it('says by week and model how right the readings were', async () => {
    const { id } = await say('scored', 'so positive again');
    await correct(id, '🔴');
    const response = await bench.get('/api/scores?timeZone=Asia/Seoul');
    const { scores } = (await response.json()) as { scores: WireScore[] };
    const [first] = scores;
    expect(scores).toHaveLength(1);
    expect(first).toMatchObject({ version: 'nunchi-00000001' });
    expect(first?.labelled).toBeGreaterThan(0);
    expect(first?.right).toBeLessThan(first?.labelled ?? 0);
    expect(first?.read).toBeGreaterThanOrEqual(first?.labelled ?? 0);
    // A Monday in Seoul.
    expect(new Date(first?.start ?? '').toUTCString()).toMatch(/^Sun, .* 15:00:00 GMT$/);
  });

  it('refuses a time zone that there is not', async () => {
    const response = await bench.get('/api/scores?timeZone=Mars/Olympus');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid-input' } });
  });
});
