// What comes from Slack, in both transports, and what Nunchi is told of it.
import { describe, expect, it } from 'vitest';
import { connect, delivery, startSlack, until, type Transport } from './bench.js';

describe.each<Transport>(['socket', 'http'])('events by %s', (transport) => {
  it('tells of a message, with its thread, its place and whether it may be learned from', async () => {
    const slack = await startSlack();
    const ada = slack.createUser('ada', { locale: 'en-US' });
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack, transport);
    const root = slack.say(ada, channel, 'it is <broken> & slow');
    const reply = slack.say(ada, channel, 'really', { thread: root });
    await until(() => hub.events.length === 2);
    const told = hub.of('message').map(({ message }) => message);
    expect(told.find(({ messageId }) => messageId === root.ts)).toEqual({
      platform: 'slack',
      communityId: slack.team.id,
      channelId: channel.id,
      messageId: root.ts,
      authorId: ada.id,
      threadId: null,
      text: 'it is <broken> & slow',
      language: 'en',
      addressed: false,
      trainable: true,
    });
    expect(told.find(({ messageId }) => messageId === reply.ts)).toMatchObject({
      threadId: root.ts,
      text: 'really',
      addressed: false,
    });
  });

  it('tells of a mention once, as spoken to, though two events come of it', async () => {
    const slack = await startSlack();
    const minji = slack.createUser('minji');
    const bob = slack.createUser('bob');
    const channel = slack.createChannel('general', [minji, bob]);
    const { hub } = await connect(slack, transport);
    slack.mention(minji, channel, `<@${bob.id}> 오늘 힘들었어요`);
    await until(() => slack.deliveries.length === 2 && slack.pendingCount() === 0);
    expect(hub.events).toHaveLength(1);
    expect(hub.of('message')[0]?.message).toMatchObject({
      text: '@someone 오늘 힘들었어요',
      addressed: true,
      language: 'ko',
    });
  });

  it('takes a mention where messages of the channel are not subscribed to', async () => {
    const slack = await startSlack({ subscriptions: new Set(['app_mention']) });
    const ada = slack.createUser('ada');
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack, transport);
    slack.mention(ada, channel, 'how is it?');
    await until(() => hub.events.length === 1);
    expect(hub.of('message')[0]?.message).toMatchObject({ text: 'how is it?', addressed: true });
  });

  it.each(['im', 'mpim', 'group', 'channel'] as const)(
    'hears people in a conversation of kind %s',
    async (kind) => {
      const slack = await startSlack();
      const ada = slack.createUser('ada');
      const { hub } = await connect(slack, transport);
      if (kind === 'im') slack.directMessage(ada, 'hello there');
      else slack.say(ada, slack.createChannel('place', [ada], { kind }), 'hello there');
      await until(() => hub.events.length === 1);
      expect(hub.of('message')[0]?.message).toMatchObject({ text: 'hello there', addressed: kind === 'im' });
    },
  );

  it('leaves alone what no person of the workspace says', async () => {
    const slack = await startSlack();
    const ada = slack.createUser('ada');
    const stranger = slack.createUser('stranger', { teamId: slack.createTeam('Other').id });
    const robot = slack.createBot('robot');
    const channel = slack.createChannel('shared', [ada, stranger, robot]);
    const { hub, adapter } = await connect(slack, transport);
    slack.say(stranger, channel, 'from another organisation');
    slack.say(robot, channel, 'from another app');
    slack.sayAsIntegration(channel, 'from an old integration');
    slack.join(slack.createUser('new'), channel);
    slack.say(ada, channel, '', { files: [{ name: 'a.png', bytes: Buffer.from('x') }] });
    const own = { type: 'post', channelId: channel.id, text: 'Nunchi itself', attachment: null } as const;
    expect(await adapter.send(delivery(own))).toMatch(/^\d+\.\d+$/);
    const mine = slack.say(ada, channel, 'from a person');
    slack.react(stranger, mine, 'red_circle');
    slack.react(robot, mine, 'red_circle');
    slack.react(ada, mine, 'white_circle');
    await until(() => slack.pendingCount() === 0 && hub.events.length === 2);
    expect(hub.of('message').map(({ message }) => message.text)).toEqual(['from a person']);
    expect(hub.of('reaction').map(({ person }) => person.id)).toEqual([ada.id]);
  });

  it('tells of edits and deletions, and not of previews', async () => {
    const slack = await startSlack();
    const ada = slack.createUser('ada');
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack, transport);
    const first = slack.say(ada, channel, 'good https://example.org');
    slack.unfurl(first, 'https://example.org');
    slack.edit(first, 'bad & worse');
    slack.edit(first, 'fine');
    const second = slack.say(ada, channel, 'begins a thread');
    slack.say(ada, channel, 'a reply', { thread: second });
    slack.remove(first);
    slack.remove(second);
    await until(() => slack.pendingCount() === 0 && hub.of('deletion').length === 2);
    const edits = hub.of('edit').map(({ messageId, text }) => [messageId, text]);
    expect(edits.sort()).toEqual([
      [first.ts, 'bad & worse'],
      [first.ts, 'fine'],
    ]);
    const deleted = hub.of('deletion').map(({ messageId }) => messageId);
    expect(deleted.sort()).toEqual([first.ts, second.ts]);
  });

  it('tells of reactions with what the person may do, as it is now', async () => {
    const slack = await startSlack();
    const ada = slack.createUser('ada', { isAdmin: true });
    const bob = slack.createUser('bob');
    const group = slack.createUserGroup('care', [bob]);
    const channel = slack.createChannel('general', [ada, bob]);
    const { hub } = await connect(slack, transport);
    const message = slack.say(bob, channel, 'hm');
    slack.react(ada, message, 'large_green_circle');
    await until(() => hub.of('reaction').length === 1);
    slack.unreact(ada, message, 'large_green_circle');
    await until(() => hub.of('reaction').length === 2);
    slack.react(bob, message, 'x');
    await until(() => hub.of('reaction').length === 3);
    expect(hub.of('reaction').map(({ emoji, action, person }) => [emoji, action, person])).toEqual([
      ['large_green_circle', 'added', { id: ada.id, roleIds: [], moderates: true }],
      ['large_green_circle', 'removed', { id: ada.id, roleIds: [], moderates: true }],
      ['x', 'added', { id: bob.id, roleIds: [group.id], moderates: false }],
    ]);
    ada.isAdmin = false;
    slack.clock.advance(5 * 60_000 + 1);
    slack.react(ada, message, 'x');
    await until(() => hub.of('reaction').length === 4);
    expect(hub.of('reaction')[3]?.person.moderates).toBe(false);
  });

  it.each([
    ['an error of its own, twice', { error: 'internal_error' }, 2],
    ['a moment of patience', { retryAfter: 1 }, 1],
  ] as const)('knows a moderator although Slack answers with %s', async (_, fault, times) => {
    const slack = await startSlack();
    const ada = slack.createUser('ada', { isAdmin: true });
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack, transport);
    const message = slack.say(ada, channel, 'how lovely');
    slack.fail('users.info', fault, times);
    slack.react(ada, message, 'x');
    await until(() => hub.of('reaction').length === 1);
    expect(hub.of('reaction')[0]?.person).toEqual({ id: ada.id, roleIds: [], moderates: true });
  });

  it('takes a reaction of somebody whom Slack cannot be asked about, as anybody’s, in time', async () => {
    const slack = await startSlack({ redelivery: 'by-test' });
    const ada = slack.createUser('ada', { isAdmin: true });
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack, transport);
    const message = slack.say(ada, channel, 'how lovely');
    slack.fail('users.info', { error: 'internal_error' }, 3);
    slack.react(ada, message, 'x');
    await until(() => hub.of('reaction').length === 1);
    expect(hub.of('reaction')[0]?.person.moderates).toBe(false);
    slack.unreact(ada, message, 'x');
    await until(() => hub.of('reaction').length === 2);
    expect(hub.of('reaction')[1]?.person.moderates).toBe(true);
    expect(slack.counters.redeliveries).toBe(0);
  });

  it('tells of one message in the order in which it happened, however long its author is looked up', async () => {
    const slack = await startSlack();
    const [ada, bob] = [slack.createUser('ada'), slack.createUser('bob')];
    const channel = slack.createChannel('general', [ada, bob]);
    const { hub } = await connect(slack, transport);
    // Asked again after a moment.
    slack.fail('users.info', 'drop-before');
    const message = slack.mention(ada, channel, 'how is it?');
    slack.edit(message, `<@${slack.bot.id}> how was it?`);
    slack.remove(message);
    await until(() => slack.pendingCount() === 0);
    expect(hub.events.map(({ event }) => event.type)).toEqual(['message', 'edit', 'deletion']);
  });

  it('acknowledges an event after it is kept, and not where it could not be', async () => {
    const slack = await startSlack({ redelivery: 'by-test' });
    const ada = slack.createUser('ada');
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack, transport);
    let letGo = () => {};
    hub.held = new Promise((resolve) => (letGo = resolve));
    slack.say(ada, channel, 'kept first');
    const [kept] = slack.deliveries;
    await until(() => hub.offered === 1);
    expect(kept?.state).toBe('pending');
    letGo();
    await until(() => kept?.state === 'acknowledged');
    expect(hub.events).toHaveLength(1);
    hub.held = null;
    hub.failure = new Error('the disk is full');
    slack.say(ada, channel, 'kept the second time');
    const failed = slack.deliveries[1];
    if (transport === 'socket') slack.clock.advance(3_001);
    await until(() => failed?.attempts[0]?.outcome !== 'waiting');
    expect(failed?.state).toBe('pending');
    hub.failure = null;
    expect(slack.redeliverPending()).toBe(1);
    await until(() => failed?.state === 'acknowledged');
    expect(hub.of('message').map(({ message }) => message.text)).toEqual([
      'kept first',
      'kept the second time',
    ]);
  });

  it('counts an event once however often Slack sends it', async () => {
    const slack = await startSlack();
    const ada = slack.createUser('ada');
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack, transport);
    const message = slack.say(ada, channel, 'again and again');
    slack.react(ada, message, 'x');
    await until(() => hub.events.length === 2);
    for (const { eventId } of [...slack.deliveries]) {
      slack.redeliver(eventId ?? '');
      slack.redeliver(eventId ?? '');
    }
    const attempts = () => slack.deliveries.flatMap((one) => one.attempts);
    await until(() => attempts().every(({ outcome }) => outcome === 'acknowledged'));
    expect(attempts()).toHaveLength(6);
    expect(hub.events).toHaveLength(2);
  });

  it('stops cleanly where the app is taken out of the workspace', async () => {
    const slack = await startSlack();
    const { adapter } = await connect(slack, transport);
    slack.uninstall();
    await until(() => slack.deliveries[0]?.state === 'acknowledged');
    const news = { type: 'post', channelId: 'C1', text: 'hi', attachment: null } as const;
    await expect(adapter.send(delivery(news))).rejects.toMatchObject({ code: 'delivery-refused' });
    await adapter.disconnect();
    await until(() => slack.connections().length === 0);
  });
});

