// Socket Mode: connections that are closed, broken, silent or switched off, and a graceful end.
import { describe, expect, it } from 'vitest';
import { connect, createNotedLogger, delivery, startSlack, until } from './bench.js';

async function bench(pingTimeoutMs = 10_000) {
  const slack = await startSlack();
  const ada = slack.createUser('ada');
  const channel = slack.createChannel('general', [ada]);
  const logger = createNotedLogger();
  const fast = { pingTimeoutMs, watchMs: 50, reconnectMs: 10, longestReconnectMs: 100, gapMs: 10_000 };
  const { adapter, hub } = await connect(slack, 'socket', { logger, timing: fast });
  const heard = () => hub.of('message').map(({ message }) => message.text);
  return { slack, ada, channel, logger, adapter, hub, heard };
}

describe('a connection', () => {
  it.each(['warning', 'refresh_requested'] as const)('that Slack ends (%s) is made anew', async (reason) => {
    const { slack, ada, channel, heard } = await bench();
    slack.disconnect(reason);
    await until(() => slack.counters.connectionsOpened === 2 && slack.connections().length === 1);
    slack.say(ada, channel, 'after it');
    await until(() => heard().includes('after it'));
  });

  it('that breaks is made anew, though Slack cannot be reached for a while', async () => {
    const { slack, ada, channel, heard } = await bench();
    slack.fail('apps.connections.open', 'drop-before', 3);
    slack.fail('apps.connections.open', { status: 500 });
    slack.fail('apps.connections.open', { error: 'internal_error' });
    slack.drop();
    slack.say(ada, channel, 'while it was away');
    await until(() => slack.connections().length === 1 && slack.counters.connectionsOpened === 2);
    slack.clock.advance(60_000);
    slack.say(ada, channel, 'after it');
    await until(() => heard().length === 2);
    expect(heard().sort()).toEqual(['after it', 'while it was away']);
  });

  it('that looks open and is silent is noticed and replaced', async () => {
    const { slack, ada, channel, heard, logger } = await bench(500);
    slack.silence();
    slack.say(ada, channel, 'into the silence');
    await until(() => slack.connections().some(({ silent }) => !silent));
    slack.clock.advance(3_001);
    await until(() => heard().includes('into the silence'));
    expect(logger.lines.map(({ event }) => event)).toContain('connected to Slack again');
  });

  it('over which nothing came for long is replaced, the new one first', async () => {
    const { slack, ada, channel, heard } = await bench();
    let fewest = 1;
    const watching = slack.until(() => {
      fewest = Math.min(fewest, slack.connections().length);
      return slack.counters.connectionsClosed === 1;
    });
    slack.clock.advance(2 * 3_600_000 + 1);
    await watching;
    expect(fewest).toBe(1);
    expect(slack.counters.connectionsOpened).toBe(2);
    slack.say(ada, channel, 'after it');
    await until(() => heard().includes('after it'));
  });

  it('that is refused because Socket Mode was switched off says so, and comes back with it', async () => {
    const { slack, ada, channel, heard, logger } = await bench();
    slack.disconnect('link_disabled');
    await until(() => logger.lines.some(({ event }) => event.includes('Socket Mode is switched off')));
    await until(() => slack.counters.connectionsOpened === 2);
    slack.say(ada, channel, 'after it');
    await until(() => heard().includes('after it'));
  });
});

describe('the end', () => {
  it('finishes what was begun, sends until it is closed, and takes nothing more in', async () => {
    const { slack, ada, channel, adapter, hub, heard } = await bench();
    let letGo = () => {};
    hub.held = new Promise((resolve) => (letGo = resolve));
    slack.say(ada, channel, 'begun');
    await until(() => hub.offered === 1);
    await adapter.send(
      delivery({ type: 'post', channelId: channel.id, text: 'meanwhile', attachment: null }),
    );
    const ended = adapter.disconnect();
    letGo();
    await ended;
    expect(slack.deliveries[0]?.state).toBe('acknowledged');
    expect(heard()).toEqual(['begun']);
    await adapter.send(delivery({ type: 'post', channelId: channel.id, text: 'last', attachment: null }));
    expect(slack.sent.messages.map(({ text }) => text)).toEqual(['meanwhile', 'last']);
    await until(() => slack.connections().length === 0);
    slack.say(ada, channel, 'too late');
    await adapter.disconnect();
    await adapter.close();
    expect(heard()).toEqual(['begun']);
    expect(slack.counters.connectionsOpened).toBe(1);
  });
});
