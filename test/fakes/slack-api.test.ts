// The fake Slack's Web API and events by plain requests: documented errors, limits, faults, and who gets to see what.
import { describe, expect, it } from 'vitest';
import { call, startSlack } from './slack-app.js';
import type { FakeSlackOptions } from './slack/index.js';

async function start(options?: FakeSlackOptions) {
  const slack = await startSlack(options);
  const mina = slack.createUser('mina', { isAdmin: true });
  const channel = slack.createChannel('general', [mina]);
  const said = slack.say(mina, channel, 'not bad');
  /** The answer's error, or ok. */
  const errorOf = async (method: string, body: object, token?: string) =>
    (await call(slack, method, body, token)).error ?? 'ok';
  return { slack, mina, channel, said, errorOf };
}

describe('errors of the Web API', () => {
  it('tells tokens, scopes, methods and arguments that are wrong', async () => {
    const { slack, channel, errorOf } = await start();
    expect(await errorOf('auth.test', {}, 'xoxb-wrong')).toBe('invalid_auth');
    expect(await errorOf('auth.test', {}, slack.settings.appToken)).toBe('not_allowed_token_type');
    const bare = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' });
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
    expect(await errorOf('chat.shout', {})).toBe('unknown_method');
    expect(await errorOf('reactions.add', { channel: channel.id, name: 'eyes' })).toBe('no_item_specified');
    slack.settings.scopes = new Set(['chat:write', 'reactions:read']);
    expect(await call(slack, 'users.info', { user: slack.bot.id })).toMatchObject({
      error: 'missing_scope',
      needed: 'users:read',
      provided: 'chat:write,reactions:read',
    });
    slack.uninstall();
    expect(await errorOf('auth.test', {})).toBe('account_inactive');
    expect(slack.eventsOf('app_uninstalled')).toHaveLength(1);
    expect(slack.eventsOf('tokens_revoked')).toHaveLength(1);
  });

  it('takes form fields with structures as JSON, and a token among them', async () => {
    const { slack, channel } = await start();
    const form = new URLSearchParams({
      token: slack.settings.botToken,
      channel: channel.id,
      text: '@everyone <!channel> & <b>',
      metadata: JSON.stringify({ event_type: 'reading', event_payload: { n: 1 } }),
    });
    const response = await fetch(`${slack.apiUrl}chat.postMessage`, { method: 'POST', body: form });
    expect(await response.json()).toMatchObject({ ok: true, message: { bot_id: slack.bot.botId } });
    const [sent] = slack.sent.messages;
    expect(sent).toMatchObject({ metadata: { event_type: 'reading' }, pings: ['channel'] });
    expect(sent?.message.text).toBe('@everyone <!channel> &amp; &lt;b&gt;');
  });

  it.each([
    ['nothing to say', { text: '' }, 'no_text'],
    ['a text that is too long', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['a channel that is not there', { channel: 'C0NOWHERE', text: 'x' }, 'channel_not_found'],
    ['metadata that is none', { text: 'x', metadata: { event_type: 1 } }, 'invalid_metadata_format'],
    [
      'a block over its limit',
      { blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }] },
      'invalid_blocks',
    ],
  ])('refuses to post %s', async (_, body, error) => {
    const { slack, channel, errorOf } = await start();
    expect(await errorOf('chat.postMessage', { channel: channel.id, ...body })).toBe(error);
    expect(slack.sent.messages).toHaveLength(0);
  });

  it('knows conversations the bot is not in, archived ones, and messages that are not its own', async () => {
    const { slack, mina, channel, said, errorOf } = await start();
    const open = slack.createChannel('open', [mina], { withBot: false });
    const hidden = slack.createChannel('hidden', [mina], { kind: 'group', withBot: false });
    expect(await errorOf('chat.postMessage', { channel: open.id, text: 'x' })).toBe('not_in_channel');
    expect(await errorOf('conversations.history', { channel: open.id })).toBe('not_in_channel');
    expect(await errorOf('conversations.info', { channel: hidden.id })).toBe('channel_not_found');
    expect(await errorOf('conversations.join', { channel: open.id })).toBe('ok');
    expect(await errorOf('chat.postMessage', { channel: open.id, text: 'x' })).toBe('ok');
    const own = { channel: channel.id, ts: said.ts };
    expect(await errorOf('chat.update', { ...own, text: 'x' })).toBe('cant_update_message');
    expect(await errorOf('chat.delete', own)).toBe('cant_delete_message');
    expect(await errorOf('chat.postEphemeral', { channel: channel.id, user: 'U0X', text: 'x' })).toBe(
      'user_not_in_channel',
    );
    slack.archive(channel, mina);
    expect(await errorOf('chat.postMessage', { channel: channel.id, text: 'x' })).toBe('is_archived');
    slack.deleteChannel(channel, mina);
    expect(await errorOf('conversations.info', { channel: channel.id })).toBe('channel_not_found');
    expect(slack.eventsOf('channel_archive').length + slack.eventsOf('channel_deleted').length).toBe(2);
  });

  it('limits reactions, and user groups to plans that have them', async () => {
    const { slack, mina, channel, said, errorOf } = await start();
    const react = (name: string) =>
      errorOf('reactions.add', { channel: channel.id, timestamp: said.ts, name });
    expect([await react('thumbsup'), await react('+1'), await react('no such!')]).toEqual([
      'ok',
      'already_reacted',
      'invalid_name',
    ]);
    slack.settings.reactionsPerPerson = 1;
    expect(await react('eyes')).toBe('too_many_reactions');
    slack.settings.emojiPerMessage = 1;
    expect(await react('eyes')).toBe('too_many_emoji');
    const group = slack.createUserGroup('mods', [mina]);
    expect(await call(slack, 'usergroups.users.list', { usergroup: group.id })).toMatchObject({
      users: [mina.id],
    });
    slack.settings.hasUserGroups = false;
    expect(await errorOf('usergroups.list', {})).toBe('paid_teams_only');
  });

  it('lets a trigger_id be used once and for 3 seconds, and a response_url 5 times', async () => {
    const { slack, mina, channel, errorOf } = await start();
    const view = { type: 'modal', title: { type: 'plain_text', text: 'Hi' }, blocks: [] };
    const command = () => slack.command(mina, channel, '/nunchi').payload as Record<string, string>;
    const first = command();
    expect(await errorOf('views.open', { trigger_id: first.trigger_id, view })).toBe('ok');
    expect(await errorOf('views.open', { trigger_id: first.trigger_id, view })).toBe('exchanged_trigger_id');
    const second = command();
    slack.clock.advance(3_000);
    expect(await errorOf('views.open', { trigger_id: second.trigger_id, view })).toBe('expired_trigger_id');
    const post = async () =>
      (await fetch(first.response_url ?? '', { method: 'POST', body: JSON.stringify({ text: 'x' }) })).status;
    for (let n = 0; n < 5; n++) expect(await post()).toBe(200);
    expect(await post()).toBe(404);
    expect(slack.sent.ephemerals).toHaveLength(5);
  });
});

