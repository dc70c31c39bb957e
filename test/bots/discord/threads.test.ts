// Threads, of which the fake Discord has none of its own: their packets in Discord's documented form.
import { ChannelType, GatewayDispatchEvents, MessageType } from 'discord.js';
import { expect, it } from 'vitest';
import { startBench } from './bench.js';

it('a message in a thread names the thread and the channel that it is in', async () => {
  const bench = await startBench();
  const { fake, adapter, hub, guild, channel, person } = bench;
  await adapter.connect(hub);
  const thread = fake.world.ids.next();
  fake.gateway.send(GatewayDispatchEvents.ThreadCreate, {
    id: thread,
    type: ChannelType.PublicThread,
    guild_id: guild,
    parent_id: channel,
    owner_id: person,
    name: 'about this',
    message_count: 0,
    member_count: 1,
    thread_metadata: {
      archived: false,
      auto_archive_duration: 1_440,
      archive_timestamp: new Date(0).toISOString(),
      locked: false,
    },
  } as never);
  const id = fake.world.ids.next();
  fake.gateway.send(GatewayDispatchEvents.MessageCreate, {
    id,
    type: MessageType.Default,
    channel_id: thread,
    guild_id: guild,
    author: fake.world.users.get(person),
    content: 'within',
    timestamp: new Date(0).toISOString(),
    edited_timestamp: null,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
  } as never);
  expect((await bench.events(1))[0]).toMatchObject({
    message: { channelId: thread, threadId: thread, parentChannelId: channel, text: 'within' },
  });
  await bench.stop();
});
