// The built program, killed: nothing acknowledged is lost, no process is left, and the next start says what happened.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTERRUPTED } from '../../src/learn/recovery.js';
import {
  childrenOf,
  isRunning,
  runNunchi,
  spawnNunchi,
  until,
  type BotProcess,
} from '../fixtures/bot-process.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { createWebClient } from './web-client.js';

const PATIENCE_MS = 120_000;

let folder: string;
let env: Record<string, string>;
let bot: BotProcess;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-crash-'));
  await makeTinyModel(path.join(folder, 'model'));
  env = { NUNCHI_HOME: path.join(folder, 'home'), NUNCHI_MODEL: path.join(folder, 'model'), PORT: '0' };
  env['NIGHTLY_MIN_CORRECTIONS'] = '1';
  env['NUNCHI_REPLAY_FETCH'] = 'off';
});
afterAll(async () => {
  bot.process.kill('SIGKILL');
  await bot.exited;
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  bot = spawnNunchi(['start'], env, folder);
  return createWebClient(await bot.address);
}

async function kill(): Promise<void> {
  const children = childrenOf(bot.pid);
  expect(children.length).toBeGreaterThan(0);
  bot.process.kill('SIGKILL');
  await bot.exited;
  await until(() => children.every((pid) => !isRunning(pid)), 'the end of every child');
}

// Finding a process's children needs /proc.
describe.skipIf(process.platform !== 'linux')('killed with SIGKILL', () => {
  it(
    'right after acknowledging messages, it has them and answers them after the start',
    async () => {
      const web = await start();
      const sent = await Promise.all(
        Array.from({ length: 8 }, (_, i) => web.send(`m${i}`, `오늘 회의는 ${i} 시에 시작합니다`)),
      );
      await kill();
      const again = await start();
      const kept = new Set((await again.messages()).map((message) => message.id));
      expect(sent.filter(({ id }) => !kept.has(id))).toEqual([]);
      await until(async () => {
        const messages = await again.messages();
        return sent.every(({ id }) => messages.some((message) => message.inReplyTo === id));
      }, 'an answer to every message');
    },
    PATIENCE_MS,
  );

  it(
    'while training, it keeps the correction and says that the run was interrupted',
    async () => {
      const web = createWebClient(await bot.address);
      const [message] = await web.messages();
      const corrected = await web.correct(String(message?.id), '🔴');
      expect(corrected.outcome).toBe('learned-as-label');
      const children = childrenOf(bot.pid);
      expect((await web.post('/api/training/start')).status).toBe(202);
      await until(
        () => childrenOf(bot.pid).some((pid) => !children.includes(pid)),
        'the trainer',
        PATIENCE_MS,
      );
      const version = (await web.state()).model.version;
      await kill();
      const again = await start();
      const state = await again.state();
      expect(state.training.run).toMatchObject({ state: 'failed', reason: INTERRUPTED });
      expect(state.training.pendingCorrections).toBe(1);
      expect(state.model.version).toBe(version);
    },
    PATIENCE_MS,
  );
});

describe.skipIf(process.platform !== 'linux')('killed with SIGKILL during a night', () => {
  it(
    'it keeps the model in use, says of the training that it was interrupted, and would train again',
    async () => {
      const web = createWebClient(await bot.address);
      const { model } = await web.state();
      const children = childrenOf(bot.pid);
      const command = runNunchi(['nightly', '--now'], env, folder);
      await until(
        () => childrenOf(bot.pid).some((pid) => !children.includes(pid)),
        'the trainer',
        PATIENCE_MS,
      );
      await kill();
      expect(await command).toMatchObject({ code: 1, stdout: '' });
      const again = await start();
      const { training, ...state } = await again.state();
      expect(state.model.version).toBe(model.version);
      expect(training.run).toMatchObject({ trigger: 'command', state: 'failed', reason: INTERRUPTED });
      const shown = await runNunchi(['nightly', '--json'], env, folder);
      const { nights } = JSON.parse(shown.stdout) as { nights: Record<string, unknown>[] };
      // Nobody takes it up before its lease has run out.
      expect(nights).toMatchObject([{ state: 'running', endedAt: null, attempts: 1, corrections: 1 }]);
      const plan = await runNunchi(['nightly', '--dry-run', '--json'], env, folder);
      expect(JSON.parse(plan.stdout)).toMatchObject({ would: 'train', newCorrections: 1 });
    },
    PATIENCE_MS,
  );
});

describe('while it runs', () => {
  it(
    'commands reach it, a second start on the same home or port is refused, and SIGTERM ends it',
    async () => {
      const { address } = bot;
      const { version } = (await createWebClient(await address).state()).model;
      const list = await runNunchi(['model', 'list', '--json'], env, folder);
      expect(JSON.parse(list.stdout)).toMatchObject({ models: [{ version, aliases: ['champion'] }] });
      const same = await runNunchi(['start'], env, folder);
      expect(same).toMatchObject({ code: 1, stdout: '' });
      expect(same.stderr).toContain(`in use by process ${bot.pid}`);
      bot.process.kill('SIGTERM');
      expect(await bot.exited).toMatchObject({ code: 0, signal: null });
    },
    PATIENCE_MS,
  );

  it(
    'a port in use is named, and nothing is left running',
    async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const port = String((other.address() as { port: number }).port);
      const { code, stdout, stderr } = await runNunchi(['start'], { ...env, PORT: port }, folder);
      other.close();
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`error: Port ${port} .*in use.*\nhint: .*PORT`));
    },
    PATIENCE_MS,
  );
});
