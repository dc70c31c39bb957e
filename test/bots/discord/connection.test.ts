// Coming and going: refusals in words that help, broken lines, restarts in a loop, a graceful end.
import { GatewayDispatchEvents, GatewayIntentBits } from 'discord.js';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { inviteLink } from '../../../bots/discord/invite.js';
import { PACKAGE_ROOT } from '../../../src/paths.js';
import { type Bench, startBench, until } from './bench.js';

let bench: Bench;
afterEach(() => bench.stop());

describe('what keeps Nunchi out of Discord', () => {
  it('is a wrong token', async () => {
    bench = await startBench({ token: 'wrong' });
    await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject({
      code: 'platform-refused',
      message: 'Discord does not accept the token in DISCORD_TOKEN',
      hint: expect.stringContaining('Reset Token') as string,
    });
    expect(bench.fake.gateway.counters.identifies).toBe(0);
  });

  it('is an intent that is not switched on', async () => {
    bench = await startBench({}, { privileged: [] });
    await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject({
      code: 'platform-refused',
      message: expect.stringContaining('Message Content intent') as string,
      hint: expect.stringMatching(/Privileged Gateway Intents.*DISCORD_MESSAGE_CONTENT=off/s) as string,
    });
    expect(bench.fake.gateway.counters.identifies).toBe(1);
  });

  it('is an address where nobody answers', async () => {
    bench = await startBench({ apiUrl: 'http://127.0.0.1:9/api' });
    await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject({
      code: 'platform-unreachable',
      message: 'Discord cannot be reached at http://127.0.0.1:9/api',
      hint: expect.stringContaining('DISCORD_API_URL') as string,
    });
  });

  it('is a gateway that lets nobody in', async () => {
    bench = await startBench({ connectDeadlineMs: 300 });
    bench.fake.gateway.settings.accepts = false;
    await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject({
      code: 'platform-unreachable',
      message: expect.stringContaining('cannot be reached') as string,
    });
  });

  it('is itself where it starts again and again', async () => {
    const start = Date.now();
    let time = start;
    bench = await startBench({ now: () => time });
    bench.notes.content.set(
      'starts',
      Array.from({ length: 20 }, (_, index) => start - index),
    );
    const again = { message: expect.stringContaining('20 times within 10 minutes') as string };
    await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject(again);
    expect(bench.fake.gateway.counters.identifies).toBe(0);
    time += 10 * 60_000;
    await bench.another().connect(bench.hub);
    expect(bench.fake.gateway.counters.identifies).toBe(1);
    expect(bench.notes.content.get('starts')).toEqual([time]);
  });

  it('is a token that has been used up', async () => {
    bench = await startBench();
    bench.fake.gateway.settings.identifiesLeft = 3;
    await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject({
      message: 'Discord lets this bot connect only 3 more times',
    });
  });
});

