// Deliveries through the real REST client: once, plain, refused or postponed as Discord says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/chat/adapter.js';
import { DeliveryPostponed, DeliveryRefused } from '../../../src/chat/delivery/outbox-runner.js';
import { type Bench, startBench } from './bench.js';

const POST = 'POST /channels/:channel/messages';
const PNG = Buffer.from('a picture').toString('base64');
let bench: Bench;
let asked: string;

beforeEach(async () => {
  bench = await startBench();
  await bench.adapter.connect(bench.hub);
  asked = bench.fake.say(bench.channel, bench.person, 'how is this?');
});
afterEach(() => bench.stop());

const reply = (text: string, more: Partial<Delivery> = {}): Delivery =>
  ({
    type: 'reply',
    nonce: 'nonce-1',
    again: false,
    channelId: bench.channel,
    replyTo: { messageId: asked, threadId: null },
    text,
    ...more,
  }) as Delivery;
const send = (delivery: Delivery) => bench.adapter.send(delivery);
const content = () => bench.fake.sent.messages.at(-1)?.content;

describe('a reply', () => {
  it('names what it answers and pings nobody', async () => {
    const id = await send(reply(`hello @everyone <@${bench.person}> @here`));
    const [sent] = bench.fake.sent.messages;
    expect(sent).toMatchObject({ id, replyTo: asked, nonce: 'nonce-1' });
    expect(sent?.pings).toEqual({ users: [], roles: [], everyone: false });
    expect(sent?.content).not.toMatch(/@(everyone|here)/);
    expect(sent?.content).toContain(`\\<@${bench.person}>`);
  });

  it.each([
    [
      '**bold** _it_ ~~no~~ `code` ||spoiler||',
      String.raw`\*\*bold\*\* \_it\_ \~\~no\~\~ \`code\` \|\|spoiler\|\|`,
    ],
    ['# title\n- item\n> quote\n1. one', '\\# title\n\\- item\n\\> quote\n1\\. one'],
    ['[here](https://example.com)', '[here\\](https://example.com)'],
    ['<:x:123> <t:1> <#1> 1 < 2 <3', '\\<:x:123> \\<t:1> \\<#1> 1 < 2 <3'],
    ['It sounds positive (87% sure). 꽤 긍정적이에요!', 'It sounds positive (87% sure). 꽤 긍정적이에요!'],
  ])('shows %j as it is', async (text, expected) => {
    await send(reply(text));
    expect(content()).toBe(expected);
  });

  it.each(['x'.repeat(4_000), '*'.repeat(4_000), '👍🏽'.repeat(1_500)])(
    'is cut where it is too long',
    async (text) => {
      await send(reply(text));
      expect(content()?.length).toBeLessThanOrEqual(2_000);
      expect(content()?.length).toBeGreaterThan(1_980);
      expect(content()).toMatch(/…$/);
      expect(content()?.isWellFormed()).toBe(true);
      expect(content()).not.toMatch(/(^|[^\\])(\\\\)*\\…$/);
    },
  );

  it('is sent once where only the word of it was lost', async () => {
    bench.fake.faults.next(POST, { kind: 'drop', applied: true }, 4);
    await expect(send(reply('once'))).rejects.toBeDefined();
    const id = await send(reply('once', { again: true }));
    expect(bench.fake.sent.messages).toHaveLength(1);
    expect(id).toBe(bench.fake.sent.messages[0]?.id);
  });

  it('is sent once even after Discord has forgotten its nonce', async () => {
    const id = await send(reply('once _only_'));
    bench.fake.clock.advance(60 * 60_000);
    expect(await send(reply('once _only_', { again: true }))).toBe(id);
    expect(bench.fake.sent.messages).toHaveLength(1);
  });

  it('to a deleted message is said all the same', async () => {
    bench.fake.remove(asked);
    await send(reply('too late'));
    expect(bench.fake.sent.messages[0]).toMatchObject({ content: 'too late', replyTo: null });
  });

  it('is said without a reference where Nunchi may not read the history', async () => {
    bench.fake.allowBot(bench.channel, ['ViewChannel', 'SendMessages']);
    await send(reply('blind'));
    expect(bench.fake.sent.messages[0]).toMatchObject({ content: 'blind', replyTo: null });
  });
});

