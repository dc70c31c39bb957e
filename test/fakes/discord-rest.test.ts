// The fake Discord's REST interface: histories, refusals in the documented form, rate limits, and failures on demand.
import {
  ApplicationCommandType,
  type Client,
  type DiscordAPIError,
  type REST,
  Routes,
  type SendableChannels,
} from 'discord.js';
import type { APIApplicationCommand, APIMessage, APIUser } from 'discord-api-types/v10';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from './discord-client.js';
import { type FakeDiscord, startFakeDiscord } from './discord/index.js';

const POST = 'POST /channels/:channel/messages';

let fake: FakeDiscord;
let client: Client<true>;
let rest: REST;
let guild: string;
let channel: string;
let person: string;

async function start(options: Parameters<typeof startFakeDiscord>[0] = {}): Promise<void> {
  fake = await startFakeDiscord(options);
  guild = fake.createGuild();
  channel = fake.createChannel(guild);
  person = fake.createMember(guild, 'mina');
  client = await connect(fake, { rest: { retries: 0 } });
  rest = client.rest;
}

async function stop(): Promise<void> {
  await client.destroy();
  await fake.close();
}

beforeEach(() => start());
afterEach(stop);

const send = (content: string, more: object = {}, to = channel) =>
  rest.post(Routes.channelMessages(to), { body: { content, ...more } }) as Promise<APIMessage>;
const refused = (status: number, code: number) =>
  expect.objectContaining({ status, code }) as DiscordAPIError;

describe('histories', () => {
  it('are paged by before, after and around, newest first', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => fake.say(channel, person, `m${index}`));
    const list = async (query: Record<string, string>) =>
      (
        (await rest.get(Routes.channelMessages(channel), {
          query: new URLSearchParams(query),
        })) as APIMessage[]
      ).map(({ content }) => content);
    const at = (index: number) => ids[index] ?? '';
    expect(await list({})).toEqual(['m6', 'm5', 'm4', 'm3', 'm2', 'm1', 'm0']);
    expect(await list({ limit: '2' })).toEqual(['m6', 'm5']);
    expect(await list({ before: at(3), limit: '2' })).toEqual(['m2', 'm1']);
    expect(await list({ after: at(3), limit: '2' })).toEqual(['m5', 'm4']);
    expect(await list({ around: at(3), limit: '3' })).toEqual(['m4', 'm3', 'm2']);
    await expect(list({ limit: '101' })).rejects.toEqual(refused(400, 50035));
  });

  it('give the people who reacted, by kind, in pages', async () => {
    const message = fake.say(channel, person, 'good');
    const people = [person, fake.createMember(guild, 'joon'), fake.createMember(guild, 'sora')];
    for (const one of people) fake.react(message, one, '🟢');
    fake.react(message, person, '🟢', { burst: true });
    const list = async (query: Record<string, string>) =>
      (
        (await rest.get(Routes.channelMessageReaction(channel, message, encodeURIComponent('🟢')), {
          query: new URLSearchParams(query),
        })) as APIUser[]
      ).map(({ id }) => id);
    expect(await list({})).toEqual(people);
    expect(await list({ limit: '2' })).toEqual(people.slice(0, 2));
    expect(await list({ after: people[1] ?? '' })).toEqual(people.slice(2));
    expect(await list({ type: '1' })).toEqual([person]);
    const seen = (await rest.get(Routes.channelMessage(channel, message))) as APIMessage;
    expect(seen.reactions).toMatchObject([{ count: 4, count_details: { normal: 3, burst: 1 }, me: false }]);
  });
});

