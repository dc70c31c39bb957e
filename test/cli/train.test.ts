// `train --cancel` and `train --decline` against a bot that answers as told.
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { expect, it, vi } from 'vitest';
import { registerTrain } from '../../src/cli/commands/train.js';
import type { CliContext } from '../../src/cli/context.js';
import type { BotApi } from '../../src/control/bot-api.js';

const RUN = { id: 'run-1', state: 'awaiting-confirmation', candidateVersion: 'nunchi-2' };

async function train(args: string[], training: object, calls: Partial<BotApi> = {}): Promise<string> {
  const stdout = new PassThrough();
  const context: CliContext = {
    config: () => {
      throw new Error('no settings are needed');
    },
    stdout,
    stderr: new PassThrough(),
    isTerminal: false,
  };
  const bot = { status: () => Promise.resolve({ training }), ...calls } as unknown as BotApi;
  const program = new Command().exitOverride();
  registerTrain((_context, use) => use(bot))(program, context);
  await program.parseAsync(['train', ...args], { from: 'user' });
  return String((stdout.read() as Buffer | null) ?? '');
}

it('ends a training that somebody else began, and says where there is none', async () => {
  const trainCancel = vi.fn(() => Promise.resolve(null));
  const under = { phase: 'training', run: { ...RUN, state: 'running' } };
  expect(await train(['--cancel'], under, { trainCancel })).toMatch(/^The training was ended/);
  expect(trainCancel).toHaveBeenCalledOnce();
  await expect(train(['--cancel'], { phase: 'idle', run: RUN }, { trainCancel })).rejects.toMatchObject({
    code: 'not-found',
  });
  expect(trainCancel).toHaveBeenCalledOnce();
});

it('declines the model that waits for a decision, and says where none does', async () => {
  const trainDecline = vi.fn(() => Promise.resolve({ ...RUN, state: 'kept' }) as never);
  expect(await train(['--decline'], { phase: 'idle', run: RUN }, { trainDecline })).toBe(
    'nunchi-2 stays out of use.\n',
  );
  expect(trainDecline).toHaveBeenCalledWith('run-1');
  await expect(
    train(['--decline'], { phase: 'idle', run: { ...RUN, state: 'kept' } }, { trainDecline }),
  ).rejects.toMatchObject({ code: 'not-found' });
});

it('does one thing at a time', async () => {
  await expect(train(['--cancel', '--decline'], { phase: 'idle', run: null })).rejects.toMatchObject({
    code: 'usage',
  });
});
