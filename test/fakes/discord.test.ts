// The fake Discord as the real discord.js sees it: logging in, messages and reactions as events, and what intents hide.
import { type Client, Events, GatewayIntentBits, type Message, PermissionFlagsBits } from 'discord.js';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, createClient, INTENTS } from './discord-client.js';
import { type FakeDiscord, startFakeDiscord } from './discord/index.js';

let fake: FakeDiscord;
let client: Client;
let guild: string;
let channel: string;
let person: string;

beforeEach(async () => {
  fake = await startFakeDiscord();
  guild = fake.createGuild('home');
  channel = fake.createChannel(guild);
  person = fake.createMember(guild, 'mina');
});

afterEach(async () => {
  await client?.destroy();
  await fake.close();
});

/** The next event of this name; asked for before what brings it. */
const next = async (name: string): Promise<unknown[]> => (await once(client, name)) as unknown[];
const nextMessage = async (): Promise<Message> => (await next(Events.MessageCreate))[0] as Message;

describe('logging in', () => {
  it('finds the gateway by REST and gets its guilds with roles, channels and itself', async () => {
    const moderators = fake.createRole(guild, 'moderators', ['ManageMessages']);
    client = await connect(fake);
    expect(client.user?.id).toBe(fake.botId);
    const home = client.guilds.cache.get(guild);
    expect(home?.roles.cache.get(moderators)?.permissions.has(PermissionFlagsBits.ManageMessages)).toBe(true);
    expect(home?.channels.cache.has(channel)).toBe(true);
    expect([...(home?.members.cache.keys() ?? [])]).toEqual([fake.botId]);
    expect(fake.counters.requests.get('GET /gateway/bot')).toBe(1);
    expect(fake.gateway.counters).toMatchObject({ identifies: 1, connections: 1 });
    await client.application?.fetch();
    expect(client.application?.flags.has('GatewayMessageContentLimited')).toBe(true);
  });

  it('refuses a wrong token with 401, and in the gateway with 4004', async () => {
    client = createClient(fake);
    await expect(client.login('another-token')).rejects.toThrow(/invalid token/i);
    expect(fake.counters.statuses.get(401)).toBe(1);
    expect(fake.counters.invalidRequests()).toBe(1);
  });

  it('refuses a privileged intent that is not switched on with 4014', async () => {
    await fake.close();
    fake = await startFakeDiscord({ privileged: [] });
    client = createClient(fake);
    await expect(client.login(fake.token)).rejects.toThrow(/disallowed intents/i);
    expect(fake.gateway.counters).toMatchObject({ identifies: 1 });
    expect(fake.gateway.connected).toBe(0);
  });

  it('is told of guilds, channels, roles and permissions that change', async () => {
    client = await connect(fake);
    let told = next(Events.GuildCreate);
    const second = fake.createGuild('second');
    await told;
    told = next(Events.GuildRoleUpdate);
    const role = fake.createRole(guild, 'moderators');
    fake.changeRole(guild, role, ['ManageMessages']);
    await told;
    told = next(Events.ChannelUpdate);
    fake.allowBot(channel, ['ViewChannel', 'SendMessages']);
    await told;
    const seen = client.guilds.cache.get(guild);
    const own = seen?.members.me?.permissionsIn(channel);
    expect(own?.toArray().sort()).toEqual(['SendMessages', 'ViewChannel']);
    told = next(Events.ChannelDelete);
    fake.deleteChannel(channel);
    await told;
    told = next(Events.GuildDelete);
    fake.removeGuild(second);
    await told;
    expect([...client.guilds.cache.keys()]).toEqual([guild]);
    // Its own roles it learns without the intent for members; those of others it does not.
    told = next(Events.GuildMemberUpdate);
    fake.setRoles(guild, person, [role]);
    fake.setRoles(guild, fake.botId, [role]);
    const [, after] = (await told) as [unknown, { id: string }];
    expect(after.id).toBe(fake.botId);
  });
});

