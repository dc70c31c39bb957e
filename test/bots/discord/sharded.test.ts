// Several connections in processes of their own: one Nunchi hears and answers all of them.
import { execFileSync } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { shardOf } from '../../fakes/discord/clock.js';
import { type Bench, startBench, until } from './bench.js';

let bench: Bench;
afterEach(() => bench.stop());

const FAST = { spawnDelayMs: 1, respawnDelayMs: 1, logLevel: 'silent' } as const;

it('two shards hand on what happens in their servers, and what is sent goes anywhere', async () => {
  bench = await startBench({ ...FAST, shards: 'auto' }, { shards: 2 });
  const { fake, hub, adapter, guild, channel, person, moderator } = bench;
  const second = fake.createGuild('second');
  expect(shardOf(guild, 2)).not.toBe(shardOf(second, 2));
  const elsewhere = fake.createChannel(second);
  const other = fake.createMember(second, 'sora');
  hub.seen.set(channel, fake.say(channel, person, 'known'));
  const reacted = fake.say(channel, person, 'missed');
  fake.react(reacted, moderator, '🟢');
  hub.correctables.set(channel, [reacted]);
  await adapter.connect(hub);
  expect(fake.gateway.counters.identifies).toBe(2);
  await bench.events(1);
  await until(() => hub.states.length === 1, 'the reactions');
  expect(hub.states[0]?.people).toMatchObject([{ id: moderator, moderates: true }]);

  const asked = [fake.say(channel, person, 'here'), fake.say(elsewhere, other, 'there')];
  fake.directMessage(person, 'between us');
  const events = await bench.events(4);
  expect(events.map((event) => event.type === 'message' && event.message.text).sort()).toEqual([
    'between us',
    'here',
    'missed',
    'there',
  ]);
  for (const [index, channelId] of [channel, elsewhere].entries()) {
    const messageId = asked[index] ?? '';
    expect(await adapter.fetch(channelId, messageId)).toMatchObject({ messageId, channelId });
    const replyTo = { messageId, threadId: null };
    await adapter.send({
      type: 'reply',
      nonce: `n${index}`,
      again: false,
      channelId,
      replyTo,
      text: 'heard',
    });
  }
  expect(fake.sent.messages.map(({ replyTo }) => replyTo)).toEqual(asked);

  await fake.until(() => (fake.world.commands.get('')?.size ?? 0) > 0, 'the commands');
  fake.command(elsewhere, other, 'nunchi help');
  await fake.until(() => fake.sent.answers.length > 0, 'an answer');
  expect(fake.sent.answers[0]).toMatchObject({ content: 'answered', ephemeral: true });
  fake.deleteChannel(elsewhere);
  const reply = { type: 'reply', nonce: 'n3', again: false, channelId: elsewhere } as const;
  const replyTo = { messageId: asked[1] ?? '', threadId: null };
  await expect(adapter.send({ ...reply, replyTo, text: 'x' })).rejects.toMatchObject({
    code: 'delivery-refused',
  });

  await adapter.disconnect();
  await adapter.close();
  await fake.until(() => fake.gateway.connected === 0, 'the end');
});

it('what keeps the first shard out is said as of one connection', async () => {
  bench = await startBench({ ...FAST, shards: 2 }, { privileged: [] });
  await expect(bench.adapter.connect(bench.hub)).rejects.toMatchObject({
    code: 'platform-refused',
    message: expect.stringContaining('Message Content intent') as string,
  });
});

it('a shard whose process is killed comes back, and what it missed is fetched', async () => {
  bench = await startBench({ ...FAST, shards: 2 });
  const { fake, hub, adapter, channel, person } = bench;
  hub.seen.set(channel, fake.say(channel, person, 'known'));
  await adapter.connect(hub);
  const found = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'discord/shard.js'], {
    encoding: 'utf8',
  });
  const pids = found.trim().split('\n').map(Number);
  expect(pids).toHaveLength(2);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await fake.until(() => fake.gateway.connected === 0, 'the end of both');
  fake.say(channel, person, 'meanwhile');
  await fake.until(() => fake.gateway.connected === 2, 'both again');
  fake.say(channel, person, 'afterwards');
  const events = await bench.events(2);
  expect(events.map((event) => event.type === 'message' && event.message.text)).toEqual([
    'meanwhile',
    'afterwards',
  ]);
});
