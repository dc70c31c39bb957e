// The local chat page as a chat platform: the embedded default, over HTTP.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Conversation } from '../../src/chat/conversation.js';
import type { ChatPlatform } from '../../src/chat/platform.js';
import { NunchiError } from '../../src/errors.js';
import type { ModelInspection } from '../../src/learn/model-inspection.js';
import type { ModelRegistry } from '../../src/learn/model-registry.js';
import type { Night } from '../../src/learn/night.js';
import type { TrainingService } from '../../src/learn/training-service.js';
import type { Trust } from '../../src/learn/trust/trust.js';
import type { Logger } from '../../src/log.js';
import type { SentimentService } from '../../src/serve/service.js';
import type { Store } from '../../src/store/store.js';
import { checkBinding, checkHost, createGuard, isLoopback, refuseCrossSite } from './access.js';
import { createApi } from './api.js';
import { WEB_CHANNEL, WEB_PLATFORM } from './channel.js';
import { createEventHub } from './event-hub.js';
import { errorResponse } from './http-errors.js';
import { loadPageFiles, type PageFile } from './page-files.js';
import { securityHeaders } from './security-headers.js';
import { listen, type RunningServer } from './server.js';
import { createTrainingFeed } from './training-feed.js';
import { wireMessages, wireReading } from './wire-format.js';

export interface WebPlatformConfig {
  config: { host: string; port: number; token: string | undefined };
  conversation: Conversation;
  store: Store;
  sentiment: Pick<SentimentService, 'classify' | 'model'>;
  training: TrainingService;
  night: Pick<Night, 'schedule' | 'status'>;
  registry: ModelRegistry;
  trust?: Pick<Trust, 'waitOf'>;
  inspection: Pick<ModelInspection, 'diff'>;
  logger: Logger;
}

export interface WebPlatform extends ChatPlatform {
  /** Where the page is, once started. */
  readonly url: string;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** @throws NunchiError `invalid-config` where it would be open to the network without a token. */
export function createWebPlatform(parts: WebPlatformConfig): WebPlatform {
  const { config, conversation, store, sentiment, training, night, registry, trust, inspection, logger } =
    parts;
  checkBinding(config);
  const hub = createEventHub();
  const feed = createTrainingFeed({ store, sentiment, training, night, registry, hub, logger });
  let server: RunningServer | undefined;
  let detach: (() => void) | undefined;

  function buildApp(files: Map<string, PageFile>): Hono {
    const app = new Hono();
    const guard = createGuard(config);
    app.onError((error, c) => errorResponse(c, error, logger));
    app.notFound((c) =>
      errorResponse(
        c,
        new NunchiError('not-found', 'There is nothing at this address', {
          hint: 'The page is at /, the programs’ addresses begin with /api/.',
        }),
        logger,
      ),
    );
    app.use(securityHeaders());
    app.use(checkHost(config));
    app.use(refuseCrossSite());
    app.use(guard.middleware);
    app.use(
      bodyLimit({
        maxSize: BODY_LIMIT_BYTES,
        onError: (c) => {
          const message = `The request is larger than ${BODY_LIMIT_BYTES / 1024 / 1024} MiB`;
          const hint = 'Send fewer or shorter texts at a time.';
          return c.json({ error: { code: 'invalid-input', message, hint } }, 413);
        },
      }),
    );
    app.route(
      '/',
      createApi({
        conversation,
        store,
        sentiment,
        training,
        registry,
        ...(trust === undefined ? {} : { trust }),
        inspection,
        hub,
        feed,
        guard,
        isReady: () => server !== undefined,
      }),
    );
    app.get('*', (c, next) => {
      const file = files.get(c.req.path);
      if (!file) return next();
      c.header('ETag', file.etag);
      c.header('Cache-Control', 'no-cache');
      if (c.req.header('if-none-match') === file.etag) return Promise.resolve(c.body(null, 304));
      c.header('Content-Type', file.type);
      return Promise.resolve(c.body(file.body));
    });
    return app;
  }

  async function sendMessages(sent: readonly { id: string; event: 'message' | 'update' }[]): Promise<void> {
    const messages = await Promise.all(sent.map(({ id }) => store.messages.get(id)));
    const shown = messages.flatMap((message) => (message === null || message.text === null ? [] : [message]));
    for (const wire of await wireMessages(store, trust, shown)) {
      const of = sent.find(({ id }) => id === wire.id);
      if (of !== undefined) hub.send(of.event, wire);
    }
  }

  return {
    name: WEB_PLATFORM,

    get url() {
      const { host } = config;
      const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      const bracketed = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
      return `http://${bracketed}:${server?.port ?? config.port}`;
    },

    async start() {
      if (server) return;
      server = await listen(buildApp(await loadPageFiles()), config.host, config.port);
      detach = conversation.attach(this);
      if (!isLoopback(config.host)) {
        logger.info('the page is open to other machines, with the access token', { host: config.host });
      }
      // Messages acknowledged just before a crash are answered now; the page is already there meanwhile.
      conversation
        .resume({ ...WEB_CHANNEL, language: 'ko' })
        .catch((error: unknown) => logger.error('unanswered messages not read', { error }));
    },

    async stop() {
      const running = server;
      server = undefined;
      detach?.();
      feed.stop();
      hub.close();
      await running?.close();
    },

    async reply(_channelId, reply) {
      await sendMessages([
        { id: reply.inReplyTo, event: 'update' },
        { id: reply.id, event: 'message' },
      ]);
    },

    async reread(_channelId, { messageId, before, after }) {
      const message = await store.messages.get(messageId);
      hub.send('reread', {
        messageId,
        text: message?.text ?? null,
        before: wireReading(before.reading, before.modelVersion),
        after: wireReading(after.reading, after.modelVersion),
      });
      await sendMessages([{ id: messageId, event: 'update' }]);
    },

    unread(_channelId, messageId, error) {
      hub.send('unread', { messageId, error });
      return Promise.resolve();
    },
  };
}
