// What happened while Nunchi was away: looked up once it is back, for a bounded time, and counted once.
import { describe, expect, it } from 'vitest';
import { connect, createNotedHub, createNotedLogger, startSlack, until } from './bench.js';

const HOUR = 3_600_000;

async function bench() {
  const slack = await startSlack({ redelivery: 'by-test' });
  const [ada, bob] = [slack.createUser('ada', { isAdmin: true }), slack.createUser('bob')];
  const channel = slack.createChannel('general', [ada, bob]);
  return { slack, ada, bob, channel, hub: createNotedHub() };
}

describe('after a time away', () => {
  it('takes in the messages and the replies in threads since the last one it knows, oldest first', async () => {
    const { slack, ada, bob, channel, hub } = await bench();
    const known = slack.say(ada, channel, 'known');
    const old = slack.say(ada, channel, 'an old thread');
    hub.seen.set(channel.id, old.ts);
    hub.open.set(channel.id, [old.ts, known.ts]);
    const direct = slack.directMessage(ada, 'known too').channel;
    hub.seen.set(direct.id, [...direct.messages.keys()][0] ?? '');
    slack.clock.advance(HOUR);
    slack.mention(bob, channel, 'for Nunchi');
    const root = slack.say(ada, channel, 'a new thread');
    slack.say(bob, channel, 'in the new thread', { thread: root });
    slack.say(bob, channel, 'in the old thread', { thread: old });
    slack.sayAsIntegration(channel, 'an app');
    slack.directMessage(ada, 'directly');
    await connect(slack, 'socket', { hub });
    await until(() => hub.of('message').length === 5);
    const found = hub.of('message').map(({ message }) => [message.text, message.addressed, message.threadId]);
    expect(found.slice(0, 2)).toEqual([
      ['for Nunchi', true, null],
      ['a new thread', false, null],
    ]);
    expect(found.slice(2).sort()).toEqual([
      ['directly', true, null],
      ['in the new thread', false, root.ts],
      ['in the old thread', false, old.ts],
    ]);
    // Slack sends some of it again after all.
    slack.redeliverPending();
    await until(() => slack.pendingCount() === 0);
    expect(hub.of('message').filter(({ message }) => message.text === 'for Nunchi')).toHaveLength(1);
  });

  it('goes back one day and no further, and leaves channels alone that it does not know or is not in', async () => {
    const { slack, ada, channel, hub } = await bench();
    const unknown = slack.createChannel('unknown', [ada]);
    const left = slack.createChannel('left', [ada]);
    for (const place of [channel, left]) hub.seen.set(place.id, slack.say(ada, place, 'known').ts);
    slack.removeBot(left);
    slack.say(ada, channel, 'too long ago');
    slack.clock.advance(25 * HOUR);
    for (const place of [channel, unknown, left]) slack.say(ada, place, `lately in ${place.name}`);
    const logger = createNotedLogger();
    await connect(slack, 'socket', { hub, logger });
    await until(() => logger.lines.some(({ event }) => event.startsWith('caught up')));
    expect(hub.of('message').map(({ message }) => message.text)).toEqual(['lately in general']);
  });

  it('finds many messages, waiting where Slack asks it to', async () => {
    const { slack, ada, channel, hub } = await bench();
    hub.seen.set(channel.id, slack.say(ada, channel, 'known').ts);
    for (let count = 0; count < 450; count += 1) slack.say(ada, channel, `message ${count}`);
    slack.fail('conversations.history', { retryAfter: 1 });
    await connect(slack, 'socket', { hub });
    await until(() => hub.of('message').length === 450);
    expect(hub.of('message').map(({ message }) => message.text)).toEqual(
      Array.from({ length: 450 }, (_, count) => `message ${count}`),
    );
  });

  it.each([
    ['internal_error', { error: 'internal_error' }],
    ['an answer that is none', { status: 503 }],
  ])('asks again where Slack has a fault of its own: %s', async (_name, fault) => {
    const { slack, ada, channel, hub } = await bench();
    hub.seen.set(channel.id, slack.say(ada, channel, 'known').ts);
    slack.say(ada, channel, 'missed');
    slack.fail('conversations.history', fault);
    await connect(slack, 'socket', { hub });
    await until(() => hub.of('message').length === 1);
  });

  it('goes on where a thread was deleted', async () => {
    const { slack, ada, bob, channel, hub } = await bench();
    const [gone, there] = [slack.say(ada, channel, 'gone'), slack.say(ada, channel, 'there')];
    const orphan = slack.say(bob, channel, 'known', { thread: gone });
    channel.messages.delete(gone.ts);
    hub.seen.set(channel.id, orphan.ts);
    hub.open.set(channel.id, [orphan.ts, there.ts]);
    slack.clock.advance(HOUR);
    slack.say(bob, channel, 'missed', { thread: there });
    await connect(slack, 'socket', { hub });
    await until(() => hub.of('message').length === 1);
    expect(hub.of('message')[0]?.message.text).toBe('missed');
  });

  it('hands over what stands under messages that may still be corrected', async () => {
    const { slack, ada, bob, channel, hub } = await bench();
    const message = slack.say(bob, channel, 'hm');
    const plain = slack.say(bob, channel, 'without reactions');
    const stranger = slack.createUser('stranger', { teamId: slack.createTeam('Other').id });
    hub.seen.set(channel.id, plain.ts);
    hub.open.set(channel.id, [plain.ts, message.ts]);
    slack.react(ada, message, 'red_circle');
    slack.react(bob, message, 'red_circle');
    slack.react(bob, message, '+1');
    let person: Parameters<typeof hub.reconcile>[1] | undefined;
    const noted = hub.reconcile.bind(hub);
    hub.reconcile = (state, personOf) => {
      person = personOf;
      return noted(state, personOf);
    };
    await connect(slack, 'socket', { hub });
    await until(() => hub.states.length === 2);
    expect(hub.states).toEqual([
      { communityId: slack.team.id, channelId: channel.id, messageId: plain.ts, reactions: [] },
      {
        communityId: slack.team.id,
        channelId: channel.id,
        messageId: message.ts,
        reactions: [
          { emoji: 'red_circle', personIds: [ada.id, bob.id] },
          { emoji: '+1', personIds: [bob.id] },
        ],
      },
    ]);
    expect(await person?.(ada.id)).toEqual({ id: ada.id, roleIds: [], moderates: true });
    slack.createChannel('shared', [ada, stranger]);
    expect(await person?.(stranger.id)).toBeNull();
  });

  it('hands over what stands under messages and replies that were missed themselves', async () => {
    const { slack, ada, bob, channel, hub } = await bench();
    hub.seen.set(channel.id, slack.say(ada, channel, 'known').ts);
    slack.clock.advance(HOUR);
    const root = slack.say(bob, channel, 'missed');
    const reply = slack.say(ada, channel, 'missed in its thread', { thread: root });
    slack.say(bob, channel, 'without reactions');
    for (const message of [root, reply]) slack.react(ada, message, 'large_green_circle');
    await connect(slack, 'socket', { hub });
    await until(() => hub.states.length === 2);
    expect(hub.states.map(({ messageId, reactions }) => [messageId, reactions])).toEqual([
      [root.ts, [{ emoji: 'large_green_circle', personIds: [ada.id] }]],
      [reply.ts, [{ emoji: 'large_green_circle', personIds: [ada.id] }]],
    ]);
    expect(hub.of('message')).toHaveLength(3);
  });

  it('tells of edits and deletions of those messages', async () => {
    const { slack, ada, channel, hub } = await bench();
    const edited = slack.say(ada, channel, 'good');
    const deleted = slack.say(ada, channel, 'oops');
    hub.seen.set(channel.id, deleted.ts);
    hub.open.set(channel.id, [deleted.ts, edited.ts]);
    slack.clock.advance(HOUR);
    slack.edit(edited, 'bad');
    slack.remove(deleted);
    await connect(slack, 'socket', { hub });
    await until(() => hub.of('edit').length === 1);
    expect(hub.of('edit')[0]).toMatchObject({ messageId: edited.ts, text: 'bad' });
    expect(hub.of('deletion')).toMatchObject([{ messageId: deleted.ts }]);
  });

  it('catches up after a connection was lost for long, too', async () => {
    const { slack, ada, channel, hub } = await bench();
    const known = slack.say(ada, channel, 'known');
    hub.seen.set(channel.id, known.ts);
    await connect(slack, 'socket', { hub });
    slack.fail('apps.connections.open', { status: 503 }, 3);
    slack.drop();
    await until(() => slack.connections().length === 0);
    slack.say(ada, channel, 'meanwhile');
    await until(() => hub.of('message').some(({ message }) => message.text === 'meanwhile'));
  });

  it('starts all the same where nothing can be looked up', async () => {
    const { slack, ada, channel, hub } = await bench();
    hub.seen.set(channel.id, slack.say(ada, channel, 'known').ts);
    slack.fail('users.conversations', { error: 'internal_error' });
    const logger = createNotedLogger();
    await connect(slack, 'socket', { hub, logger });
    expect(logger.lines.map(({ event }) => event)).toContain('what was missed cannot be looked up');
    slack.say(ada, channel, 'live');
    await until(() => hub.of('message').some(({ message }) => message.text === 'live'));
  });

  it('stops looking where Nunchi stops', async () => {
    const { slack, ada, channel, hub } = await bench();
    hub.seen.set(channel.id, slack.say(ada, channel, 'known').ts);
    slack.fail('conversations.history', { retryAfter: 600 });
    const { adapter } = await connect(slack, 'socket', { hub });
    await until(() => slack.counters.rateLimited === 1);
    await adapter.disconnect();
    expect(slack.counters.calls.get('conversations.history')).toBe(1);
  });
});
