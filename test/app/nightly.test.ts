// A night in one piece, every part real: corrections over HTTP, the scheduler's job, a trainer in its process, the command.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebPlatform } from '../../bots/web/platform.js';
import { createNightlyJob } from '../../jobs/nightly.js';
import { createApp, type App, type StartedApp } from '../../src/app.js';
import { createCommunitySettings } from '../../src/chat/settings.js';
import { registerNightly } from '../../src/cli/commands/nightly.js';
import { runCli } from '../../src/cli/main.js';
import { loadConfig } from '../../src/config.js';
import { openHome } from '../../src/home/home.js';
import type { NightPlan, NightStatus } from '../../src/learn/night.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { startTrainerWith } from '../../src/train/client.js';
import type { StartTrainer } from '../../src/train/job.js';
import { openStore } from '../../src/store/open-store.js';
import type { JobRun } from '../../src/store/contracts/runs.js';
import { startFakeOrigin } from '../fakes/origin.js';
import { createPostingPlatform } from '../fakes/posting-platform.js';
import { until } from '../fixtures/bot-process.js';
import { writeLenientGate } from '../fixtures/lenient-gate.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { createWebClient, type WebClient } from './web-client.js';

const PATIENCE_MS = 120_000;

let folder: string;
let app: App;
let started: StartedApp;
let web: WebClient;
let trainers: number[];
/** A model with random weights learns nothing at the gentle rates of a trained one. */
const eagerTrainer: StartTrainer = (job, onMessage) => {
  const handle = startTrainerWith(
    { priority: 0 },
    { ...job, learningRate: 5e-3, epochs: 8, threads: 1 },
    onMessage,
  );
  trainers.push(handle.pid);
  return handle;
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-nightly-'));
  trainers = [];
  await makeTinyModel(path.join(folder, 'model'));
  app = createApp(
    loadConfig({
      NUNCHI_HOME: path.join(folder, 'home'),
      NUNCHI_MODEL: path.join(folder, 'model'),
      NIGHTLY_MIN_CORRECTIONS: '2',
      NUNCHI_GATE_SETTINGS: writeLenientGate(folder),
      NUNCHI_REPLAY_FETCH: 'off',
      PORT: '0',
    }),
    {
      platforms: [createWebPlatform],
      jobs: [({ night, logger }) => ({ name: 'nightly', ...createNightlyJob({ night, logger }) })],
      startTrainer: eagerTrainer,
    },
    SILENT_LOGGER,
  );
  started = await app.start();
  web = createWebClient(String(started.address));
}, PATIENCE_MS);
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
}, PATIENCE_MS);

async function nightly(...args: string[]) {
  const output = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        output[name] += chunk.toString('utf8');
        done();
      },
    });
  const command = registerNightly((_context, action) => action(started.bot));
  const streams = { stdout: collect('stdout'), stderr: collect('stderr') };
  const code = await runCli(['nightly', ...args], [command], streams);
  return { code, ...output };
}
const json = <T>(text: string) => JSON.parse(text) as T;

async function correct(text: string): Promise<void> {
  const { id } = await web.send(`m${text.length}`, text);
  await until(async () => (await web.messages()).find((one) => one.id === id)?.reading, 'a reading');
  await web.correct(id, '🔴');
}

describe('a night by the command', () => {
  it('is shown before there was one, and says what it would do', async () => {
    const shown = await nightly();
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(
      /^The next night is at \d{4}-\d\d-\d\d 04:23 \("23 4 \* \* \*", .+\)\.\nThere was none yet\.\n$/,
    );
    const plan = await nightly('--dry-run');
    expect(plan.stdout).toMatch(/^A night would train nothing: it begins at 2 new corrections/);
    expect(plan.stdout).toMatch(/ {2}engine +auto\n/);
    expect((await nightly('--now', '--dry-run')).code).toBe(2);
  });

  it('trains nothing from too few corrections, and says so', async () => {
    await correct('이 영화 정말 재미있어요');
    const { code, stdout } = await nightly('--now');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Nothing was trained\. New corrections: 1; a night begins at 2 .*\n.*train\n$/);
    expect(trainers).toEqual([]);
  });

  it(
    'whose trainer is killed fails and says why, the model in use stays, and the next one starts clean',
    async () => {
      await correct('what a day');
      const { model } = await web.state();
      const failing = nightly('--now', '--json');
      process.kill(await until(() => trainers[0], 'the trainer', PATIENCE_MS), 'SIGKILL');
      const { code, stdout, stderr } = await failing;
      expect(code).toBe(1);
      expect(json<JobRun>(stdout)).toMatchObject({
        state: 'failed',
        corrections: 2,
        reason: expect.stringContaining('SIGKILL') as string,
      });
      expect(stderr).toMatch(/error: The night ended as failed: .*SIGKILL/);
      expect((await web.state()).model).toEqual(model);
      expect(json<NightPlan>((await nightly('--dry-run', '--json')).stdout)).toMatchObject({
        would: 'train',
        newCorrections: 2,
        trainedCorrections: 2,
        baseVersion: model.version,
      });
    },
    PATIENCE_MS,
  );

  it(
    'trains by itself to its end, shows its progress, and leaves nothing new to the next one',
    async () => {
      const { code, stdout, stderr } = await nightly('--now');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^What Nunchi already knew is kept within the margin[^]*model promote nunchi-\w+\nTo leave it .* train --decline\n$/,
      );
      // So small a training may be over before its first step is asked for.
      expect(stderr).toMatch(/^training(: step \d+\/\d+, loss.*)?$/m);
      const { nights } = json<NightStatus>((await nightly('--json')).stdout);
      expect(nights.map(({ state }) => state)).toEqual([
        'awaiting-confirmation',
        'failed',
        'not-enough-data',
      ]);
      const { training } = await web.state();
      expect(training.run).toMatchObject({
        id: nights[0]?.trainingRunId,
        trigger: 'command',
        corrections: 2,
      });
      expect((await nightly('--now')).stdout).toMatch(/New corrections: 0; /);
    },
    PATIENCE_MS,
  );
});