describe('a connection', () => {
  it('that is closed for good later is told of in one line', async () => {
    bench = await startBench();
    await bench.adapter.connect(bench.hub);
    bench.fake.gateway.disconnect(4004);
    const line = await until(() => bench.lines.find((one) => one.includes('"level":"error"')), 'the line');
    expect(line).toContain('Discord does not accept the token in DISCORD_TOKEN');
    expect(line).toContain('Reset Token');
    expect(line.trim().split('\n')).toHaveLength(1);
  });

  it('that breaks is resumed, and what came meanwhile arrives once', async () => {
    bench = await startBench();
    const { fake, channel, person, hub } = bench;
    await bench.adapter.connect(hub);
    const first = fake.say(channel, person, 'before');
    fake.react(first, person, '🟢');
    await bench.events(2);
    fake.gateway.disconnect();
    fake.say(channel, person, 'meanwhile');
    fake.unreact(first, person, '🟢');
    fake.react(first, person, '🟢');
    const events = await bench.events(5);
    expect(events.map((event) => (event.type === 'reaction' ? event.action : event.type))).toEqual(
      expect.arrayContaining(['message', 'added', 'removed']),
    );
    expect(fake.gateway.counters.resumes).toBe(1);
    expect(new Set(hub.keys).size).toBe(5);
  });

  it('hands on once what is delivered twice', async () => {
    bench = await startBench();
    const { fake, channel, person, hub } = bench;
    await bench.adapter.connect(hub);
    const id = fake.say(channel, person, 'once');
    await bench.events(1);
    const session = {
      ...fake.world.messages.get(id),
      channel_id: channel,
      guild_id: bench.guild,
      author: fake.world.users.get(person),
      type: 0,
      mentions: [],
      mention_roles: [],
    };
    fake.gateway.send(GatewayDispatchEvents.MessageCreate, session as never);
    fake.say(channel, person, 'after');
    await bench.events(2);
    expect(hub.keys).toHaveLength(2);
  });

  it('ends after what was begun has ended', async () => {
    bench = await startBench();
    const { fake, channel, person, hub, adapter } = bench;
    let release: () => void = () => undefined;
    hub.answer = () =>
      new Promise((resolve) => (release = () => resolve({ text: 'late but there', private: true })));
    await adapter.connect(hub);
    await fake.until(() => (fake.world.commands.get('')?.size ?? 0) > 0, 'the commands');
    const asked = fake.command(channel, person, 'nunchi help');
    await until(() => hub.requests.length > 0, 'the request');
    const ended = adapter.disconnect();
    fake.say(channel, person, 'too late for this session');
    release();
    await ended;
    expect(fake.sent.answers.find(({ interactionId }) => interactionId === asked)?.content).toBe(
      'late but there',
    );
    await adapter.disconnect();
    await adapter.close();
    await adapter.close();
    expect(hub.events).toEqual([]);
    await fake.until(() => fake.gateway.connected === 0, 'the end');
  });

  it('can be closed before it was ever opened, and opened again where it was refused', async () => {
    bench = await startBench({}, { privileged: [] });
    const { adapter, fake, hub, channel, person } = bench;
    await adapter.disconnect();
    await adapter.close();
    await expect(adapter.connect(hub)).rejects.toMatchObject({ code: 'platform-refused' });
    await adapter.close();
    fake.gateway.settings.privileged = GatewayIntentBits.MessageContent;
    await adapter.connect(hub);
    fake.say(channel, person, 'welcome');
    await bench.events(1);
  });
});

describe('commands', () => {
  it('are registered once, and again only where they differ', async () => {
    bench = await startBench();
    const { fake, hub } = bench;
    const puts = () => fake.counters.requests.get('PUT /applications/:application/commands') ?? 0;
    const gets = () => fake.counters.requests.get('GET /applications/:application/commands') ?? 0;
    await bench.adapter.connect(hub);
    await fake.until(() => (fake.world.commands.get('')?.size ?? 0) > 0, 'the commands');
    const commands = [...(fake.world.commands.get('')?.values() ?? [])];
    expect(commands.map(({ name }) => name)).toEqual([
      'nunchi',
      'Read the mood',
      'Why this reading?',
      'Correct the reading',
    ]);
    expect(
      commands[0]?.options?.map((option) => [option.name, option.name_localizations?.ko]),
    ).toContainEqual(['report', '보고']);
    await bench.adapter.disconnect();
    await bench.adapter.close();
    const second = bench.another();
    await second.connect(hub);
    await fake.until(() => gets() === 2, 'a look at the commands');
    await second.disconnect();
    expect(puts()).toBe(1);
    await second.close();
    const menu = commands.find(({ name }) => name === 'Read the mood');
    if (menu) menu.name_localizations = { ko: '옛 이름' };
    const third = bench.another();
    await third.connect(hub);
    await fake.until(() => puts() === 2, 'a second registration');
  });

  it('are registered in chosen servers alone', async () => {
    bench = await startBench();
    const adapter = bench.another({ guildIds: [bench.guild] });
    await adapter.connect(bench.hub);
    await bench.fake.until(() => (bench.fake.world.commands.get(bench.guild)?.size ?? 0) > 0, 'the commands');
    await adapter.disconnect();
    await adapter.close();
    expect(bench.fake.world.commands.get('')).toBeUndefined();
    const again = bench.another({ guildIds: [bench.guild] });
    await again.connect(bench.hub);
    await again.disconnect();
    expect(bench.fake.counters.requests.get('PUT /applications/:application/guilds/:guild/commands')).toBe(1);
  });
});

it('an invitation asks for the least permissions, as its description says', async () => {
  bench = await startBench();
  const link = new URL(inviteLink('APPLICATION_ID'));
  expect(link.origin + link.pathname).toBe('https://discord.com/oauth2/authorize');
  expect(Object.fromEntries(link.searchParams)).toEqual({
    client_id: 'APPLICATION_ID',
    permissions: String((1n << 10n) | (1n << 16n) | (1n << 11n) | (1n << 38n) | (1n << 6n) | (1n << 15n)),
    scope: 'bot applications.commands',
  });
  expect(await readFile(path.join(PACKAGE_ROOT, 'docs/discord.md'), 'utf8')).toContain(link.href);
});
