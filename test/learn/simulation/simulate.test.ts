// `simulate` as a person runs it, on a tiny model: the nights are the true ones, only the clock is not.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Simulation } from '../../../src/learn/simulation/simulate.js';
import { runNunchi } from '../../fixtures/bot-process.js';
import { makeTinyModel } from '../../fixtures/tiny-model.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

let folder: string;
let temporary: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-simulate-'));
  temporary = mkdtempSync(path.join(tmpdir(), 'nunchi-simulate-temporary-'));
  await makeTinyModel(path.join(folder, 'model'));
  const words = {
    positive: ['재미있어요', '최고예요', 'great', 'love', '감사합니다'],
    negative: ['지루하고', '재미없다', 'terrible', 'hate', '별로네요'],
    neutral: ['회의는', 'meeting', 'starts', 'three', '시에'],
  };
  const rows = Object.entries(words).flatMap(([label, some]) =>
    some.flatMap((a) => some.filter((b) => a !== b).map((b) => `${a} ${b}\t${label}`)),
  );
  writeFileSync(path.join(folder, 'stream.tsv'), `text\tlabel\n${rows.join('\n')}\n`);
  // Nights are what is tested, not how much of them.
  writeFileSync(path.join(folder, 'training.json'), '{"replay":{"own":150},"few":{"epochs":2}}');
  writeFileSync(path.join(folder, 'base.tsv'), 'text\tlabel\ngreat love\tpositive\nhate\tnegative\n');
});
afterAll(() => {
  for (const made of [folder, temporary]) rmSync(made, { recursive: true, force: true });
});

function run(...args: string[]) {
  const env = {
    NUNCHI_HOME: path.join(folder, 'home'),
    NUNCHI_MODEL: path.join(folder, 'model'),
    NUNCHI_TRAINING_THREADS: '1',
    NUNCHI_TRAINING_SETTINGS: path.join(folder, 'training.json'),
    TMPDIR: temporary,
  };
  return runNunchi(['simulate', ...args], env, folder);
}
const STREAM = ['--stream', 'stream.tsv', '--nights', '2', '--per-night', '8', '--base-test', 'base.tsv'];
async function simulate(...args: string[]): Promise<Simulation> {
  const { stdout, stderr, code } = await run(...STREAM, '--json', ...args);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Simulation;
}
/** Without what no two runs share. */
const lasting = ({ nights, ...rest }: Simulation) => ({
  ...rest,
  nights: nights.map(({ seconds: _s, ...night }) => night),
});

describe('simulate', () => {
  it('runs true nights: what the gate keeps does not come into use, and all earlier corrections are trained on again', async () => {
    const replay = await simulate('--seed', '3', '--every');
    expect(replay.policy).toBe('replay');
    expect(replay.seed).toBe(3);
    expect(replay.nights.map(({ night }) => night)).toEqual([1, 2]);
    expect(replay.nights.map(({ trained }) => trained.corrections)).toEqual([8, 16]);
    expect(replay.heldOut).toBe(60 - 16);
    for (const { stream, base, promoted, rule, seconds, version } of replay.nights) {
      expect(stream.accuracy).toBeGreaterThanOrEqual(0);
      expect(stream.macroF1).toBeLessThanOrEqual(1);
      expect(base).toBeDefined();
      expect(seconds).toBeGreaterThan(0);
      expect(rule).toBeDefined();
      expect(promoted).toBe(version !== 'nunchi-base' && promoted);
    }
    expect(replay.promotions).toBe(replay.nights.filter(({ promoted }) => promoted).length);
  });

  it('trains naively on from night to night, on that night alone, and nothing keeps its models back', async () => {
    const naive = await simulate('--policy', 'naive');
    expect(naive.nights.map(({ trained }) => trained.corrections)).toEqual([8, 8]);
    expect(naive.nights.map(({ trained }) => trained.replay)).toEqual([{}, {}]);
    expect(naive.nights.map(({ promoted, rule }) => [promoted, rule])).toEqual([
      [true, 'no-gate'],
      [true, 'no-gate'],
    ]);
    expect(new Set(naive.nights.map(({ version }) => version)).size).toBe(2);
  });

  it('trains the classifier alone where asked to, on what replay trains on', async () => {
    const head = await simulate('--policy', 'head-only', '--nights', '1');
    const [night] = head.nights;
    expect(head.policy).toBe('head-only');
    expect(night?.trained).toMatchObject({ corrections: 8 });
    expect(Object.values(night?.trained.replay ?? {}).some((rows) => rows > 0)).toBe(true);
    expect(night?.rule).not.toBe('no-gate');
  });

  it('trains jointly once on everything, the same for the same seed', async () => {
    const [joint, again] = await Promise.all([simulate('--policy', 'joint'), simulate('--policy', 'joint')]);
    expect(joint.nights).toHaveLength(1);
    expect(joint.nights[0]?.trained.corrections).toBe(16);
    expect(joint.nights[0]?.promoted).toBe(true);
    expect(lasting(again)).toEqual(lasting(joint));
  });

  it('trains nothing that is frozen, shows a table without --json, and leaves nothing behind', async () => {
    // Without a base test, which is said.
    const { stdout, stderr } = await run(...STREAM.slice(0, -2), '--policy', 'frozen');
    expect(stderr).toContain('forgetting is not measured');
    expect(stdout).toMatch(/^NIGHT +STREAM +MACRO F1 +TRAINED ON/);
    expect(stdout).toMatch(/forgotten +not measured/);
    expect(stdout).toMatch(/gain +0\.00 %/);
    expect(stdout).toMatch(/held out +44 texts/);
    expect(stderr).toMatch(/^night 1: frozen/m);
    expect(readdirSync(temporary).filter((name) => name.startsWith('nunchi-simulation-'))).toEqual([]);
  });

  it.each([
    [['--policy', 'magic'], 2, 'Allowed choices are replay, naive, joint, head-only, frozen'],
    [['--nights', '0'], 2, 'Expected a whole number of at least 1'],
    [['--per-night', '50'], 1, 'the stream has 60 different texts'],
    [['--per-night', '60'], 1, 'take fewer than 60 corrections a night'],
    [['--stream', 'nothing.tsv'], 1, 'nothing.tsv'],
    [['--replay-data', 'nothing.tsv'], 1, 'nothing.tsv'],
    [['--base', 'nowhere'], 1, 'nowhere'],
  ])('%j is refused with a reason', async (args, code, message) => {
    const ended = await run(...STREAM, ...args);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).toContain('hint: ');
  });
});
