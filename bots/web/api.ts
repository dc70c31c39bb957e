// The addresses of the page and of programs: input checked here, everything decided in the core.
import { Hono } from 'hono';
import { z } from 'zod';
import { READ_AT_MOST, type Conversation } from '../../src/chat/conversation.js';
import { NunchiError } from '../../src/errors.js';
import type { ModelInspection } from '../../src/learn/model-inspection.js';
import type { ModelRegistry } from '../../src/learn/model-registry.js';
import type { TrainingService } from '../../src/learn/training-service.js';
import type { Trust } from '../../src/learn/trust/trust.js';
import type { SentimentService } from '../../src/serve/service.js';
import type { Store } from '../../src/store/store.js';
import type { Guard } from './access.js';
import { OPERATOR, WEB_CHANNEL } from './channel.js';
import type { EventHub } from './event-hub.js';
import { jsonBody } from './http-errors.js';
import type { WireCorrectionResult } from './page/wire.js';
import type { TrainingFeed } from './training-feed.js';
import { wireCorrection, wireMessages } from './wire-format.js';

export interface ApiConfig {
  conversation: Conversation;
  store: Store;
  sentiment: Pick<SentimentService, 'classify' | 'model'>;
  training: TrainingService;
  registry: ModelRegistry;
  trust?: Pick<Trust, 'waitOf'>;
  inspection: Pick<ModelInspection, 'diff'>;
  hub: EventHub;
  feed: TrainingFeed;
  guard: Guard;
  isReady: () => boolean;
  now?: () => Date;
}

const MOST_TEXTS = 256;
const HISTORY_PAGE = 50;
const SCORED_WEEKS = 8;
const WEEK_MS = 7 * 24 * 60 * 60_000;

const Classify = z.object({ texts: z.array(z.string()).min(1).max(MOST_TEXTS) });
const Login = z.object({ token: z.string().max(1000) });
const Send = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, _ or -'),
  text: z.string(),
  language: z.enum(['ko', 'en']),
});
const Resume = Send.pick({ language: true });
const Correct = z.object({
  emoji: z.string().min(1).max(64),
  action: z.enum(['added', 'removed', 'confirmed']),
});
const Run = z.object({ runId: z.string().min(1).max(64) });
const Version = z.string().min(1).max(100);
const Model = z.object({ version: Version });
const Difference = z.object({ before: Version, after: Version });
const History = z.object({
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(HISTORY_PAGE),
});

