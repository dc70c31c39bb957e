// What happens in Discord as Nunchi hears of it, through the real discord.js.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bench, startBench, until } from './bench.js';

let bench: Bench;
const bot = () => `<@${bench.fake.botId}>`;

describe('messages', () => {
  beforeEach(async () => {
    bench = await startBench();
    await bench.adapter.connect(bench.hub);
  });
  afterEach(() => bench.stop());

  it('become plain data, whoever is spoken to', async () => {
    const { fake, channel, person, guild } = bench;
    const id = fake.say(channel, person, 'what a lovely day <:sun:123456789012345678> <@1>');
    const [first] = await bench.events(1);
    expect(first).toEqual({
      type: 'message',
      message: {
        platform: 'discord',
        communityId: guild,
        channelId: channel,
        messageId: id,
        authorId: person,
        threadId: null,
        text: 'what a lovely day :sun:',
        language: 'en',
        addressed: false,
        trainable: false,
      },
    });
    expect(bench.hub.keys).toEqual([`message:${id}`]);
  });

  it('are handed over again where they could not be kept, one after the other', async () => {
    const { fake, channel, person, hub } = bench;
    const accept = hub.accept.bind(hub);
    let failures = 2;
    hub.accept = (key, event) =>
      failures-- > 0 ? Promise.reject(new Error('the database is busy')) : accept(key, event);
    const id = fake.say(channel, person, 'first');
    fake.edit(id, 'second');
    const events = await bench.events(2);
    expect(events.map(({ type }) => type)).toEqual(['message', 'edit']);
    expect(bench.lines.filter((line) => line.includes('could not be kept yet'))).toHaveLength(2);
  });

  it('speak to Nunchi by a mention, by its role, by a reply and directly', async () => {
    const { fake, channel, person, guild, adapter } = bench;
    const role =
      [...(fake.world.guilds.get(guild)?.roles.values() ?? [])].find((one) => one.managed)?.id ?? '';
    fake.say(channel, person, `${bot()} how is this?`);
    fake.say(channel, person, `<@&${role}> and this?`);
    const asked = fake.say(channel, person, 'asked');
    await bench.events(3);
    const own = await adapter.send({
      type: 'reply',
      nonce: 'n1',
      again: false,
      channelId: channel,
      replyTo: { messageId: asked, threadId: null },
      text: 'an answer',
    });
    fake.say(channel, person, 'really', { replyTo: own ?? '', pingReplied: false });
    const direct = fake.directMessage(person, 'just us');
    const events = await bench.events(5);
    const messages = events.flatMap((event) => (event.type === 'message' ? [event.message] : []));
    expect(messages.map(({ text, addressed }) => [text, addressed])).toEqual([
      ['how is this?', true],
      ['and this?', true],
      ['asked', false],
      ['really', true],
      ['just us', true],
    ]);
    const channelId = fake.directChannel(person);
    expect(messages[4]).toMatchObject({ communityId: `dm:${channelId}`, channelId, messageId: direct });
  });

  it('of bots, webhooks, Discord itself and for other bots are left alone', async () => {
    const { fake, channel, person, guild } = bench;
    const other = fake.createUser('another bot', { bot: true });
    fake.addMember(guild, other);
    fake.say(channel, other, 'beep');
    fake.say(channel, person, '!play something');
    fake.say(channel, person, '/help');
    fake.say(channel, person, '', { attachments: [{ id: '1' }] as never });
    fake.say(channel, person, '@everyone hello');
    const [only] = await bench.events(1);
    expect(only).toMatchObject({ message: { text: '@everyone hello', addressed: false } });
    expect(bench.hub.events).toHaveLength(1);
  });

  it('are edited, not by a preview, and deleted, many at once too', async () => {
    const { fake, channel, person } = bench;
    const ids = ['one', 'two', 'three'].map((text) => fake.say(channel, person, text));
    const [first = '', second = '', third = ''] = ids;
    fake.unfurl(first, [{ title: 'a page' }]);
    fake.edit(first, 'one, but better');
    fake.remove(first);
    fake.removeMany([second, third]);
    const events = await bench.events(7);
    expect(events.slice(3).map((event) => [event.type, 'messageId' in event && event.messageId])).toEqual(
      expect.arrayContaining([
        ['edit', first],
        ['deletion', first],
        ['deletion', second],
        ['deletion', third],
      ]),
    );
    expect(events.find(({ type }) => type === 'edit')).toMatchObject({ text: 'one, but better' });
    expect(bench.hub.keys.find((key) => key.startsWith('edit'))).toMatch(new RegExp(`^edit:${first}:\\d+$`));
  });

  it('may be trained on where the operator says that permission exists', async () => {
    await bench.stop();
    bench = await startBench({ training: 'messages' });
    await bench.adapter.connect(bench.hub);
    bench.fake.say(bench.channel, bench.person, 'for training');
    expect((await bench.events(1))[0]).toMatchObject({ message: { trainable: true } });
  });
});

