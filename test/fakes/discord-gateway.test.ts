// The fake Discord's gateway: lines that break, sessions that are resumed or not, shards, and the documented close codes.
import { type Client, Events } from 'discord.js';
import { once } from 'node:events';
import { createInflate, constants } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { shardOf } from './discord/clock.js';
import { connect, createClient } from './discord-client.js';
import { type FakeDiscord, startFakeDiscord } from './discord/index.js';

let fake: FakeDiscord;
let client: Client | undefined;
let channel: string;
let person: string;

beforeEach(async () => {
  fake = await startFakeDiscord();
  const guild = fake.createGuild();
  channel = fake.createChannel(guild);
  person = fake.createMember(guild, 'mina');
});

afterEach(async () => {
  await client?.destroy();
  client = undefined;
  await fake.close();
});

/** Connected, with the texts it hears. */
async function listen(): Promise<string[]> {
  client = await connect(fake);
  const heard: string[] = [];
  client.on(Events.MessageCreate, (message) => heard.push(message.content));
  return heard;
}

const resumed = () => fake.until(() => fake.gateway.counters.resumes === 1, 'a resume');
const heardAll = async (heard: string[], count: number) => {
  while (heard.length < count) await once(client as Client, Events.MessageCreate);
};

describe('a line that breaks', () => {
  it.each([undefined, 4000, 1012])(
    'with code %s is resumed, and what was missed is played again',
    async (code) => {
      const heard = await listen();
      fake.say(channel, person, 'one');
      await heardAll(heard, 1);
      fake.gateway.disconnect(code);
      fake.say(channel, person, 'two');
      fake.say(channel, person, 'three');
      await resumed();
      await heardAll(heard, 3);
      expect(heard).toEqual(['one', 'two', 'three']);
      expect(fake.gateway.counters).toMatchObject({
        identifies: 1,
        resumesAtResumeUrl: 1,
        refusedResumes: 0,
      });
    },
  );

  it('is resumed when asked to reconnect', async () => {
    await listen();
    fake.gateway.askToReconnect();
    await resumed();
    expect(fake.gateway.counters).toMatchObject({ identifies: 1, clientCloses: [4200] });
  });

  it('whose session is gone starts a new one, which knows of the time between only by REST', async () => {
    const heard = await listen();
    fake.gateway.disconnect(4000);
    fake.gateway.forgetSessions();
    const missed = fake.say(channel, person, 'missed');
    await fake.until(
      () => fake.gateway.counters.identifies === 2 && fake.gateway.connected === 1,
      'a session',
    );
    expect(fake.gateway.counters).toMatchObject({ resumes: 0, refusedResumes: 1 });
    fake.say(channel, person, 'after');
    await heardAll(heard, 1);
    expect(heard).toEqual(['after']);
    const home = await client?.channels.fetch(channel);
    const history = home?.isTextBased() ? await home.messages.fetch({ limit: 10 }) : undefined;
    expect(history?.get(missed)?.content).toBe('missed');
  });

  it('is resumed after an invalid session that may be', async () => {
    await listen();
    fake.gateway.invalidate(true);
    await resumed();
    expect(fake.gateway.counters).toMatchObject({ identifies: 1, refusedResumes: 0 });
  });

  it('comes back after an outage', async () => {
    const heard = await listen();
    fake.gateway.settings.accepts = false;
    fake.gateway.disconnect();
    fake.say(channel, person, 'meanwhile');
    await fake.until(() => fake.gateway.counters.turnedAway > 0, 'a refused connection');
    fake.gateway.settings.accepts = true;
    await fake.until(() => fake.gateway.connected === 1, 'a session');
    fake.say(channel, person, 'after');
    // Whether it resumes or starts anew after that is the client's choice.
    while (!heard.includes('after')) await once(client as Client, Events.MessageCreate);
    expect(heard.includes('meanwhile')).toBe(fake.gateway.counters.resumes === 1);
    expect(fake.gateway.counters.resumes + fake.gateway.counters.identifies).toBe(2);
  });
});

describe('heartbeats', () => {
  it('are counted and answered; a line whose heartbeats are not is given up and resumed', async () => {
    await fake.close();
    fake = await startFakeDiscord({ heartbeatIntervalMs: 200 });
    client = await connect(fake);
    await fake.until(() => fake.gateway.counters.heartbeats >= 3, 'heartbeats');
    expect(fake.gateway.counters.connections).toBe(1);
    fake.gateway.settings.acknowledges = false;
    await fake.until(() => fake.gateway.counters.connections === 2, 'a second line');
    fake.gateway.settings.acknowledges = true;
    await resumed();
    expect(fake.gateway.counters.clientCloses).toContain(4200);
  });
});

