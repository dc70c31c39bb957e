// A thousand reactions in a minute.
import { describe, expect, it } from 'vitest';
import { connect, startSlack, until } from './bench.js';

describe('a flood', () => {
  it('of 1,000 reactions on one message keeps no question elsewhere waiting', async () => {
    const slack = await startSlack({ rateLimits: new Map([['users.info', { calls: 100, perMs: 60_000 }]]) });
    const crowd = Array.from({ length: 1_000 }, (_, count) => slack.createUser(`member-${count}`));
    const ada = slack.createUser('ada');
    const channel = slack.createChannel('general', [ada, ...crowd]);
    const quiet = slack.createChannel('quiet', [ada]);
    const { hub } = await connect(slack);
    const message = slack.say(ada, channel, 'the news');
    for (const member of crowd) slack.react(member, message, 'white_circle');
    slack.mention(ada, quiet, 'how is it?');
    await until(() => hub.of('message').length === 2);
    await until(() => hub.of('reaction').length === 1_000);
    await until(() => slack.pendingCount() === 0);
    expect(new Set(hub.of('reaction').map(({ person }) => person.id)).size).toBe(1_000);
    expect(slack.counters.redeliveries).toBe(0);
    // Slack has said that it is too much, and is then left alone.
    expect(slack.counters.calls.get('users.info')).toBeLessThan(120);
  });
});