describe('messages', () => {
  it('arrive, are answered with a reply that pings, and are kept with their nonce', async () => {
    client = await connect(fake);
    const told = nextMessage();
    const said = fake.say(channel, person, `<@${fake.botId}> what a day`);
    const message = await told;
    expect(message).toMatchObject({ id: said, content: `<@${fake.botId}> what a day`, guildId: guild });
    expect(message.member?.joinedTimestamp).toBeGreaterThan(0);
    expect(message.mentions.users.has(fake.botId)).toBe(true);
    expect(Math.abs(message.createdTimestamp - Date.now())).toBeLessThan(60_000);
    const own = nextMessage();
    const reply = await message.reply({
      content: '@everyone ok',
      nonce: 'n-1',
      allowedMentions: { repliedUser: true },
    });
    expect((await own).nonce).toBe('n-1');
    expect(reply.reference?.messageId).toBe(said);
    expect(fake.sent.messages).toEqual([
      expect.objectContaining({
        id: reply.id,
        channelId: channel,
        content: '@everyone ok',
        nonce: 'n-1',
        replyTo: said,
        pings: { users: [person], roles: [], everyone: false },
      }),
    ]);
  });

  it('are changed, get previews as partial updates, and are removed one by one or many at once', async () => {
    client = await connect(fake);
    const [first = '', second = '', third = ''] = ['a', 'b', 'c'].map((text) =>
      fake.say(channel, person, text),
    );
    let told = next(Events.MessageUpdate);
    fake.edit(first, 'changed');
    expect((await told)[1]).toMatchObject({ id: first, content: 'changed' });
    const raw = new Promise<unknown>((resolve) =>
      client.on(Events.Raw, (packet: { t: string; d: unknown }) => {
        if (packet.t === 'MESSAGE_UPDATE') resolve(packet.d);
      }),
    );
    fake.unfurl(second, [{ title: 'a page' }]);
    expect(await raw).toEqual({
      id: second,
      channel_id: channel,
      guild_id: guild,
      embeds: [{ title: 'a page' }],
    });
    told = next(Events.MessageDelete);
    fake.remove(first);
    expect((await told)[0]).toMatchObject({ id: first, partial: true });
    told = next(Events.MessageBulkDelete);
    fake.removeMany([second, third]);
    expect([...((await told)[0] as Map<string, unknown>).keys()].sort()).toEqual([second, third]);
  });

  it('hide their text without the intent, but for mentions, replies that ping, direct ones and its own', async () => {
    client = await connect(fake, { intents: INTENTS });
    const heard: string[] = [];
    client.on(Events.MessageCreate, (message) => heard.push(message.content));
    const home = await client.channels.fetch(channel);
    if (!home?.isSendable()) throw new Error('no such channel');
    const own = await home.send('mine');
    fake.say(channel, person, 'overheard');
    fake.say(channel, person, `<@${fake.botId}> asked`);
    fake.say(channel, person, 'a reply', { replyTo: own.id });
    fake.say(channel, person, 'a silent reply', { replyTo: own.id, pingReplied: false });
    const told = next(Events.MessageCreate);
    fake.directMessage(person, 'in private');
    await told;
    while (heard.length < 6) await next(Events.MessageCreate);
    expect(heard).toEqual(['mine', '', `<@${fake.botId}> asked`, 'a reply', '', 'in private']);
  });

  it('in direct channels come only with their intent', async () => {
    client = await connect(fake, { intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages] });
    fake.directMessage(person, 'in private');
    const told = nextMessage();
    const said = fake.say(channel, person, 'in public');
    expect((await told).id).toBe(said);
  });

  it('come only from channels that the bot may see', async () => {
    client = await connect(fake);
    const hidden = fake.createChannel(guild, 'hidden');
    fake.allowBot(hidden, []);
    fake.say(hidden, person, 'secret');
    const told = nextMessage();
    const said = fake.say(channel, person, 'open');
    expect((await told).id).toBe(said);
    await expect(client.rest.get(`/channels/${hidden}`)).rejects.toMatchObject({ status: 403, code: 50001 });
  });
});

