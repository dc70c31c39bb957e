// `model` commands against a bot that answers as told: what they print, what they ask first, what they refuse.
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { expect, it, vi } from 'vitest';
import { registerModel } from '../../src/cli/commands/model.js';
import type { CliContext } from '../../src/cli/context.js';
import type { BotApi } from '../../src/control/bot-api.js';

const TIME = '2026-03-01T12:00:00.000Z';
const DEPLOYMENT = {
  version: 'nunchi-2',
  previousVersion: 'nunchi-1',
  kind: 'promotion' as const,
  reason: 'better',
  createdAt: TIME,
};
const details = (version: string, rows: number) => ({
  version,
  directory: `models/${version}`,
  parent: null,
  createdAt: TIME,
  metrics: { accuracy: 0.875 },
  taintedAt: null,
  purgedAt: null,
  purgeReason: null,
  aliases: [],
  lineage: [version, 'nunchi-0'],
  rows,
  receipts: { kept: 2, gained: 3, unsure: 4, lost: 1 },
  verdict: { en: 'It is better.', ko: '더 나아요.' },
  deployments: [DEPLOYMENT],
});

async function run(args: string[], bot: Partial<BotApi>, answer?: string) {
  let output = '';
  const stdout = new PassThrough();
  stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const stdin = new PassThrough() as PassThrough & { isTTY?: boolean };
  if (answer !== undefined) {
    stdin.isTTY = true;
    stdin.end(`${answer}\n`);
  }
  const context: CliContext = {
    config: () => {
      throw new Error('no settings are needed');
    },
    stdin,
    stdout,
    stderr: new PassThrough(),
    isTerminal: answer !== undefined,
  };
  const program = new Command().exitOverride();
  registerModel((_context, action) => action(bot as BotApi))(program, context);
  await program.parseAsync(['model', ...args], { from: 'user' });
  return output;
}

it.each([
  [['promote', 'nunchi-2'], 'modelPromote'],
  [['rollback'], 'modelRollback'],
] as const)('%j asks first, on a terminal or by --yes', async (args, call) => {
  const change = vi.fn(() => Promise.resolve(DEPLOYMENT));
  const bot = { [call]: change };
  await expect(run([...args], bot)).rejects.toMatchObject({ code: 'usage' });
  expect(await run([...args], bot, 'no')).toBe('Nothing was changed.\n');
  expect(await run([...args], bot, '')).toBe('Nothing was changed.\n');
  expect(change).not.toHaveBeenCalled();
  expect(await run([...args], bot, 'y')).toBe('nunchi-2 is in use (before: nunchi-1)\n');
  expect(await run([...args, '--yes'], bot)).toContain('nunchi-2 is in use');
  expect(change).toHaveBeenCalledTimes(2);
});

it('says which model was in use when', async () => {
  const modelHistory = () => Promise.resolve([{ ...DEPLOYMENT, until: null }]);
  expect(await run(['history'], { modelHistory })).toMatch(
    /2026-03-01 12:00 +now +nunchi-2 +promotion +better/,
  );
  const modelAt = vi.fn(() => Promise.resolve(DEPLOYMENT));
  expect(await run(['history', '--at', '2026-03-02T14:00Z'], { modelAt })).toContain(
    'nunchi-2, in use since',
  );
  expect(modelAt).toHaveBeenCalledWith('2026-03-02T14:00:00.000Z');
  await expect(run(['history', '--at', 'yesterday'], {})).rejects.toMatchObject({ code: 'usage' });
});

it('shows a model with its lineage, receipts and deployments', async () => {
  const output = await run(['show', 'nunchi-2'], {
    modelShow: () => Promise.resolve(details('nunchi-2', 7)),
  });
  expect(output).toContain('nunchi-2 < nunchi-0');
  expect(output).toContain('7 trained on');
  expect(output).toContain(
    '3 read rightly for the first time, 2 as before, 4 not surely any more, 1 wrongly again',
  );
  expect(output).toContain(`${TIME}  promotion  better`);
});

it('prints two models side by side', async () => {
  const files = {
    settings: { learningRate: { before: 1e-5, after: 2e-5 } },
    data: {},
    rows: { before: 7, after: 9 },
    layers: [{ layer: 'layer 0', l2: 1.5, relative: 0.25 }],
    behaviour: {
      n: 600,
      passedBefore: 500,
      passedAfter: 510,
      changed: [
        {
          capability: 'negation',
          language: 'ko',
          text: '나쁘지 않네',
          expected: ['positive' as const],
          before: 'negative' as const,
          after: 'positive' as const,
        },
      ],
    },
  };
  const difference = {
    before: details('nunchi-1', 7),
    after: details('nunchi-2', 9),
    commonAncestor: 'nunchi-0',
    receipts: { onlyBefore: ['a'], onlyAfter: ['b', 'c'] },
    files,
  };
  const modelDiff = vi.fn(() => Promise.resolve(difference));
  const output = await run(['diff', 'nunchi-1', 'nunchi-2'], { modelDiff });
  expect(modelDiff).toHaveBeenCalledWith('nunchi-1 nunchi-2');
  for (const line of [
    /both come from nunchi-0/,
    /only one of them: 1 before, 2 after/,
    /learningRate +0\.00001 → 0\.00002/,
    /data: the same/,
    /layer 0 +1\.5000 +25\.00 %/,
    /500 of 600 passed before, 510 after; 1 read differently/,
    /negation +negative → positive +나쁘지 않네/,
  ]) {
    expect(output).toMatch(line);
  }
  const gone = { ...difference, files: null };
  expect(await run(['diff', 'a', 'b'], { modelDiff: () => Promise.resolve(gone) })).toContain('were removed');
});

it('answers whether a row was learned, and what became of deletions', async () => {
  const answer = {
    version: 'nunchi-2',
    messageId: 'x',
    known: true,
    contains: false,
    rows: 7,
    source: 'manifest' as const,
  };
  expect(await run(['contains', 'nunchi-2', 'x'], { modelContains: () => Promise.resolve(answer) })).toBe(
    'no: it is not among the 7 corrections that nunchi-2 was trained on (by its manifest)\n',
  );
  const slip = { ...answer, messageId: 'y', known: false };
  expect(await run(['contains', 'nunchi-2', 'y'], { modelContains: () => Promise.resolve(slip) })).toContain(
    'No message of the id y is known',
  );
  const deletion = { messageId: 'x', requestedAt: TIME, dueAt: TIME, doneAt: null, doneVersion: null };
  expect(await run(['deletions'], { modelDeletions: () => Promise.resolve([deletion]) })).toMatch(
    /not yet +- +x/,
  );
  expect(await run(['deletions'], { modelDeletions: () => Promise.resolve([]) })).toContain('Nothing');
});