describe('what cannot be delivered', () => {
  it('is refused where the channel or the permission is gone', async () => {
    bench.fake.allowBot(bench.channel, ['ViewChannel']);
    await expect(send(reply('no'))).rejects.toMatchObject({
      message: 'Discord refuses it: 403, code 50013',
      hint: expect.stringContaining('Send Messages') as string,
    });
    bench.fake.allowBot(bench.channel, []);
    await expect(send(reply('no'))).rejects.toBeInstanceOf(DeliveryRefused);
    bench.fake.deleteChannel(bench.channel);
    await expect(send(reply('no'))).rejects.toBeInstanceOf(DeliveryRefused);
  });

  it('waits as long as Discord asks, here where it is short and in the outbox where it is long', async () => {
    bench.fake.limits.routes.set(POST, { limit: 1, windowMs: 1_000 });
    const begun = Date.now();
    await send(reply('first'));
    await send(reply('second', { nonce: 'nonce-2' }));
    expect(Date.now() - begun).toBeGreaterThan(900);
    // Of a bucket that it does not know yet discord.js learns by the first refusal.
    await send(reply('third', { nonce: 'nonce-3' }));
    expect(bench.fake.counters.statuses.get(429)).toBe(1);
    expect(bench.fake.sent.messages).toHaveLength(3);
    bench.fake.limits.routes.clear();
    bench.fake.faults.next(POST, { kind: 'rate-limit', retryAfterMs: 30_000, scope: 'shared' });
    const postponed = await send(reply('fourth', { nonce: 'nonce-4' })).catch((error: unknown) => error);
    expect(postponed).toBeInstanceOf(DeliveryPostponed);
    expect((postponed as DeliveryPostponed).retryAfterMs).toBeGreaterThanOrEqual(30_000);
    expect(bench.fake.sent.messages).toHaveLength(3);
  });

  it('is tried again where Discord fails', async () => {
    bench.fake.faults.next(POST, { kind: 'status', status: 503 }, 10);
    const error = await send(reply('down')).catch((one: unknown) => one);
    expect(error).not.toBeInstanceOf(DeliveryRefused);
    expect(error).toMatchObject({ status: 503 });
  });
});

describe('the rest', () => {
  it('an answer says something else, an emoji is put under a message', async () => {
    const { fake, channel, adapter } = bench;
    const id = (await send(reply('before'))) ?? '';
    const base = { nonce: 'n', again: false, channelId: channel };
    await adapter.send({ ...base, type: 'amend', messageId: id, text: 'after *all*' });
    expect(fake.sent.edits).toMatchObject([{ id, content: 'after \\*all\\*' }]);
    const emoji = fake.createEmoji(bench.guild, 'glad');
    await adapter.send({ ...base, type: 'reaction', messageId: asked, emoji: '🟢' });
    await adapter.send({ ...base, type: 'reaction', messageId: asked, emoji });
    expect(fake.sent.reactions.map((one) => one.emoji)).toEqual(['🟢', emoji]);
    fake.remove(id);
    await expect(adapter.send({ ...base, type: 'amend', messageId: id, text: 'x' })).rejects.toBeInstanceOf(
      DeliveryRefused,
    );
  });

  it('news come with their picture, or in words where files are not allowed', async () => {
    const { fake, channel, adapter } = bench;
    const attachment = {
      name: 'mood.png',
      mediaType: 'image/png',
      content: PNG,
      description: 'a chart',
    } as const;
    const post = {
      nonce: 'n',
      again: false,
      channelId: channel,
      type: 'post',
      text: 'last night',
      attachment,
    } as const;
    const id = await adapter.send(post);
    expect(fake.sent.messages[0]?.files).toMatchObject([
      { name: 'mood.png', content: Buffer.from('a picture') },
    ]);
    fake.clock.advance(60 * 60_000);
    expect(await adapter.send({ ...post, again: true })).toBe(id);
    fake.allowBot(channel, ['ViewChannel', 'SendMessages', 'ReadMessageHistory']);
    await adapter.send({ ...post, nonce: 'n2' });
    expect(content()).toBe('last night\na chart');
  });

  it('a whisper is shown only where it has buttons', async () => {
    const { fake, channel, adapter, person } = bench;
    const whisper = {
      type: 'whisper',
      nonce: 'w',
      again: false,
      channelId: channel,
      personId: person,
      replyTo: { messageId: asked, threadId: null },
      text: 'which one?',
      buttons: [[{ id: 'label:positive', text: 'positive', emoji: '🟢', style: 'plain' }]],
    } as const;
    expect(await adapter.send({ ...whisper, buttons: [] })).toBeNull();
    const id = await adapter.send({ ...whisper, buttons: [[...whisper.buttons[0]]] });
    const interaction = fake.press(id ?? '', person, 'label:positive');
    await fake.until(() => fake.sent.answers.some((one) => one.interactionId === interaction), 'an answer');
    expect(bench.hub.requests).toMatchObject([
      { type: 'button', buttonId: 'label:positive', person: { id: person } },
    ]);
  });
});