describe('limits and faults', () => {
  it('answers 429 by method and by channel until the time has passed', async () => {
    const { slack, channel, errorOf } = await start();
    slack.settings.rateLimits.set('users.list', { calls: 2, perMs: 60_000 });
    slack.settings.postingLimit = { calls: 1, perMs: 1_000 };
    for (let n = 0; n < 2; n++) expect(await errorOf('users.list', {})).toBe('ok');
    slack.clock.advance(20_500);
    expect(await call(slack, 'users.list', {})).toMatchObject({
      status: 429,
      retryAfter: '40',
      error: 'ratelimited',
    });
    const post = () => errorOf('chat.postMessage', { channel: channel.id, text: 'x' });
    expect([await post(), await post()]).toEqual(['ok', 'ratelimited']);
    slack.clock.advance(1_000);
    expect(await post()).toBe('ok');
    expect(slack.counters.rateLimited).toBe(2);
  });

  it('fails the next calls as told, with the effect or without it', async () => {
    const { slack, channel, errorOf } = await start();
    const post = () => errorOf('chat.postMessage', { channel: channel.id, text: 'x' });
    slack.fail('chat.postMessage', { error: 'internal_error' });
    slack.fail('chat.postMessage', 'drop-before');
    slack.fail('chat.postMessage', 'drop-after');
    expect(await post()).toBe('internal_error');
    await expect(post()).rejects.toThrow();
    expect(slack.sent.messages).toHaveLength(0);
    await expect(post()).rejects.toThrow();
    expect(slack.sent.messages).toHaveLength(1);
    expect(await post()).toBe('ok');
    slack.fail('auth.test', { status: 503 });
    const down = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' });
    expect(down.status).toBe(503);
    slack.fail('auth.test', 'hang');
    const hanging = fetch(`${slack.apiUrl}auth.test`, { method: 'POST' });
    await slack.until(() => slack.counters.calls.get('auth.test') === 2);
    await slack.close();
    await expect(hanging).rejects.toThrow();
  });
});