describe('without the Message Content intent', () => {
  it('only what speaks to Nunchi is read, and nothing as if it were empty', async () => {
    bench = await startBench({ messageContent: false }, { privileged: [] });
    await bench.adapter.connect(bench.hub);
    const { fake, channel, person } = bench;
    const hidden = fake.say(channel, person, 'among ourselves');
    fake.edit(hidden, 'among ourselves, edited');
    fake.say(channel, person, `${bot()} for you`);
    fake.directMessage(person, 'direct');
    const events = await bench.events(2);
    expect(events).toMatchObject([
      { message: { text: 'for you', addressed: true } },
      { message: { text: 'direct', addressed: true } },
    ]);
    expect(await bench.adapter.fetch(channel, hidden)).toBeNull();
    await bench.stop();
  });
});

describe('reactions', () => {
  beforeEach(async () => {
    bench = await startBench();
    await bench.adapter.connect(bench.hub);
  });
  afterEach(() => bench.stop());

  it('say who gave them and whether they moderate there, also when they are taken back', async () => {
    const { fake, channel, person, moderator, moderatorRole } = bench;
    const message = fake.say(channel, person, 'good');
    fake.react(message, moderator, '🟢');
    fake.unreact(message, moderator, '🟢');
    fake.react(message, person, '🔴', { burst: true });
    const events = await bench.events(4);
    expect(events.slice(1)).toMatchObject([
      {
        action: 'added',
        emoji: '🟢',
        person: { id: moderator, roleIds: [moderatorRole], moderates: true },
      },
      { action: 'removed', emoji: '🟢', person: { id: moderator, moderates: true } },
      { action: 'added', emoji: '🔴', person: { id: person, roleIds: [], moderates: false } },
    ]);
  });

  it('given, taken back and given again are three events, however often Discord repeats them', async () => {
    const { fake, channel, person } = bench;
    const message = fake.say(channel, person, 'good');
    await bench.events(1);
    fake.react(message, person, '🟢');
    fake.unreact(message, person, '🟢');
    fake.react(message, person, '🟢');
    const events = await bench.events(4);
    expect(events.slice(1).map((event) => event.type === 'reaction' && event.action)).toEqual([
      'added',
      'removed',
      'added',
    ]);
  });

  it('of a custom emoji go by its id, and of bots are left alone', async () => {
    const { fake, channel, person, guild } = bench;
    const emoji = fake.createEmoji(guild, 'sob');
    const other = fake.createUser('another bot', { bot: true });
    fake.addMember(guild, other);
    const message = fake.say(channel, person, 'good');
    fake.react(message, other, '🟢');
    fake.unreact(message, other, '🟢');
    fake.react(message, person, `sob:${emoji}`);
    fake.clearEmoji(message, emoji);
    fake.clearReactions(message);
    const events = await bench.events(4);
    expect(events.slice(1)).toMatchObject([
      { type: 'reaction', emoji },
      { type: 'reactions-cleared', emoji },
      { type: 'reactions-cleared', emoji: null },
    ]);
  });

  it('of who has left are of somebody without roles', async () => {
    const { fake, channel, person, moderator, guild } = bench;
    const message = fake.say(channel, person, 'good');
    fake.react(message, moderator, '🟢');
    await bench.events(2);
    fake.removeMember(guild, person);
    fake.react(message, person, '⚪');
    fake.unreact(message, person, '⚪');
    const events = await bench.events(4);
    expect(events[3]).toMatchObject({
      action: 'removed',
      person: { id: person, roleIds: [], moderates: false },
    });
  });

  it('in a flood on one message hold up nothing elsewhere', async () => {
    const { fake, channel, person, guild } = bench;
    const flooded = fake.say(channel, person, 'flooded');
    const elsewhere = fake.createChannel(guild, 'elsewhere');
    const people = Array.from({ length: 500 }, (_, index) => fake.createMember(guild, `p${index}`));
    for (const one of people) fake.react(flooded, one, '🟢');
    for (const one of people) fake.unreact(flooded, one, '🟢');
    const question = fake.say(elsewhere, person, `${bot()} still there?`);
    await until(() => bench.hub.keys.includes(`message:${question}`), 'the question');
    const added = await until(
      () => bench.hub.events.filter((event) => event.type === 'reaction').length >= 1_000,
      'all reactions',
    );
    expect(added).toBe(true);
  });
});

describe('reactions whose people are still being asked about when Nunchi ends', () => {
  afterEach(() => bench.stop());

  it('are left to the next start, and said in one line that is no error', async () => {
    let clock = Date.now();
    bench = await startBench({ graceMs: 50, now: () => clock });
    const { fake, channel, person, moderator, adapter, hub } = bench;
    await adapter.connect(hub);
    const message = fake.say(channel, person, 'so so');
    for (const one of [person, moderator]) fake.react(message, one, '🟢');
    await bench.events(3);
    // What was known of them is too old, and what is taken back comes without it.
    clock += 60_000;
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const accept = vi.spyOn(hub, 'accept').mockImplementation(() => held.then(() => true));
    fake.react(message, person, '🔴');
    for (const one of [person, moderator]) fake.unreact(message, one, '🟢');
    await until(() => accept.mock.calls.length > 0, 'the first of them');
    await adapter.disconnect();
    await adapter.close();
    letGo();
    await until(() => bench.lines.some((line) => line.includes('left to the next start')), 'the line');
    expect(bench.lines.filter((line) => line.includes('left to the next start'))).toHaveLength(1);
    expect(bench.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
