// What keeps Nunchi out of Slack: one line each that says what to switch on and where, and no secret in it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { SlackConfig } from '../../../src/config.js';
import { NunchiError } from '../../../src/errors.js';
import type { FakeSlack } from '../../fakes/slack/index.js';
import {
  closing,
  createAdapter,
  createNotedHub,
  createNotedLogger,
  slackConfig,
  startSlack,
} from './bench.js';

async function failure(slack: FakeSlack, change: Partial<SlackConfig> = {}): Promise<NunchiError> {
  const config = { ...slackConfig(slack, 'socket'), ...change };
  const adapter = createAdapter(slack, 'socket', { slack: config });
  const error: unknown = await adapter.connect(createNotedHub()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NunchiError);
  const { message, hint = '' } = error as NunchiError;
  for (const secret of [config.botToken, config.appToken, config.signingSecret])
    if (secret !== undefined) expect(`${message} ${hint}`).not.toContain(secret);
  expect(message).not.toContain('\n');
  return error as NunchiError;
}

describe('a start without success', () => {
  it.each<[string, Partial<SlackConfig>, RegExp, RegExp]>([
    [
      'an unknown bot token',
      { botToken: 'xoxb-other' },
      /SLACK_BOT_TOKEN \(invalid_auth\)/,
      /OAuth & Permissions/,
    ],
    [
      'an unknown app token',
      { appToken: 'xapp-other' },
      /SLACK_APP_TOKEN \(invalid_auth\)/,
      /connections:write/,
    ],
    ['a person’s token', { botToken: 'xoxp-1' }, /token of a person/, /xoxb/],
    [
      'no way for events',
      { appToken: undefined, signingSecret: undefined },
      /neither SLACK_APP_TOKEN/,
      /Socket Mode/,
    ],
  ])('because of %s', async (_, change, message, hint) => {
    const error = await failure(await startSlack(), change);
    expect(error.code).toBe('platform-refused');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('because the tokens are swapped, by their looks or by what Slack says', async () => {
    const slack = await startSlack();
    const { botToken, appToken } = slack.settings;
    expect((await failure(slack, { botToken: appToken, appToken: botToken })).message).toMatch(/swapped/);
    slack.settings.botToken = 'no-prefix-1';
    slack.settings.appToken = 'no-prefix-2';
    expect((await failure(slack, { botToken: 'no-prefix-2', appToken: 'no-prefix-1' })).message).toMatch(
      /swapped/,
    );
    expect((await failure(slack, { appToken: 'no-prefix-1' })).message).toMatch(/swapped/);
  });

  it.each<[string, string, string, RegExp, RegExp]>([
    [
      'the app was taken out',
      'auth.test',
      'account_inactive',
      /not installed.*account_inactive/,
      /Install App/,
    ],
    ['the token was revoked', 'auth.test', 'token_revoked', /not installed.*token_revoked/, /Install App/],
    [
      'Socket Mode is off',
      'apps.connections.open',
      'socket_mode_not_enabled',
      /Socket Mode is switched off/,
      /Enable/,
    ],
    [
      'something else',
      'auth.test',
      'ekm_access_denied',
      /refuses the bot \(ekm_access_denied\)/,
      /auth\.test/,
    ],
    [
      'something else',
      'apps.connections.open',
      'forbidden_team',
      /refuses Socket Mode \(forbidden_team\)/,
      /Socket Mode/,
    ],
  ])('because %s', async (_, method, error, message, hint) => {
    const slack = await startSlack();
    slack.fail(method, { error });
    const refused = await failure(slack);
    expect(refused.code).toBe('platform-refused');
    expect(refused.message).toMatch(message);
    expect(refused.hint).toMatch(hint);
  });

  it('because it may not write, though it starts with a warning where other scopes are missing', async () => {
    const slack = await startSlack();
    slack.settings.scopes.delete('chat:write');
    const refused = await failure(slack);
    expect(refused.message).toBe('Slack: the scope chat:write is missing');
    expect(refused.hint).toMatch(/Bot Token Scopes/);
    slack.settings.scopes.add('chat:write');
    slack.settings.scopes.delete('mpim:history');
    const logger = createNotedLogger();
    await createAdapter(slack, 'socket', { logger }).connect(createNotedHub());
    expect(logger.lines.find(({ level }) => level === 'warn')?.event).toContain('mpim:history');
  });

  it('because Slack cannot be reached, which is tried again', async () => {
    const slack = await startSlack();
    slack.fail('apps.connections.open', { status: 503 });
    expect((await failure(slack)).code).toBe('platform-unreachable');
    expect((await failure(slack, { apiUrl: 'http://127.0.0.1:9/api' })).code).toBe('platform-unreachable');
    const page = createServer((_, response) => response.end('<h1>Another server</h1>'));
    await new Promise<void>((resolve) => page.listen(0, resolve));
    closing.push(() => new Promise((resolve) => page.close(resolve)));
    const apiUrl = `http://127.0.0.1:${(page.address() as AddressInfo).port}/api`;
    expect((await failure(slack, { apiUrl })).code).toBe('platform-unreachable');
    slack.fail('auth.test', { retryAfter: 1 });
    const adapter = createAdapter(slack);
    await expect(adapter.connect(createNotedHub())).rejects.toMatchObject({ code: 'platform-unreachable' });
    await adapter.connect(createNotedHub());
    expect(slack.connections()).toHaveLength(1);
  });

  it('because the port is taken', async () => {
    const slack = await startSlack();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    closing.push(() => new Promise((resolve) => taken.close(resolve)));
    const { port } = taken.address() as AddressInfo;
    const refused = await failure(slack, { appToken: undefined, port });
    expect(refused.message).toBe(`Slack: port ${port} is in use by another program`);
    expect(refused.hint).toMatch(/SLACK_PORT/);
  });
});