describe('history', () => {
  it('pages by cursor, from the newest or from `oldest` on, and counts the ends only when inclusive', async () => {
    const { slack, mina, channel, said } = await start();
    for (let n = 1; n <= 4; n++) slack.say(mina, channel, `m${n}`);
    const page = async (args: object) => {
      const answer = await call(slack, 'conversations.history', { channel: channel.id, limit: 2, ...args });
      const messages = answer.messages as { text: string }[];
      const { next_cursor } = (answer.response_metadata ?? {}) as { next_cursor?: string };
      return [messages.map(({ text }) => text), next_cursor] as const;
    };
    const [newest, cursor] = await page({});
    expect(newest).toEqual(['m4', 'm3']);
    expect((await page({ cursor }))[0]).toEqual(['m2', 'm1']);
    expect((await page({ oldest: said.ts }))[0]).toEqual(['m2', 'm1']);
    expect((await page({ oldest: said.ts, latest: said.ts }))[0]).toEqual([]);
    expect((await page({ oldest: said.ts, latest: said.ts, inclusive: true }))[0]).toEqual(['not bad']);
    expect(await call(slack, 'conversations.history', { channel: channel.id, cursor: 'x' })).toMatchObject({
      error: 'invalid_cursor',
    });
  });

  it('gives every message of a channel its own, later ts though the clock stands still', async () => {
    const { slack, mina, channel, said } = await start();
    const all = [said, ...Array.from({ length: 50 }, (_, n) => slack.say(mina, channel, `m${n}`))].map(
      ({ ts }) => ts,
    );
    expect(new Set(all).size).toBe(51);
    expect(all.toSorted()).toEqual(all);
  });
});

describe('events', () => {
  it('come only for what scopes, subscriptions and membership let the app see', async () => {
    const { slack, mina, channel } = await start();
    const elsewhere = slack.createChannel('elsewhere', [mina], { withBot: false });
    const count = () => slack.eventsOf('message').length;
    const before = count();
    slack.say(mina, elsewhere, 'unseen');
    expect(count()).toBe(before);
    slack.invite(mina, elsewhere);
    slack.say(mina, elsewhere, 'seen');
    expect(count()).toBe(before + 1);
    expect(slack.eventsOf('member_joined_channel')[0]?.payload).toMatchObject({
      event: { user: slack.bot.id, inviter: mina.id },
    });
    slack.settings.scopes.delete('channels:history');
    slack.mention(mina, channel, 'only the mention comes');
    expect([count(), slack.eventsOf('app_mention').length]).toEqual([before + 1, 1]);
    slack.settings.subscriptions = new Set(['message.im']);
    slack.mention(mina, channel, 'nothing comes');
    expect(slack.eventsOf('app_mention')).toHaveLength(1);
  });

  it('tell an edit, an unfurl, a deletion, and a deletion under which a thread stays', async () => {
    const { slack, mina, channel, said } = await start();
    slack.edit(said, 'not good');
    slack.unfurl(said, 'https://example.org/');
    const [edit, unfurl] = slack.eventsOf('message', 'message_changed').map(({ payload }) => payload);
    expect(edit).toMatchObject({
      event: {
        message: { text: 'not good', edited: { user: mina.id } },
        previous_message: { text: 'not bad' },
      },
    });
    expect(unfurl).toMatchObject({
      event: { message: { text: 'not good' }, previous_message: { text: 'not good' } },
    });
    const reply = slack.say(mina, channel, 'why?', { thread: said });
    slack.remove(said);
    expect(slack.eventsOf('message', 'message_changed').at(-1)?.payload).toMatchObject({
      event: { message: { subtype: 'tombstone' }, previous_message: { text: 'not good' } },
    });
    slack.remove(reply);
    expect(slack.eventsOf('message', 'message_deleted')[0]?.payload).toMatchObject({
      event: { deleted_ts: reply.ts, previous_message: { text: 'why?' } },
    });
    slack.sayAsIntegration(channel, 'build failed', 'ci');
    expect(slack.eventsOf('message', 'bot_message')[0]?.payload).toMatchObject({ event: { username: 'ci' } });
    const file = { name: 'a.txt', bytes: Buffer.from('a') };
    slack.say(mina, channel, 'see', { files: [file] });
    slack.say(mina, channel, 'all look', { thread: said, broadcast: true });
    expect(slack.eventsOf('message', 'file_share')).toHaveLength(1);
    expect(slack.eventsOf('message', 'thread_broadcast')).toHaveLength(1);
  });

  it('name the organisation of who writes through Slack Connect, and tell a lost role', async () => {
    const { slack, mina, channel } = await start();
    const other = slack.createTeam('Partner');
    const guest = slack.createUser('guest', { teamId: other.id });
    const stranger = { user: guest.id };
    expect(await call(slack, 'users.info', stranger)).toMatchObject({ error: 'user_not_found' });
    slack.join(guest, channel);
    slack.say(guest, channel, 'hello');
    expect(slack.eventsOf('message').at(-1)?.payload).toMatchObject({
      team_id: slack.team.id,
      is_ext_shared_channel: true,
      event: { user: guest.id, user_team: other.id },
    });
    expect(await call(slack, 'users.info', stranger)).toMatchObject({
      user: { is_stranger: true, team_id: other.id },
    });
    slack.changeUser(mina, { isAdmin: false });
    expect(slack.eventsOf('user_change')[0]?.payload).toMatchObject({ event: { user: { is_admin: false } } });
  });
});