describe('shards', () => {
  it('get the guilds that are theirs, and direct messages go to the first', async () => {
    const guilds = [fake.createGuild('b'), fake.createGuild('c')];
    client = createClient(fake, { shards: [1], shardCount: 2 });
    const ready = once(client, Events.ClientReady);
    await client.login(fake.token);
    await ready;
    const all = [...fake.world.guilds.keys()];
    expect(new Set(guilds.map((id) => shardOf(id, 2))).size).toBe(2);
    expect([...client.guilds.cache.keys()].sort()).toEqual(all.filter((id) => shardOf(id, 2) === 1).sort());
    const heard: string[] = [];
    client.on(Events.MessageCreate, (message) => heard.push(message.content));
    fake.directMessage(person, 'for shard 0');
    for (const guild of guilds)
      fake.say(
        fake.createChannel(guild),
        fake.createMember(guild, 'joon'),
        shardOf(guild, 2) ? 'mine' : 'not mine',
      );
    await heardAll(heard, 1);
    expect(heard).toEqual(['mine']);
  });
});

describe('the protocol', () => {
  interface Packet {
    op: number;
    t: string | null;
    d: unknown;
  }

  function open(query = 'v=10&encoding=json') {
    const socket = new WebSocket(`${fake.apiUrl.replace('http', 'ws').replace('/api', '/')}?${query}`);
    const packets: Packet[] = [];
    const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    inflate.on('data', (part: Buffer) => packets.push(JSON.parse(part.toString()) as Packet));
    socket.on('message', (data: Buffer, binary) => {
      if (binary) inflate.write(data);
      else packets.push(JSON.parse(data.toString()) as Packet);
    });
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    const opened = once(socket, 'open');
    return {
      socket,
      packets,
      closed,
      inflate,
      send: async (payload: unknown) => (
        await opened,
        socket.send(typeof payload === 'string' ? payload : JSON.stringify(payload))
      ),
    };
  }

  const identify = (change: object = {}) => ({
    op: 2,
    d: {
      token: fake.token,
      intents: 513,
      properties: { os: 'linux', browser: 'test', device: 'test' },
      ...change,
    },
  });

  it.each<[number, string, () => unknown]>([
    [4001, 'an unknown opcode', () => ({ op: 99, d: null })],
    [4002, 'what is not JSON', () => '{'],
    [4003, 'a presence before identifying', () => ({ op: 3, d: {} })],
    [4004, 'a wrong token', () => identify({ token: 'another' })],
    [4004, 'a wrong token on resuming', () => ({ op: 6, d: { token: 'x', session_id: 'y', seq: 1 } })],
    [4010, 'a shard that is not there', () => identify({ shard: [2, 2] })],
    [4013, 'intents that do not exist', () => identify({ intents: 1 << 30 })],
  ])('closes with %i on %s', async (code, _name, payload) => {
    const line = open();
    await line.send(payload());
    expect(await line.closed).toBe(code);
  });

  it('closes with 4012 on another version', async () => {
    expect(await open('v=6&encoding=json').closed).toBe(4012);
  });

  it('closes with 4005 on a second identify, and with 4007 on a sequence number that was never sent', async () => {
    const twice = open();
    await twice.send(identify());
    await twice.send(identify());
    expect(await twice.closed).toBe(4005);
    const ready = twice.packets.find(({ t }) => t === 'READY')?.d as { session_id: string };
    const ahead = open();
    await ahead.send({ op: 6, d: { token: fake.token, session_id: ready.session_id, seq: 999 } });
    expect(await ahead.closed).toBe(4007);
  });

  it('counts identifies down, and resets the token when there are too many', async () => {
    fake.gateway.settings.identifiesLeft = 1;
    const first = open();
    await first.send(identify());
    await fake.until(() => fake.gateway.connected === 1, 'a session');
    expect(fake.gateway.settings.identifiesLeft).toBe(0);
    const second = open();
    await second.send(identify());
    expect(await Promise.all([first.closed, second.closed])).toEqual([4004, 4004]);
    const answer = await fetch(`${fake.apiUrl}/v10/users/@me`, {
      headers: { Authorization: `Bot ${fake.token}` },
    });
    expect(answer.status).toBe(401);
  });

  it('asks a shard that identifies again too soon to do so later', async () => {
    await fake.close();
    fake = await startFakeDiscord({ identifyIntervalMs: 5_000 });
    await open().send(identify());
    await fake.until(() => fake.gateway.connected === 1, 'a session');
    const second = open();
    await second.send(identify());
    while (second.packets.length < 2) await once(second.socket, 'message');
    expect(second.packets.at(-1)).toMatchObject({ op: 9, d: false });
    fake.clock.advance(5_000);
    await second.send(identify());
    await fake.until(() => fake.gateway.connected === 2, 'a second session');
  });

  it('compresses with zlib-stream', async () => {
    const line = open('v=10&encoding=json&compress=zlib-stream');
    await line.send(identify());
    while (line.packets.length < 3) await once(line.inflate, 'data');
    expect(line.packets.map(({ op, t }) => t ?? op)).toEqual([10, 'READY', 'GUILD_CREATE']);
    line.socket.close();
  });
});
