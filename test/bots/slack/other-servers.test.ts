// Servers that speak Slack's API with little of it: what is missing costs no start, no answer and no correction.
import { describe, expect, it } from 'vitest';
import { METHOD_SCOPES } from '../../../bots/slack/scopes.js';
import { connect, delivery, startSlack, until } from './bench.js';

const NEEDED = new Set(['auth.test', 'apps.connections.open', 'chat.postMessage']);

const without = (how: 'unknown_method' | number) =>
  new Map(
    [...Object.keys(METHOD_SCOPES), 'reactions.get', 'bots.info']
      .filter((method) => !NEEDED.has(method))
      .map((method): [string, 'unknown_method' | number] => [method, how]),
  );

describe.each(['unknown_method', 404] as const)('a server whose other methods end with %s', (how) => {
  it('is connected to; what comes is told, answered and may be corrected', async () => {
    const slack = await startSlack({ absent: without(how) });
    const ada = slack.createUser('ada');
    const channel = slack.createChannel('general', [ada]);
    const { adapter, hub } = await connect(slack);
    const asked = slack.mention(ada, channel, 'how is it?');
    await until(() => hub.of('message').length === 1);
    expect(hub.of('message')[0]?.message).toMatchObject({ text: 'how is it?', addressed: true });
    slack.react(ada, asked, 'large_green_circle');
    await until(() => hub.of('reaction').length === 1);

    const replyTo = { messageId: asked.ts, threadId: null };
    const reply = { type: 'reply', channelId: channel.id, replyTo, text: 'Positive.' } as const;
    await adapter.send(delivery(reply));
    expect(slack.sent.messages.map(({ message }) => message.threadTs)).toEqual([asked.ts]);
    const reaction = { type: 'reaction', channelId: channel.id, messageId: asked.ts, emoji: '🟢' } as const;
    await expect(adapter.send(delivery(reaction))).rejects.toMatchObject({
      code: 'delivery-refused',
      hint: expect.stringContaining('SLACK_API_URL') as string,
    });
  });
});

describe('a server that leaves out fields', () => {
  it('that name events and say who Nunchi is', async () => {
    const slack = await startSlack({
      absent: new Map([['bots.info', 'unknown_method']]),
      leavesOut: new Set(['event_id', 'user_id', 'authorizations', 'event_ts']),
    });
    const ada = slack.createUser('ada');
    const channel = slack.createChannel('general', [ada]);
    const { hub } = await connect(slack);
    const asked = slack.mention(ada, channel, 'how is it?');
    await until(() => slack.deliveries.length === 2 && slack.pendingCount() === 0);
    expect(hub.of('message').map(({ message }) => [message.messageId, message.addressed])).toEqual([
      [asked.ts, true],
    ]);
    slack.react(ada, asked, 'red_circle');
    await until(() => hub.of('reaction').length === 1);
  });
});
