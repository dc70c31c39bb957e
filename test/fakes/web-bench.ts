// The web platform on a free port, over a real store in a temporary folder, with a fake model and fake training.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConversation, type Conversation } from '../../src/chat/conversation.js';
import { createModelInspection } from '../../src/learn/model-inspection.js';
import type { ModelRegistry } from '../../src/learn/model-registry.js';
import { createNightSchedule } from '../../src/learn/night-schedule.js';
import { createTrust } from '../../src/learn/trust/trust.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { openStore } from '../../src/store/open-store.js';
import type { JobRun } from '../../src/store/contracts/runs.js';
import type { Store } from '../../src/store/store.js';
import { createWebPlatform, type WebPlatform } from '../../bots/web/platform.js';
import { createFakeRegistry } from './registry.js';
import { createFakeSentiment, type FakeSentiment } from './sentiment.js';
import { createFakeTraining, type FakeTraining } from './training.js';

export interface WebBench {
  url: string;
  folder: string;
  store: Store;
  sentiment: FakeSentiment;
  training: FakeTraining;
  /** Newest first; a test adds to them. */
  nights: JobRun[];
  registry: ModelRegistry;
  conversation: Conversation;
  web: WebPlatform;
  /** A JSON request to the server; headers of the call win. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

export interface WebBenchConfig {
  host?: string;
  token?: string;
  /** A folder that an earlier bench left, to go on with. */
  folder?: string;
  keep?: boolean;
}

export async function openTestStore(folder: string): Promise<Store> {
  return openStore({ file: path.join(folder, 'nunchi.db'), keyFile: path.join(folder, 'key') });
}

export async function startWebBench(config: WebBenchConfig = {}): Promise<WebBench> {
  const folder = config.folder ?? (await mkdtemp(path.join(tmpdir(), 'nunchi-web-')));
  const store = await openTestStore(folder);
  const sentiment = createFakeSentiment();
  const { version, directory } = sentiment.model;
  if (!(await store.models.get(version))) {
    await store.models.register({ version, directory, parent: null, metrics: {} });
    await store.models.deploy(version, 'the first one');
  }
  const training = createFakeTraining(store);
  const registry = createFakeRegistry(store);
  const nights: JobRun[] = [];
  const trust = createTrust({ store, base: { version, directory } });
  const conversation = createConversation({ store, sentiment, training, trust, logger: SILENT_LOGGER });
  const web = createWebPlatform({
    config: { host: config.host ?? '127.0.0.1', port: 0, token: config.token },
    conversation,
    store,
    sentiment,
    training,
    night: {
      schedule: createNightSchedule('23 4 * * *', 'UTC'),
      status: (limit) => Promise.resolve({ schedule: null, needed: 5, nights: nights.slice(0, limit) }),
    },
    registry,
    trust,
    // The models of a fake have no files to compare.
    inspection: createModelInspection({ store, registry, home: folder, threads: 1, threshold: 0.5 }),
    logger: SILENT_LOGGER,
  });
  await web.start();
  return {
    url: web.url,
    folder,
    store,
    sentiment,
    training,
    nights,
    registry,
    conversation,
    web,
    post: (to, body, headers = {}) =>
      fetch(web.url + to, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (to, headers = {}) => fetch(web.url + to, { headers }),
    async stop() {
      await web.stop();
      await conversation.stop();
      await store.close();
      if (!config.keep) await rm(folder, { recursive: true, force: true });
    },
  };
}
