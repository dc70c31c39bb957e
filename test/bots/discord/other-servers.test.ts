// Servers that speak Discord's API and know less of it: nothing they leave out ends the process or costs an answer.
import { GatewayDispatchEvents as Event } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { DeliveryRefused } from '../../../src/chat/delivery/outbox-runner.js';
import { type Bench, startBench, until } from './bench.js';

let bench: Bench;
afterEach(() => bench.stop());

const raw = (status: number, body = '', contentType = 'text/html') =>
  ({ kind: 'raw', status, body, contentType }) as const;
/** As some server may send it, whatever the types say. */
const sparse = (payload: object) => payload as never;
const connect = async () => {
  bench = await startBench();
  await bench.adapter.connect(bench.hub);
};

describe('the gateway', () => {
  it('is found where the server tells no limit of starts, or knows only its address', async () => {
    bench = await startBench();
    const url = bench.fake.apiUrl.replace(/^http(.*)\/api$/, 'ws$1');
    const answer = JSON.stringify({ url });
    bench.fake.faults.next('GET /gateway/bot', raw(200, answer, 'application/json'), Infinity);
    await bench.adapter.connect(bench.hub);
    bench.fake.faults.clear();
    bench.fake.faults.next('GET /gateway/bot', raw(404, '<h1>Cannot GET</h1>'), Infinity);
    await bench.another().connect(bench.hub);
    expect(bench.fake.gateway.counters.identifies).toBe(2);
  });

  it('is asked for where it is, if the server does not say', async () => {
    bench = await startBench();
    bench.fake.faults.next('GET /gateway/bot', raw(200, '{}', 'application/json'), Infinity);
    await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject({
      code: 'platform-refused',
      hint: expect.stringContaining('DISCORD_API_URL') as string,
    });
  });
});

describe('events of few fields', () => {
  it('are the first of all', async () => {
    bench = await startBench();
    bench.fake.gateway.settings.readyWithout = ['application', 'guilds', 'resume_gateway_url', 'session_id'];
    await bench.adapter.connect(bench.hub);
    await bench.fake.until(() => (bench.fake.world.commands.get('')?.size ?? 0) > 0, 'the commands');
  });

  it('are messages that speak to Nunchi by their text, and edits without a time', async () => {
    await connect();
    const { fake, guild, channel, person, hub } = bench;
    const place = { channel_id: channel, guild_id: guild };
    const message = { id: '42', ...place, author: { id: person }, content: `<@${fake.botId}> hello` };
    fake.gateway.send(Event.MessageCreate, sparse(message));
    for (const content of ['hello there', 'hello again'])
      fake.gateway.send(Event.MessageUpdate, sparse({ ...message, content }));
    const events = await bench.events(3);
    expect(events).toMatchObject([
      { type: 'message', message: { text: 'hello', addressed: true, authorId: person } },
      { type: 'edit', text: 'hello there' },
      { type: 'edit', text: 'hello again' },
    ]);
    expect(new Set(hub.keys).size).toBe(3);
  });

  it('are commands, whose rights are those of the roles where nothing is said of them', async () => {
    await connect();
    const { fake, guild, channel, moderator, moderatorRole, hub } = bench;
    const data = { name: 'nunchi', type: 1, options: [{ type: 1, name: 'help' }] };
    for (const [id, roles] of [
      ['1', [moderatorRole]],
      ['2', []],
    ] as const) {
      const member = { user: { id: moderator }, roles };
      const command = { id, application_id: fake.botId, type: 2, token: `t${id}`, data, member };
      fake.gateway.send(
        Event.InteractionCreate,
        sparse({ ...command, guild_id: guild, channel_id: channel }),
      );
    }
    await until(() => hub.requests.length === 2, 'two requests');
    expect(hub.requests).toMatchObject([
      { type: 'help', communityId: guild, channelId: channel, person: { moderates: true } },
      { type: 'help', channelId: channel, person: { moderates: false } },
    ]);
  });

  it('are servers that discord.js makes nothing of, which costs a line', async () => {
    await connect();
    const { fake, guild, channel, person } = bench;
    fake.gateway.send(Event.GuildCreate, sparse({ id: '7', channels: [{ type: 0 }], roles: 3 }));
    fake.gateway.send(Event.ChannelUpdate, sparse({ id: channel, guild_id: guild }));
    fake.say(channel, person, 'still there');
    expect(await bench.events(1)).toMatchObject([{ message: { text: 'still there' } }]);
    expect(bench.lines.join('')).toContain('an event of Discord cannot be used');
  });
});

describe('routes that are not there', () => {
  it.each([raw(404), raw(405), raw(404, '', 'application/json'), raw(501, '<h1>no</h1>')])(
    'cost no reaction: somebody who cannot be looked up has the rights of everyone ($status $contentType)',
    async (missing) => {
      await connect();
      const { fake, guild, channel, person, moderator } = bench;
      fake.faults.next('GET /guilds/:guild/members/:user', missing, Infinity);
      const reaction = {
        channel_id: channel,
        message_id: '42',
        guild_id: guild,
        emoji: { id: null, name: '🟢' },
      };
      fake.gateway.send(Event.MessageReactionAdd, sparse({ ...reaction, user_id: moderator }));
      const owner = fake.world.guilds.get(guild)?.ownerId ?? '';
      fake.gateway.send(Event.MessageReactionAdd, sparse({ ...reaction, user_id: owner }));
      fake.gateway.send(
        Event.MessageReactionAdd,
        sparse({ ...reaction, user_id: person, member: { roles: [bench.moderatorRole] } }),
      );
      const events = await bench.events(3);
      const moderates = events.map((event) => 'person' in event && [event.person.id, event.person.moderates]);
      expect(Object.fromEntries(moderates as [string, boolean][])).toEqual({
        [moderator]: false,
        [owner]: true,
        [person]: true,
      });
    },
  );

  it('are asked once for an emoji', async () => {
    await connect();
    const { fake, channel, person, adapter } = bench;
    const route = 'PUT /channels/:channel/messages/:message/reactions/:emoji/@me';
    fake.faults.next(route, raw(404, '', 'application/json'), Infinity);
    const messageId = fake.say(channel, person, 'lovely');
    const reaction = { type: 'reaction', nonce: 'n', again: false, channelId: channel, messageId } as const;
    await expect(adapter.send({ ...reaction, emoji: '🟢' })).rejects.toBeInstanceOf(DeliveryRefused);
  });

  it('cost no commands where only writing them is known', async () => {
    bench = await startBench();
    bench.fake.faults.next('GET /applications/:application/commands', raw(404), Infinity);
    await bench.adapter.connect(bench.hub);
    await bench.fake.until(() => (bench.fake.world.commands.get('')?.size ?? 0) > 0, 'the commands');
  });
});
