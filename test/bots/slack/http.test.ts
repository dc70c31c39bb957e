// Requests to the port: only Slack's own get in.
import { describe, expect, it } from 'vitest';
import { connect, createNotedLogger, delivery, startSlack, until } from './bench.js';

async function bench() {
  const slack = await startSlack();
  const ada = slack.createUser('ada');
  const channel = slack.createChannel('general', [ada]);
  const logger = createNotedLogger();
  return { slack, ada, channel, logger, ...(await connect(slack, 'http', { logger })) };
}

describe('a request', () => {
  it('that proves the address is answered', async () => {
    const { slack } = await bench();
    const answer = await slack.verifyUrl('a challenge');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('a challenge');
  });

  it('that is forged, late, unsigned, oversized or broken is refused, and the next one heard', async () => {
    const { slack, ada, channel, hub } = await bench();
    const body = slack.eventBody(channel, 'forged');
    const minute = Math.floor(Date.now() / 1_000);
    const statuses = [
      (await slack.postSigned({ body, secret: 'another secret' })).status,
      (await slack.postSigned({ body, timestamp: minute - 301 })).status,
      (await slack.postSigned({ body, headers: { 'X-Slack-Signature': 'v0=' } })).status,
      (await slack.postSigned({ body, headers: { 'X-Slack-Request-Timestamp': 'now' } })).status,
      (await slack.postSigned({ body: JSON.stringify({ text: 'x'.repeat(1_100_000) }) })).status,
      (await slack.postSigned({ body: '{"type":' })).status,
    ];
    expect(statuses).toEqual([401, 401, 401, 401, 413, 400]);
    const elsewhere = (slack.settings.requestUrl ?? '').replace('/slack/events', '/elsewhere');
    expect((await fetch(elsewhere)).status).toBe(404);
    expect((await fetch(slack.settings.requestUrl ?? '')).status).toBe(404);
    slack.say(ada, channel, 'real');
    await until(() => hub.of('message').length === 1);
    expect(hub.of('message')[0]?.message.text).toBe('real');
  });

  it('with another secret than ours is told of once, with where to find the right one', async () => {
    const { slack, channel, logger } = await bench();
    const forge = () => slack.postSigned({ body: slack.eventBody(channel, 'x'), secret: 'another secret' });
    await forge();
    await forge();
    const told = () => logger.lines.filter(({ fields }) => fields.status === 401);
    expect(told()).toHaveLength(1);
    expect(told()[0]?.event).toMatch(/SLACK_SIGNING_SECRET.*Basic Information/);
    await slack.verifyUrl('now a real one');
    slack.clock.advance(60_001);
    await forge();
    expect(told()).toHaveLength(2);
    expect(told()[1]?.event).toBe('a request to SLACK_PORT was refused: it does not bear Slack’s signature');
  });

  it('is not taken in any more after the end', async () => {
    const { slack, ada, channel, adapter, hub } = await bench();
    await adapter.disconnect();
    slack.say(ada, channel, 'too late');
    await until(() => slack.deliveries[0]?.attempts[0]?.outcome === 'connection_failed');
    await adapter.send(delivery({ type: 'post', channelId: channel.id, text: 'last', attachment: null }));
    expect(hub.events).toEqual([]);
    expect(slack.sent.messages).toHaveLength(1);
  });
});