describe('refusals', () => {
  it('say what is wrong with a body', async () => {
    const error = await send('x'.repeat(2_001)).catch((reason: unknown) => reason as DiscordAPIError);
    expect((error as DiscordAPIError).rawError).toEqual({
      code: 50035,
      message: 'Invalid Form Body',
      errors: {
        content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }] },
      },
    });
    await expect(send('')).rejects.toEqual(refused(400, 50006));
    await expect(send('a', { message_reference: { message_id: '1' } })).rejects.toEqual(refused(400, 50035));
    expect(
      (await send('a', { message_reference: { message_id: '1', fail_if_not_exists: false } })).content,
    ).toBe('a');
  });

  it('name what is not there', async () => {
    await expect(rest.get(Routes.channel('1'))).rejects.toEqual(refused(404, 10003));
    await expect(rest.get(Routes.channelMessage(channel, '1'))).rejects.toEqual(refused(404, 10008));
    await expect(rest.get(Routes.guild('1'))).rejects.toEqual(refused(404, 10004));
    await expect(rest.get(Routes.guildMember(guild, '1'))).rejects.toEqual(refused(404, 10013));
    await expect(rest.get('/nothing')).rejects.toMatchObject({ status: 404, code: 0 });
    const message = fake.say(channel, person, 'good');
    await expect(rest.put(Routes.channelMessageOwnReaction(channel, message, 'nothing'))).rejects.toEqual(
      refused(400, 10014),
    );
  });

  it('follow the permissions of the channel', async () => {
    const message = fake.say(channel, person, 'good');
    const react = () =>
      rest.put(Routes.channelMessageOwnReaction(channel, message, encodeURIComponent('🟢')));
    const remove = () => rest.delete(Routes.channelMessage(channel, message));
    fake.allowBot(channel, []);
    await expect(send('a')).rejects.toEqual(refused(403, 50001));
    fake.allowBot(channel, ['ViewChannel']);
    await expect(send('a')).rejects.toEqual(refused(403, 50013));
    expect(await rest.get(Routes.channelMessages(channel))).toEqual([]);
    await expect(react()).rejects.toEqual(refused(403, 50013));
    fake.allowBot(channel, ['ViewChannel', 'ReadMessageHistory', 'SendMessages']);
    await expect(react()).rejects.toEqual(refused(403, 50013));
    await expect(remove()).rejects.toEqual(refused(403, 50013));
    await expect(
      rest.patch(Routes.channelMessage(channel, message), { body: { content: 'b' } }),
    ).rejects.toEqual(refused(403, 50005));
    // Joining a reaction that is there needs no permission to add one.
    fake.react(message, person, '🟢');
    await react();
    fake.allowBot(channel, ['ViewChannel', 'ManageMessages']);
    await remove();
    expect(fake.sent.deletions).toEqual([{ messageId: message, channelId: channel }]);
    expect(fake.counters.invalidRequests()).toBe(6);
    fake.clock.advance(10 * 60_000);
    expect(fake.counters.invalidRequests()).toBe(0);
  });

  it('allow 20 kinds of reactions', async () => {
    const message = fake.say(channel, person, 'good');
    for (let index = 0; index < 20; index++)
      fake.react(message, person, String.fromCodePoint(0x1f600 + index));
    const react = (emoji: string) =>
      rest.put(Routes.channelMessageOwnReaction(channel, message, encodeURIComponent(emoji)));
    await expect(react('🟢')).rejects.toEqual(refused(400, 30010));
    await react('😀');
  });

  it('keep the bot from those who closed their direct messages to it', async () => {
    const direct = (await rest.post(Routes.userChannels(), { body: { recipient_id: person } })) as {
      id: string;
    };
    expect((await send('hello', {}, direct.id)).channel_id).toBe(fake.directChannel(person));
    fake.closeDirect(person);
    await expect(send('hello', {}, direct.id)).rejects.toEqual(refused(403, 50007));
  });
});

describe('sending', () => {
  it('answers a repeated nonce with the first message, for some minutes', async () => {
    const first = await send('one', { nonce: 'n', enforce_nonce: true });
    const again = await send('one', { nonce: 'n', enforce_nonce: true });
    expect(again.id).toBe(first.id);
    expect(fake.sent).toMatchObject({ repeated: 1, messages: [{ id: first.id, nonce: 'n' }] });
    expect((await send('one', { nonce: 'n' })).id).not.toBe(first.id);
    fake.clock.advance(60 * 60_000);
    expect((await send('one', { nonce: 'n', enforce_nonce: true })).id).not.toBe(first.id);
  });

  it('pings only whom it may', async () => {
    const text = `@everyone <@${person}>`;
    expect((await send(text, { allowed_mentions: { parse: [] } })).mentions).toEqual([]);
    expect((await send(text)).mentions.map(({ id }) => id)).toEqual([person]);
    // Without the permission @everyone is only text.
    expect(fake.sent.messages.map(({ pings }) => pings.everyone)).toEqual([false, false]);
    fake.allowBot(channel, ['ViewChannel', 'SendMessages', 'MentionEveryone']);
    expect((await send(text)).mention_everyone).toBe(true);
    expect((await send(text, { allowed_mentions: { parse: ['users'] } })).mention_everyone).toBe(false);
  });

  it('takes files, and edits keep what they do not name', async () => {
    const home = (await client.channels.fetch(channel)) as SendableChannels;
    const message = await home.send({
      content: 'a picture',
      files: [{ attachment: Buffer.from('png'), name: 'mood.png', description: 'the mood' }],
    });
    expect(message.attachments.first()).toMatchObject({ name: 'mood.png', size: 3, description: 'the mood' });
    expect(fake.sent.messages[0]?.files).toMatchObject([{ name: 'mood.png', content: Buffer.from('png') }]);
    await message.edit('the picture');
    expect(fake.sent.edits).toMatchObject([{ id: message.id, content: 'the picture' }]);
    expect(fake.sent.edits[0]?.payload).toMatchObject({ attachments: [{ filename: 'mood.png' }] });
    await home.sendTyping();
    expect(fake.sent.typing).toEqual([channel]);
  });
});