describe('who is spoken to in a thread', () => {
  it('is Nunchi where it wrote the first message, or where it answered who asks on', async () => {
    const slack = await startSlack();
    const [ada, bob] = [slack.createUser('ada'), slack.createUser('bob')];
    const channel = slack.createChannel('general', [ada, bob]);
    const { hub, adapter } = await connect(slack);
    const question = slack.mention(ada, channel, 'how is it?');
    slack.say(ada, channel, 'not answered yet', { thread: question });
    await until(() => hub.of('message').length === 2);
    const replyTo = { messageId: question.ts, threadId: null };
    await adapter.send(delivery({ type: 'reply', channelId: channel.id, replyTo, text: 'fine' }));
    await adapter.send(delivery({ type: 'post', channelId: channel.id, text: 'news', attachment: null }));
    const news = slack.sent.messages[1]?.message;
    slack.say(ada, channel, 'why?', { thread: question });
    slack.say(bob, channel, 'lunch?', { thread: question });
    slack.say(bob, channel, 'thanks', { ...(news && { thread: news }) });
    await until(() => hub.of('message').length === 5);
    const addressed = hub.of('message').map(({ message }) => [message.text, message.addressed]);
    expect(Object.fromEntries(addressed)).toEqual({
      'how is it?': true,
      'not answered yet': false,
      'why?': true,
      'lunch?': false,
      thanks: true,
    });
  });
});
