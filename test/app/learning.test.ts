// The main job in one piece, every part real: chat over HTTP, correct, train in a child, confirm, be read anew, stop.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireReading, WireRun } from '../../bots/web/page/wire.js';
import { createWebPlatform } from '../../bots/web/platform.js';
import { createApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { startTrainerWith } from '../../src/train/client.js';
import type { StartTrainer } from '../../src/train/job.js';
import { isRunning, until } from '../fixtures/bot-process.js';
import { writeLenientGate } from '../fixtures/lenient-gate.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { createWebClient, type WebClient } from './web-client.js';

const PATIENCE_MS = 120_000;

let folder: string;
let app: App;
let web: WebClient;
let trainers: number[];
/** A model with random weights learns nothing at the gentle rates of a trained one. */
const eagerTrainer: StartTrainer = (job, onMessage) => {
  const settings = { learningRate: 5e-3, epochs: 8, threads: 1 };
  // At normal priority, so that the other tests of a busy machine do not starve it.
  const handle = startTrainerWith({ priority: 0 }, { ...job, ...settings }, onMessage);
  trainers.push(handle.pid);
  return handle;
};

async function start(): Promise<void> {
  const home = path.join(folder, 'home');
  const env = {
    NUNCHI_HOME: home,
    NUNCHI_MODEL: path.join(folder, 'model'),
    NUNCHI_GATE_SETTINGS: writeLenientGate(folder),
    PORT: '0',
  };
  const parts = { platforms: [createWebPlatform], jobs: [], startTrainer: eagerTrainer };
  app = createApp(loadConfig(env), parts, SILENT_LOGGER);
  const { address } = await app.start();
  web = createWebClient(String(address));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-app-'));
  trainers = [];
  await makeTinyModel(path.join(folder, 'model'));
  await start();
}, PATIENCE_MS);
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
}, PATIENCE_MS);

const find = async (id: string) => (await web.messages()).find((message) => message.id === id);
const readingOf = (id: string): Promise<WireReading> =>
  until(async () => (await find(id))?.reading, 'a reading');
const endedRun = (): Promise<WireRun> =>
  until(
    async () => {
      const { training } = await web.state();
      return training.phase === 'idle' && training.run?.state !== 'running' ? training.run : null;
    },
    'the end of the run',
    PATIENCE_MS,
  );
const EMOJI = { negative: '🔴', neutral: '⚪', positive: '🟢' } as const;

describe('Nunchi', () => {
  let messageId: string;
  let before: WireReading;
  let corrected: keyof typeof EMOJI;

  it('answers a message and takes a correction', async () => {
    ({ id: messageId } = await web.send('m1', '이 영화 정말 재미있어요'));
    before = await readingOf(messageId);
    corrected = before.label === 'positive' ? 'negative' : 'positive';
    const result = await web.correct(messageId, EMOJI[corrected]);
    expect(result.outcome).toBe('learned-as-label');
    expect((await web.state()).training.pendingCorrections).toBe(1);
  });

  it(
    'says why a killed trainer made no model, and serves on',
    async () => {
      await web.post('/api/training/start');
      const pid = await until(() => trainers[0], 'the trainer', PATIENCE_MS);
      process.kill(pid, 'SIGKILL');
      const run = await endedRun();
      expect(run.state).toBe('failed');
      expect(run.reason).toMatch(/SIGKILL/);
      expect((await web.state()).model.version).toBe(before.modelVersion);
      expect(await readingOf((await web.send('m2', 'what a day')).id)).toHaveProperty('label');
    },
    PATIENCE_MS,
  );

  it(
    'trains, asks, swaps on confirmation, and reads the corrected message anew',
    async () => {
      await web.post('/api/training/start');
      const run = await endedRun();
      expect(run).toMatchObject({ state: 'awaiting-confirmation', corrections: 1 });
      expect(run.verdict?.en).toContain('What Nunchi already knew is kept within the margin');
      expect((await web.state()).model.version).toBe(before.modelVersion);
      const confirmed = await web.post('/api/training/confirm', { runId: run.id });
      expect(confirmed.status).toBe(200);
      const { model, training } = await web.state();
      expect(model.version).toBe(run.candidateVersion);
      expect(training.pendingCorrections).toBe(0);
      const after = await until(async () => {
        const reading = (await find(messageId))?.reading;
        return reading?.modelVersion === run.candidateVersion ? reading : null;
      }, 'the new reading');
      expect(after.label).toBe(corrected);
      expect((await find(messageId))?.earlier).toMatchObject({ label: before.label });
    },
    PATIENCE_MS,
  );

  it(
    'remembers everything after a restart, and rolls back',
    async () => {
      const { model } = await web.state();
      const history = (await web.messages()).map(({ id, text }) => ({ id, text }));
      await app.stop();
      await start();
      expect((await web.state()).model.version).toBe(model.version);
      expect((await web.messages()).map(({ id, text }) => ({ id, text }))).toEqual(history);
      expect((await web.post('/api/models/rollback')).status).toBe(200);
      expect((await web.state()).model.version).toBe(before.modelVersion);
    },
    PATIENCE_MS,
  );

  it('leaves no process behind when it stops, and stops twice', async () => {
    const { services } = await app.start();
    const { pid } = services.sentiment.model;
    expect(isRunning(pid)).toBe(true);
    await app.stop();
    await app.stop();
    expect([pid, ...trainers].filter(isRunning)).toEqual([]);
  });
});
