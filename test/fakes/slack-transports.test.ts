// The fake Slack's two transports: connections that break, retries on schedule, signatures.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { call, closing, startHttpApp, startSlack, startSocketApp } from './slack-app.js';
import type { FakeSlackOptions } from './slack/index.js';

describe('Socket Mode', () => {
  async function start(options?: FakeSlackOptions) {
    const slack = await startSlack(options);
    const mina = slack.createUser('mina');
    const channel = slack.createChannel('general', [mina]);
    return { slack, mina, channel };
  }

  it('brings an event again at once to a new connection when the old one broke before the acknowledgement', async () => {
    const { slack, mina, channel } = await start({ settings: { redelivery: 'at-once' } });
    await startSocketApp(slack);
    slack.silence();
    const said = slack.mention(mina, channel, 'lost?');
    expect(slack.eventsOf('app_mention')[0]?.attempts).toMatchObject([{ number: 0, outcome: 'waiting' }]);
    slack.drop();
    await slack.until(() => slack.sent.messages.length === 1);
    const [event] = slack.eventsOf('app_mention');
    await slack.until(() => event?.state === 'acknowledged');
    expect(event?.attempts[0]?.outcome).toBe('closed');
    expect(event?.attempts.at(-1)).toMatchObject({ reason: 'timeout', outcome: 'acknowledged' });
    expect(slack.sent.messages[0]?.message.threadTs).toBe(said.ts);
  });

  it('tries at once, after a minute and after five, then never; history still knows', async () => {
    const { slack, mina, channel } = await start();
    slack.say(mina, channel, 'while the bot was away');
    const [event] = slack.eventsOf('message');
    expect(event?.attempts.map(({ outcome }) => outcome)).toEqual(['no_connection', 'no_connection']);
    slack.clock.advance(60_000);
    expect(event?.attempts).toHaveLength(3);
    slack.clock.advance(299_999);
    expect(event?.state).toBe('pending');
    slack.clock.advance(1);
    expect([event?.attempts.length, event?.state]).toEqual([4, 'lost']);
    const app = await startSocketApp(slack);
    const { messages } = await app.client.conversations.history({ channel: channel.id });
    expect(messages?.map(({ text }) => text)).toEqual(['while the bot was away']);
  });

  it('reconnects after each kind of disconnect, and a redelivered event keeps its id', async () => {
    const { slack, mina, channel } = await start({ settings: { redelivery: 'by-test' } });
    await startSocketApp(slack);
    for (const [index, reason] of (['refresh_requested', 'warning', 'link_disabled'] as const).entries()) {
      slack.disconnect(reason);
      await slack.until(
        () => slack.counters.connectionsOpened === index + 2 && slack.connections().length === 1,
      );
    }
    slack.directMessage(mina, 'hello');
    await slack.until(() => slack.sent.messages.length === 1);
    const [event] = slack.eventsOf('message');
    slack.redeliver(event!.eventId!, slack.connections()[0]?.number);
    await slack.until(() => slack.sent.messages.length === 2);
    expect(slack.counters.redeliveries).toBe(1);
    expect(channel.members.size).toBe(2);
  });

  it('lets 10 connections in, deals payloads out among them, and sends the next away', async () => {
    const { slack, mina, channel } = await start({ settings: { redelivery: 'by-test' } });
    const open = async () => {
      const address = await call(slack, 'apps.connections.open', {}, slack.settings.appToken);
      const socket = new WebSocket(String(address.url));
      closing.push(() => Promise.resolve(socket.close()));
      const [data] = (await once(socket, 'message')) as [Buffer];
      return JSON.parse(data.toString('utf8')) as Record<string, unknown>;
    };
    for (let n = 1; n <= 10; n++) expect(await open()).toMatchObject({ type: 'hello', num_connections: n });
    expect(await open()).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
    for (let n = 0; n < 10; n++) slack.say(mina, channel, `message ${n}`);
    expect(slack.connections().map(({ waiting }) => waiting.size)).toEqual(Array(10).fill(1));
    slack.clock.advance(3_000);
    expect(slack.eventsOf('message').map(({ attempts }) => attempts[0]?.outcome)).toEqual(
      Array(10).fill('timeout'),
    );
    expect(slack.redeliverPending()).toBe(10);
  });
});

describe('HTTP events', () => {
  it('come signed, and Bolt refuses what is forged, replayed or too large', async () => {
    const slack = await startSlack();
    const mina = slack.createUser('mina');
    const channel = slack.createChannel('general', [mina]);
    await startHttpApp(slack);
    const body = slack.eventBody(channel, 'hello');
    const old = Math.floor(Date.now() / 1000) - 600;
    expect((await slack.postSigned({ body, secret: 'forged' })).status).toBe(401);
    expect((await slack.postSigned({ body, timestamp: old })).status).toBe(401);
    expect(slack.sent.messages).toHaveLength(0);
    const huge = slack.eventBody(channel, 'x'.repeat(200_000));
    expect((await slack.postSigned({ body: huge })).status).toBe(413);
    expect((await slack.postSigned({ body })).status).toBe(200);
    await slack.until(() => slack.sent.messages.length === 1);
    const answer = await slack.verifyUrl('prove-it');
    expect(JSON.parse(answer.text)).toEqual({ challenge: 'prove-it' });
  });

  it('are tried again with the number and the reason, unless the app declines', async () => {
    const slack = await startSlack();
    const mina = slack.createUser('mina');
    const channel = slack.createChannel('general', [mina]);
    const seen: unknown[] = [];
    const statuses = [500, 200, 500];
    const server = createServer((request, response) => {
      seen.push([request.headers['x-slack-retry-num'], request.headers['x-slack-retry-reason']]);
      request.resume();
      const headers = seen.length === 3 ? { 'X-Slack-No-Retry': '1' } : undefined;
      // After the list is used up the app hangs.
      const status = statuses[seen.length - 1];
      if (status !== undefined) response.writeHead(status, headers).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      return once(server.close(), 'close');
    });
    slack.settings.requestUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    slack.say(mina, channel, 'one');
    await slack.until(() => slack.deliveries[0]?.state === 'acknowledged');
    expect(seen).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
    ]);
    slack.say(mina, channel, 'two');
    await slack.until(() => slack.deliveries[1]?.state === 'lost');
    const third = once(server, 'request');
    slack.say(mina, channel, 'three');
    await third;
    const again = once(server, 'request');
    slack.clock.advance(3_000);
    await again;
    expect(seen[4]).toEqual(['1', 'http_timeout']);
  });
});