describe('rate limits', () => {
  it('are announced, and kept by a client that reads them', async () => {
    fake.limits.routes.set(POST, { limit: 2, windowMs: 300 });
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => send(text)));
    expect(fake.sent.messages.map(({ content }) => content)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(fake.counters.statuses.get(429)).toBeUndefined();
  });

  it('are refused with 429 and counted, also the one over everything', async () => {
    const answer = async () => {
      const response = await fetch(`${fake.apiUrl}/v10${Routes.user()}`, {
        headers: { Authorization: `Bot ${fake.token}` },
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Record<string, unknown>,
      };
    };
    fake.limits.routes.set('GET /users/@me', { limit: 1, windowMs: 60_000 });
    const first = await answer();
    expect(first.headers.get('x-ratelimit-remaining')).toBe('0');
    const { status, headers, body } = await answer();
    expect(status).toBe(429);
    expect(body).toMatchObject({ global: false, message: 'You are being rate limited.' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(Number(body['retry_after']));
    expect(headers.get('x-ratelimit-scope')).toBe('user');
    fake.clock.advance(60_000);
    expect((await answer()).status).toBe(200);
    fake.limits.global = { limit: 0, windowMs: 60_000 };
    const all = await answer();
    expect(all.body).toMatchObject({ global: true });
    expect(all.headers.get('x-ratelimit-global')).toBe('true');
    expect(fake.counters.invalidRequests()).toBe(2);
  });

  it('come without warning when a test says so; shared ones are not counted against the bot', async () => {
    fake.faults.next(POST, { kind: 'rate-limit', retryAfterMs: 10, scope: 'shared' });
    await send('a');
    expect(fake.counters.statuses.get(429)).toBe(1);
    expect(fake.counters.invalidRequests()).toBe(0);
    expect(fake.sent.messages).toHaveLength(1);
  });
});

describe('failures', () => {
  it('come with a status or a documented error, as often as ordered and without effect', async () => {
    fake.faults.next(POST, { kind: 'status', status: 500 }, 2);
    fake.faults.next(POST, { kind: 'error', code: 40001 });
    for (const status of [500, 500, 401]) await expect(send('a')).rejects.toMatchObject({ status });
    expect(fake.sent.messages).toEqual([]);
    // After a 401 discord.js takes its token for a wrong one.
    await client.destroy();
    client = await connect(fake, { rest: { retries: 0 } });
    rest = client.rest;
    await send('a');
    expect(fake.sent.messages).toHaveLength(1);
  });

  it('cut the line after the effect; the same nonce then finds the message', async () => {
    fake.faults.next(POST, { kind: 'drop', applied: true });
    await expect(send('once', { nonce: 'n', enforce_nonce: true })).rejects.toThrow();
    fake.faults.next(POST, { kind: 'drop', applied: false });
    await expect(send('lost')).rejects.toThrow();
    const found = await send('once', { nonce: 'n', enforce_nonce: true });
    expect(fake.sent.messages.map(({ id }) => id)).toEqual([found.id]);
    expect(fake.sent.repeated).toBe(1);
  });

  it('leave a request hanging until it is released', async () => {
    fake.faults.next(POST, { kind: 'hang', applied: true });
    const answer = send('slow');
    await fake.until(() => fake.faults.hanging === 1, 'a hanging request');
    expect(fake.sent.messages).toHaveLength(1);
    fake.faults.release();
    expect((await answer).content).toBe('slow');
  });
});

describe('commands', () => {
  const check = {
    name: 'check',
    description: 'Reads a text',
    options: [{ type: 3, name: 'text', description: 'the text', required: true }],
  };
  const menu = { name: 'Correct the reading', type: ApplicationCommandType.Message };

  it('are replaced, made, changed and removed; only new names count as made', async () => {
    const all = Routes.applicationGuildCommands(fake.botId, guild);
    const put = async (body: object[]) => (await rest.put(all, { body })) as APIApplicationCommand[];
    const [first] = await put([check, menu]);
    expect(first).toMatchObject({ name: 'check', guild_id: guild, type: 1 });
    const [same] = await put([{ ...check, description: 'Reads' }]);
    expect(same?.id).toBe(first?.id);
    expect(same?.version).not.toBe(first?.version);
    expect(fake.counters.creations(guild)).toBe(2);
    const made = (await rest.post(all, { body: menu })) as APIApplicationCommand;
    await rest.patch(`${all}/${made.id}`, { body: { name: 'Correct' } });
    expect(((await rest.get(all)) as APIApplicationCommand[]).map(({ name }) => name)).toEqual([
      'check',
      'Correct',
    ]);
    await rest.delete(`${all}/${made.id}`);
    await expect(rest.get(`${all}/${made.id}`)).rejects.toEqual(refused(404, 10063));
    expect(fake.counters.creations(guild)).toBe(3);
    await rest.put(Routes.applicationCommands(fake.botId), { body: [check] });
    expect(fake.counters.creations('')).toBe(1);
  });

  it('are refused when badly formed, and beyond 200 new ones a day', async () => {
    const all = Routes.applicationGuildCommands(fake.botId, guild);
    await expect(rest.post(all, { body: { name: 'Bad Name', description: '' } })).rejects.toMatchObject({
      code: 50035,
      rawError: { errors: { name: {}, description: {} } },
    });
    for (let index = 0; index < 200; index++) fake.counters.created(guild);
    await expect(rest.post(all, { body: check })).rejects.toEqual(refused(400, 30034));
    fake.clock.advance(24 * 60 * 60_000);
    await rest.post(all, { body: check });
  });
});