describe('a night that was missed', () => {
  const nothing = () => Promise.resolve();

  it(
    'fetches the data sets that it replays from, and trains with what it has of them',
    async () => {
      const origin = await startFakeOrigin();
      const env = {
        NUNCHI_HOME: path.join(folder, 'fetching'),
        NUNCHI_MODEL: path.join(folder, 'model'),
        NUNCHI_DATA: path.join(folder, 'no data yet'),
        NUNCHI_DATA_ORIGIN: origin.url,
        NIGHTLY_MIN_CORRECTIONS: '1',
        NUNCHI_GATE_SETTINGS: writeLenientGate(folder),
      };
      const home = openHome(env.NUNCHI_HOME);
      const daysAgo = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);
      const before = await openStore({ file: home.databaseFile, keyFile: home.keyFile, now: () => daysAgo });
      const place = { platform: 'web', communityId: 'local', channelId: 'page', externalId: '1' };
      const who = { personId: 'operator', author: 'person', inReplyTo: null, trainable: true } as const;
      const { id } = await before.messages.add({ ...place, ...who, text: 'what a day' });
      await before.feedback.record({
        ...{ messageId: id, platform: 'web', personId: 'operator', moderator: true },
        ...{ emoji: '🔴', label: 'negative', action: 'added' },
      });
      await before.close();
      const fetching = createApp(
        loadConfig(env),
        {
          platforms: [],
          jobs: [({ night, logger }) => ({ name: 'nightly', ...createNightlyJob({ night, logger }) })],
          startTrainer: eagerTrainer,
        },
        SILENT_LOGGER,
      );
      const { bot } = await fetching.start();
      const ended = await until(
        async () => (await bot.nightStatus()).nights.find((night) => night.endedAt !== null),
        'the night',
        PATIENCE_MS,
      );
      await fetching.stop();
      await origin.close();
      // None of them can be had here: the night goes without.
      expect(origin.requests.some((asked) => asked.includes('nsmc'))).toBe(true);
      expect(ended).toMatchObject({ state: 'awaiting-confirmation', corrections: 1 });
    },
    PATIENCE_MS,
  );

  it('is caught up when Nunchi starts, and what came of it is told where news are wanted', async () => {
    const env = { NUNCHI_HOME: path.join(folder, 'missed'), NUNCHI_MODEL: path.join(folder, 'model') };
    const home = openHome(env.NUNCHI_HOME);
    const daysAgo = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);
    const before = await openStore({ file: home.databaseFile, keyFile: home.keyFile, now: () => daysAgo });
    await createCommunitySettings(before.settings).change('slack', 'T1', {
      newsChannel: 'C1',
      language: 'en',
    });
    await before.close();
    const again = createApp(
      loadConfig(env),
      {
        platforms: [
          ({ store }) => ({
            ...createPostingPlatform(store),
            start: nothing,
            stop: nothing,
            reply: nothing,
            reread: nothing,
            unread: nothing,
          }),
        ],
        jobs: [({ night, logger }) => ({ name: 'nightly', ...createNightlyJob({ night, logger }) })],
      },
      SILENT_LOGGER,
    );
    const { bot, services } = await again.start();
    const [night, ...others] = await until(async () => {
      const { nights } = await bot.nightStatus();
      return nights[0]?.endedAt == null ? null : nights;
    }, 'the night');
    const posts = await createPostingPlatform(services.store).posts();
    await again.stop();
    expect(others).toEqual([]);
    expect(night).toMatchObject({ state: 'not-enough-data', corrections: 0, attempts: 1 });
    expect(posts).toMatchObject([
      {
        key: `night:${night?.slot}:C1`,
        text: 'I did not train last night: there were 0 new corrections, and I begin at 5.',
      },
    ]);
  });
});