export function createApi(config: ApiConfig): Hono {
  const {
    conversation,
    store,
    sentiment,
    training,
    registry,
    trust,
    inspection,
    hub,
    feed,
    guard,
    now = () => new Date(),
  } = config;
  const api = new Hono();

  api.get('/healthz', (c) => c.json({ status: 'ok' }));
  api.get('/readyz', async (c) => {
    if (!config.isReady()) throw new NunchiError('serving-stopped', 'Nunchi is starting or stopping');
    await store.models.deployments(1);
    await sentiment.classify(['ready?']);
    return c.json({ status: 'ready', model: sentiment.model.version });
  });

  api.get('/api/session', (c) => c.json({ tokenRequired: guard.required, allowed: guard.isAllowed(c) }));
  api.post('/api/login', async (c) => {
    guard.login(c, (await jsonBody(c, Login)).token);
    return c.json({ allowed: true });
  });

  api.post('/api/classify', async (c) => {
    const { texts } = await jsonBody(c, Classify);
    const { model, results } = await sentiment.classify(texts.map((text) => text.slice(0, READ_AT_MOST)));
    return c.json({
      model,
      results: results.map((result, index) => ({ ...result, text: texts[index] })),
    });
  });

  api.get('/api/messages', async (c) => {
    const query = History.safeParse(c.req.query());
    if (!query.success) {
      throw new NunchiError('invalid-input', 'The query is not as expected', {
        hint: '"limit" is 1 to 200, "before" the id of a message.',
      });
    }
    const { before, limit } = query.data;
    const messages = await store.messages.history(WEB_CHANNEL.channelId, {
      limit,
      withText: true,
      ...(before === undefined ? {} : { before }),
    });
    return c.json({
      messages: await wireMessages(store, trust, messages),
      more: messages.length === limit,
      oldest: messages[0]?.id ?? null,
    });
  });

  api.post('/api/messages', async (c) => {
    const { id, text, language } = await jsonBody(c, Send);
    const { message } = await conversation.receive({
      ...WEB_CHANNEL,
      messageId: id,
      authorId: OPERATOR,
      text,
      language,
      addressed: true,
      trainable: true,
    });
    const [wire] = await wireMessages(store, trust, [message]);
    if (wire) hub.send('message', wire);
    return c.json({ message: wire }, 202);
  });

  api.post('/api/messages/resume', async (c) => {
    const { language } = await jsonBody(c, Resume);
    return c.json({ answered: await conversation.resume({ ...WEB_CHANNEL, language }) });
  });

  api.post('/api/messages/clear', async (c) => {
    const cleared = await store.messages.clearChannel(WEB_CHANNEL.channelId);
    hub.send('cleared', {});
    await feed.announce();
    return c.json({ cleared });
  });

  api.post('/api/messages/:id/feedback', async (c) => {
    const { emoji, action } = await jsonBody(c, Correct);
    const messageId = c.req.param('id');
    const correct = (what: 'added' | 'removed') =>
      conversation.correct({
        messageId,
        personId: OPERATOR,
        moderator: true,
        exclusive: true,
        emoji,
        action: what,
      });
    // Said again: what stands is taken back and given once more.
    if (action === 'confirmed') await correct('removed');
    const result = await correct(action === 'removed' ? 'removed' : 'added');
    const message = await store.messages.get(result.messageId);
    const [wire] = message ? await wireMessages(store, trust, [message]) : [];
    if (wire) hub.send('update', wire);
    await feed.announce();
    const answer: WireCorrectionResult = {
      outcome: result.outcome,
      messageId: result.messageId,
      correction: await wireCorrection(trust, result.current),
    };
    return c.json(answer);
  });

  api.get('/api/state', async (c) => c.json(await feed.state()));
  api.post('/api/training/start', async (c) => {
    await training.start('page');
    return c.json(await feed.state(), 202);
  });
  api.post('/api/training/cancel', async (c) => {
    await training.cancel();
    return c.json(await feed.state());
  });
  api.post('/api/training/confirm', async (c) => {
    await training.confirm((await jsonBody(c, Run)).runId);
    return c.json(await feed.state());
  });
  api.post('/api/training/decline', async (c) => {
    await training.decline((await jsonBody(c, Run)).runId);
    return c.json(await feed.state());
  });

  api.get('/api/models', async (c) => c.json({ models: await registry.list() }));
  api.get('/api/models/difference', async (c) => {
    const query = Difference.safeParse(c.req.query());
    if (!query.success) {
      throw new NunchiError('invalid-input', 'The query is not as expected', {
        hint: '"before" and "after" are versions of models.',
      });
    }
    return c.json(await inspection.diff(query.data.before, query.data.after));
  });
  api.post('/api/models/promote', async (c) => {
    await registry.promote((await jsonBody(c, Model)).version, 'promoted on the page');
    await feed.announce();
    return c.json(await feed.state());
  });
  api.post('/api/models/rollback', async (c) => {
    await registry.rollback('rolled back on the page');
    await feed.announce();
    return c.json(await feed.state());
  });

  api.get('/api/scores', async (c) => {
    const timeZone = c.req.query('timeZone') ?? 'UTC';
    const to = now();
    const from = new Date(to.getTime() - SCORED_WEEKS * WEEK_MS);
    return c.json({ scores: await store.progressive.scores({ from, to, timeZone }) });
  });

  api.get('/api/events', (c) => hub.stream(c));
  return api;
}
