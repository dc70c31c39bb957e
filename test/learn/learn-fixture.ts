// A real store in a folder of its own, with a fake serving side, a base model in use and a person who corrects.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openHome, type Home } from '../../src/home/home.js';
import type { Label } from '../../src/labels.js';
import { GATE_DEFAULTS } from '../../src/learn/gate.js';
import { createModelRegistry, type ModelRegistry } from '../../src/learn/model-registry.js';
import { startServing, type BaseModel } from '../../src/learn/start-model.js';
import {
  createTrainingService,
  type TrainingService,
  type TrainingServiceConfig,
} from '../../src/learn/training-service.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { openStore } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import type { StartTrainer } from '../../src/train/job.js';
import { createFakeServing, type FakeModel, type FakeServing } from '../fakes/serving.js';

export const BASE: FakeModel = { version: 'nunchi-base', read: () => 'neutral' };

export interface LearnFixture {
  home: Home;
  store: Store;
  serving: FakeServing;
  registry: ModelRegistry;
  base: BaseModel;
  /** Writes a message and its correction; gives the message's id. */
  correct(text: string, label: Label): Promise<string>;
  /** Registers a model as a run would have left it. */
  addModel(model: FakeModel, rows?: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function createLearnFixture(): Promise<LearnFixture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-learn-'));
  const home = openHome(path.join(folder, 'home'));
  const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile });
  const directory = path.join(folder, 'base');
  const models = new Map([[directory, BASE]]);
  const made = new Date('2026-02-01T00:00:00Z');
  const base: BaseModel = { version: BASE.version, directory, parent: null, metrics: {}, createdAt: made };
  const { sentiment } = await startServing({
    store,
    home: home.directory,
    base,
    startSentiment: (from) => Promise.resolve(createFakeServing(models, from)),
    logger: SILENT_LOGGER,
  });
  const serving = sentiment as FakeServing;
  const registry = createModelRegistry({
    store,
    serving,
    home: home.directory,
    baseVersion: BASE.version,
    logger: SILENT_LOGGER,
  });
  let messages = 0;
  return {
    home,
    store,
    serving,
    registry,
    base,
    async correct(text, label) {
      messages += 1;
      const where = { platform: 'web', communityId: 'local', channelId: 'page' };
      const message = await store.messages.add({
        ...where,
        externalId: String(messages),
        personId: 'operator',
        author: 'person',
        inReplyTo: null,
        text,
        trainable: true,
      });
      const event = { messageId: message.id, platform: 'web', personId: 'operator', moderator: true };
      await store.feedback.record({ ...event, emoji: '🔴', label, action: 'added' });
      return message.id;
    },
    async addModel(model, rows = []) {
      const from = path.join(home.modelsDirectory, `run-${model.version}`);
      mkdirSync(from, { recursive: true });
      models.set(from, model);
      await store.models.register({
        version: model.version,
        directory: path.relative(home.directory, from),
        parent: base.version,
        metrics: {},
        rows,
      });
      return from;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The training service over the fixture, as most tests want it: the base model knows the replay set, and the fake serving side
 * neither files nor behaviour.
 */
export function createFixtureTraining(
  { store, serving, registry, base, home }: LearnFixture,
  startTrainer: StartTrainer,
  change: Partial<TrainingServiceConfig> = {},
): TrainingService {
  return createTrainingService({
    store,
    sentiment: serving,
    registry,
    startTrainer,
    base,
    home: home.directory,
    modelsDirectory: home.modelsDirectory,
    loadReplay: () =>
      Promise.resolve({
        training: [{ text: 'known', label: 'neutral' as const }],
        heldOut: Array.from({ length: 20 }, (_, i) => ({ text: `kept ${i}`, label: 'neutral' as const })),
        hashes: { replay: 'a'.repeat(64) },
      }),
    gate: GATE_DEFAULTS,
    gateSources: {
      verify: () => Promise.resolve({ problem: null, bytes: 1, baseBytes: 1, int8: false }),
      loadBehaviour: () => Promise.resolve([]),
    },
    engine: 'auto',
    threads: 1,
    permissions: {},
    logger: SILENT_LOGGER,
    ...change,
  });
}
