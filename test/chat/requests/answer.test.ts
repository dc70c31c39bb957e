// Who may ask what, in which language it is answered, and what is said where it cannot be.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IncomingMessage } from '../../../src/chat/platform.js';
import type { RequestHandlers } from '../../../src/chat/requests/handler.js';
import { NunchiError } from '../../../src/errors.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import { HANGUL, MODERATOR, SOMEBODY, startRequestBench, type Asked, type RequestBench } from './bench.js';

const DONE = 'done';
const done = () => Promise.resolve({ text: DONE, private: true });
const HANDLERS: Partial<RequestHandlers> = { report: done, model: done, settings: done, privacy: done };

let bench: RequestBench;
beforeEach(async () => {
  bench = await startRequestBench({ handlers: HANDLERS, buttons: { model: done, privacy: done } });
});
afterEach(() => bench.stop());

const MESSAGE: IncomingMessage = {
  ...{ platform: 'fake', communityId: 'home', channelId: 'room', messageId: '1', authorId: 'kim' },
  ...{ text: 'positive', language: 'en' as const, addressed: false, trainable: true },
};
const REPORT = { type: 'report', unit: 'day', scope: 'channel' } as const;
const DIALOG = { type: 'dialog', dialogId: 'correct:x', label: 'positive' } as const;
const EVERYBODYS: Asked[] = [
  { type: 'help' },
  { type: 'check', text: 'positive' },
  { type: 'read', message: MESSAGE },
  { type: 'why', message: MESSAGE },
  { type: 'why', message: null },
  { type: 'correct', message: MESSAGE },
  { ...REPORT, share: false },
  { type: 'model', action: 'status' },
  { type: 'model', action: 'history' },
  { type: 'settings', change: null },
  { type: 'privacy', action: 'show' },
  { type: 'privacy', action: 'delete' },
  { type: 'button', buttonId: 'ask:x:positive' },
  { type: 'button', buttonId: 'privacy:delete' },
  { ...DIALOG, text: null },
  { ...DIALOG, text: ' \n' },
];
const MODERATORS: Asked[] = [
  { type: 'queue' },
  { ...REPORT, share: true },
  { type: 'model', action: 'rollback' },
  { type: 'model', action: 'train' },
  { type: 'settings', change: { mode: 'react' } },
  { type: 'button', buttonId: 'queue:skip:1' },
  { type: 'button', buttonId: 'model:rollback:1' },
  { ...DIALOG, text: 'an example' },
];
const TABLE: [string, Asked, boolean][] = [
  ...EVERYBODYS.map((asked): [string, Asked, boolean] => [JSON.stringify(asked), asked, true]),
  ...MODERATORS.map((asked): [string, Asked, boolean] => [JSON.stringify(asked), asked, false]),
];

describe('permissions', () => {
  it.each(TABLE)('%s', async (_name, asked, everybody) => {
    const said = await bench.ask(asked);
    expect(/^Only moderators/u.test(said.text)).toBe(!everybody);
    expect(said.private).toBe(true);
    const moderators = await bench.ask({ ...asked, person: MODERATOR });
    expect(moderators.text).not.toMatch(/^Only moderators/u);
  });

  it('go by the roles that the community has set', async () => {
    const person = { ...SOMEBODY, roleIds: ['R1'] };
    expect((await bench.ask({ type: 'queue', person })).text).toMatch(/^Only moderators/u);
    await bench.settings.change('fake', 'home', { moderatorRoles: ['R1'] });
    expect((await bench.ask({ type: 'queue', person })).text).toContain('nothing to review');
    expect((await bench.ask({ type: 'queue', person, communityId: 'away' })).text).toMatch(
      /^Only moderators/u,
    );
  });

  it('keep what is refused from being done', async () => {
    const model = vi.fn(done);
    const answer = bench.requests({ handlers: { model } });
    await answer(bench.full({ type: 'model', action: 'train' }));
    expect(model).not.toHaveBeenCalled();
  });
});

describe('the language', () => {
  it.each([
    ['auto', 'ko', true],
    ['auto', 'en', false],
    ['ko', 'en', true],
    ['en', 'ko', false],
  ] as const)('set to %s for a person with %s', async (set, language, korean) => {
    await bench.settings.change('fake', 'home', { language: set });
    for (const asked of [{ type: 'help' }, { type: 'queue' }, { type: 'why', message: null }] as const) {
      expect(HANGUL.test((await bench.ask({ ...asked, language })).text)).toBe(korean);
    }
  });
});

describe('help', () => {
  it('tells moderators what they can do besides', async () => {
    const [others, moderators] = [
      await bench.ask({ type: 'help' }),
      await bench.ask({ type: 'help', person: MODERATOR }),
    ];
    expect(others.text).toContain('privacy');
    expect(others.text).not.toContain('queue');
    expect(moderators.text).toContain('queue');
  });
});

describe('what goes wrong', () => {
  const failing = (error: unknown) => ({
    handlers: { privacy: vi.fn<RequestHandlers['privacy']>().mockRejectedValue(error) },
  });
  const PRIVACY = { type: 'privacy', action: 'show' } as const;

  it.each([
    [new NunchiError('busy', 'x'), /try again in a moment/u],
    [new NunchiError('training-running', 'x'), /under way/u],
    [new NunchiError('invalid-input', 'threshold: expected a number'), /threshold: expected a number/u],
    [new NunchiError('forbidden', 'x'), /^Only moderators/u],
  ])('%s is said and no fault', async (error, expected) => {
    const log = vi.fn();
    const answer = bench.requests({ ...failing(error), logger: { ...SILENT_LOGGER, error: log } });
    expect(await answer(bench.full(PRIVACY))).toEqual({
      text: expect.stringMatching(expected) as string,
      private: true,
    });
    expect((await answer(bench.full({ ...PRIVACY, language: 'ko' }))).text).toMatch(HANGUL);
    expect(log).not.toHaveBeenCalled();
  });

  it.each([
    new TypeError('"a secret" is not a function'),
    new NunchiError('disk-full', 'a secret'),
    'a secret',
  ])('%s is a fault: answered all the same, and logged by its code alone', async (error) => {
    const log = vi.fn();
    const answer = bench.requests({ ...failing(error), logger: { ...SILENT_LOGGER, error: log } });
    const said = await answer(bench.full({ ...PRIVACY, language: 'ko' }));
    expect(said.text).toMatch(/문제가 생겨서/u);
    expect(said.text).not.toContain('secret');
    const code = error instanceof NunchiError ? error.code : 'internal';
    expect(log.mock.calls).toEqual([['request not answered', { platform: 'fake', code }]]);
  });

  it('in the settings themselves is answered in the language of the person', async () => {
    const settings = { get: () => Promise.reject(new Error('the disk is full')) };
    const answer = bench.requests({ settings });
    expect((await answer(bench.full({ type: 'help', language: 'ko' }))).text).toMatch(/문제가 생겨서/u);
  });

  it('a request that nobody answers here says so', async () => {
    const answer = bench.requests({ handlers: {} });
    expect((await answer(bench.full(PRIVACY))).text).toContain('cannot be done here');
  });

  it.each(['', 'gone', 'constructor:x', 'ask:x:positive', 'queue:label:x:positive:0', 'queue:skip:-1'])(
    'a button %j that does not exist says so',
    async (buttonId) => {
      const said = await bench.ask({ type: 'button', buttonId, person: MODERATOR });
      expect(said).toEqual({ text: expect.stringContaining('no longer works') as string, private: true });
    },
  );
});