describe('reactions', () => {
  const packets = (names: string[]) => {
    const found: { t: string; d: Record<string, unknown> }[] = [];
    return new Promise<typeof found>((resolve) =>
      client.on(Events.Raw, (packet: { t: string; d: Record<string, unknown> }) => {
        if (packet.t?.startsWith('MESSAGE_REACTION')) found.push(packet);
        if (found.length === names.length) resolve(found);
      }),
    );
  };

  it('carry what Discord says of them: a member when added, none when taken back, nobody when cleared', async () => {
    client = await connect(fake);
    const custom = fake.createEmoji(guild, 'nice');
    const message = fake.say(channel, person, 'good');
    const names = ['ADD', 'ADD', 'REMOVE', 'REMOVE_EMOJI', 'REMOVE_ALL'].map(
      (name) => `MESSAGE_REACTION_${name}`,
    );
    const told = packets(names);
    fake.react(message, person, '🟢');
    fake.react(message, person, custom, { burst: true });
    fake.unreact(message, person, '🟢');
    fake.clearEmoji(message, custom);
    fake.clearReactions(message);
    const where = { channel_id: channel, message_id: message, guild_id: guild };
    const [add, burst, remove, emoji, all] = await told;
    expect([add, burst, remove, emoji, all].map((packet) => packet?.t)).toEqual(names);
    expect(add?.d).toMatchObject({
      ...where,
      user_id: person,
      member: { user: { id: person }, roles: [] },
      message_author_id: person,
      emoji: { id: null, name: '🟢' },
      burst: false,
      type: 0,
    });
    expect(burst?.d).toMatchObject({ emoji: { id: custom, name: 'nice' }, burst: true, type: 1 });
    expect(remove?.d).toEqual({
      ...where,
      user_id: person,
      emoji: { id: null, name: '🟢' },
      burst: false,
      type: 0,
    });
    expect(emoji?.d).toEqual({ ...where, emoji: { id: custom, name: 'nice' } });
    expect(all?.d).toEqual(where);
  });

  it('of messages that are not cached come as partials that can be fetched', async () => {
    const message = fake.say(channel, person, 'before the bot came');
    client = await connect(fake);
    const told = next(Events.MessageReactionAdd);
    fake.react(message, person, '🔴');
    const [reaction] = (await told) as [
      { partial: boolean; fetch(): Promise<{ count: number; message: Message }> },
    ];
    expect(reaction.partial).toBe(true);
    expect((await reaction.fetch()).count).toBe(1);
  });

  it('come only with their intent', async () => {
    client = await connect(fake, { intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages] });
    const seen: string[] = [];
    client.on(Events.Raw, (packet: { t: string }) => seen.push(packet.t));
    const message = fake.say(channel, person, 'good');
    fake.react(message, person, '🟢');
    const told = next(Events.MessageDelete);
    fake.remove(message);
    await told;
    expect(seen).toEqual(['MESSAGE_CREATE', 'MESSAGE_DELETE']);
  });

  it('of the bot are kept', async () => {
    client = await connect(fake);
    const told = nextMessage();
    fake.say(channel, person, 'good');
    const message = await told;
    const reaction = await message.react('🟢');
    expect(fake.world.messages.get(message.id)?.reactions.get('🟢')?.normal.has(fake.botId)).toBe(true);
    await reaction.users.remove(fake.botId);
    expect(fake.sent.reactions).toEqual([
      { messageId: message.id, channelId: channel, emoji: '🟢', added: true },
      { messageId: message.id, channelId: channel, emoji: '🟢', added: false },
    ]);
    expect(fake.world.messages.get(message.id)?.reactions.size).toBe(0);
  });
});
