// Commands as real processes: exit codes, errors on standard error, one JSON document and nothing else on standard output.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../bots/commands.js';
import { runCli } from '../../src/cli/main.js';
import { loadConfig } from '../../src/config.js';
import { examine } from '../../src/doctor/examine.js';
import { openHome } from '../../src/home/home.js';
import { openStore } from '../../src/store/open-store.js';
import { runNunchi } from '../fixtures/bot-process.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

// Each test starts processes, which a busy machine does slowly.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-cli-'));
  await makeTinyModel(path.join(folder, 'model'));
  env = { NUNCHI_HOME: path.join(folder, 'home'), NUNCHI_MODEL: path.join(folder, 'model'), PORT: '0' };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runNunchi(args, env, folder);

/** The same commands without a process, for what never gets as far as opening anything. */
async function runHere(...args: string[]) {
  const output = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        output[name] += chunk.toString('utf8');
        done();
      },
    });
  const code = await runCli(args, COMMANDS, { stdout: collect('stdout'), stderr: collect('stderr') });
  return { code, ...output };
}
const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('wrong use', () => {
  it.each([
    [['nonsense'], 'unknown command'],
    [['model', 'show'], 'missing required argument'],
    [['model', 'diff', 'one'], 'missing required argument'],
    // Where nobody can be asked, a change for everybody has to be meant.
    [['model', 'rollback'], 'wants to be confirmed'],
    [['model', 'promote', 'nunchi-1a2b3c4d'], 'wants to be confirmed'],
    [['start', '--fast'], 'unknown option'],
  ])('%j exits with 2 and helps on standard error', async (args, message) => {
    const { code, stdout, stderr } = await runHere(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`^error: .*${message}`));
    expect(stderr).toContain('hint: ');
  });

  it('no command at all exits with 2 and prints the help on standard error', async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: nunchi');
  });
});

describe('help', () => {
  it('names every command, and each one shows an example', async () => {
    const { code, stdout } = await runHere('--help');
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+)\b/gm)].map((match) => String(match[1]));
    expect(names).toEqual(expect.arrayContaining(['start', 'model', 'train', 'doctor', 'finetune']));
    const helps = await Promise.all(
      names.filter((name) => name !== 'help').map((name) => runHere(name, '--help')),
    );
    for (const help of helps) {
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout).toMatch(/Examples?:\n +\S/);
    }
  });
});

describe('model', () => {
  it('list --json prints one document and nothing else, also with all logs on', async () => {
    const loud = { ...env, NUNCHI_LOG_LEVEL: 'trace' };
    const { code, stdout, stderr } = await runNunchi(['model', 'list', '--json'], loud, folder);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(parse(stdout)).toMatchObject({ models: [{ aliases: ['champion'] }] });
    expect(stderr).toContain('"msg"');
  });

  it('errors go to standard error with a hint, exit code 1', async () => {
    const { code, stdout, stderr } = await run('model', 'show', 'nunchi-none', '--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: There is no model "nunchi-none"\nhint: ');
  });
});

describe('nightly', () => {
  it('runs a night without a running bot, and the next command shows it', async () => {
    const { code, stdout } = await run('nightly', '--now', '--json');
    expect(code).toBe(0);
    const night = parse(stdout);
    expect(night).toMatchObject({ state: 'not-enough-data', corrections: 0 });
    const off = { ...env, NIGHTLY_CRON: 'off' };
    const shown = await runNunchi(['nightly'], off, folder);
    expect(shown.stdout).toMatch(/^Nights are switched off \(NIGHTLY_CRON=off\)\.\n[^]*not-enough-data/);
  });
});

describe('doctor', () => {
  it('finds a working machine, trying engines for real', async () => {
    const { code, stdout } = await run('doctor', '--json');
    const report = parse(stdout) as { ok: boolean; findings: { name: string; state: string }[] };
    expect(report.findings.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(code).toBe(0);
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        name: 'training: onnxruntime-cpu',
        state: 'ok',
        detail: expect.stringMatching(
          /^agrees with the reference .* ms a step .*NUNCHI_ENGINE=auto$/,
        ) as string,
      }),
    );
  });

  it('says what is misconfigured and how to mend it, exit code 1', async () => {
    const wrong = { ...env, NUNCHI_MODEL: path.join(folder, 'nowhere') };
    const { code, stdout, stderr } = await runNunchi(['doctor'], wrong, folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/PROBLEM {2}base model .*there is no model here/);
    expect(stdout).toContain('NUNCHI_MODEL must name a model directory');
    expect(stderr).toMatch(/^error: 1 of \d+ findings/);
  });
});

describe('settings and home', () => {
  it('a wrong setting is named, also from .env', async () => {
    const cwd = mkdtempSync(path.join(folder, 'cwd-'));
    writeFileSync(path.join(cwd, '.env'), 'NUNCHI_THRESHOLD=high\nNUNCHI_TRESHOLD=1\n');
    const { code, stderr } = await runNunchi(['start'], env, cwd);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: NUNCHI_THRESHOLD: expected a number from 0 to 1 \(got "high"\)\nhint: /);
  });

  it('a database of a newer version is refused', async () => {
    const home = openHome(path.join(folder, 'newer'));
    const migrations = mkdtempSync(path.join(folder, 'migrations-'));
    const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile });
    await store.close();
    const { default: Database } = await import('better-sqlite3');
    const database = new Database(home.databaseFile);
    database
      .prepare(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "applied_steps_count")
         VALUES ('x', 'y', 1, '99990101000000_future', 1)`,
      )
      .run();
    database.close();
    const newer = { ...env, NUNCHI_HOME: home.directory };
    const start = await runNunchi(['start'], newer, migrations);
    expect(start.code).toBe(1);
    expect(start.stderr).toMatch(/error: .*newer/);
    const findings = await examine(() => loadConfig(newer));
    expect(findings).toContainEqual(
      expect.objectContaining({
        name: 'database',
        state: 'problem',
        detail: expect.stringContaining('newer version') as string,
      }),
    );
  });

  it('a home that cannot be made is refused', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const blocked = { ...env, NUNCHI_HOME: path.join(folder, 'file', 'home') };
    const { code, stdout, stderr } = await runNunchi(['start'], blocked, folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*\nhint: .*NUNCHI_HOME/);
  });
});
