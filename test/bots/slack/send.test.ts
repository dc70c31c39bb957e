// What Nunchi sends, and what becomes of it where Slack or the line to it fails.
import { describe, expect, it } from 'vitest';
import { DeliveryPostponed, DeliveryRefused } from '../../../src/chat/delivery/outbox-runner.js';
import type { FakeSlack } from '../../fakes/slack/index.js';
import { connect, delivery, startSlack } from './bench.js';

async function bench() {
  const slack = await startSlack();
  const ada = slack.createUser('ada');
  const channel = slack.createChannel('general', [ada]);
  const { adapter } = await connect(slack);
  return { slack, ada, channel, adapter };
}

const texts = (slack: FakeSlack) => slack.sent.messages.map(({ text }) => text);
const PICTURE = {
  name: 'mood.png',
  mediaType: 'image/png',
  content: Buffer.from('a picture').toString('base64'),
  description: 'the mood of a week',
} as const;

describe('an answer', () => {
  it('stands in the thread of a question in a channel, in the thread it was asked in, or plainly in a direct message', async () => {
    const { slack, ada, channel, adapter } = await bench();
    const question = slack.say(ada, channel, 'how is it?');
    const inThread = slack.say(ada, channel, 'and now?', { thread: question });
    const direct = slack.directMessage(ada, 'hello');
    const text = 'I read it as positive.';
    const send = (channelId: string, messageId: string, threadId: string | null) =>
      adapter.send(delivery({ type: 'reply', channelId, replyTo: { messageId, threadId }, text }));
    const ids = [
      await send(channel.id, question.ts, null),
      await send(channel.id, inThread.ts, question.ts),
      await send(direct.channel.id, direct.ts, null),
    ];
    expect(slack.sent.messages.map(({ message }) => message.ts)).toEqual(ids);
    expect(slack.sent.messages.map(({ message }) => message.threadTs)).toEqual([
      question.ts,
      question.ts,
      undefined,
    ]);
  });

  it('calls nobody and is no markup, whatever its words are', async () => {
    const { slack, ada, channel, adapter } = await bench();
    const text = `<!channel> <@${ada.id}> @everyone @here *b* & <https://example.org|x>`;
    await adapter.send(delivery({ type: 'post', channelId: channel.id, text, attachment: null }));
    const [sent] = slack.sent.messages;
    expect(sent?.pings).toEqual([]);
    expect(sent?.text).toBe(
      `&lt;!channel&gt; &lt;@${ada.id}&gt; @everyone @here *b* &amp; &lt;https://example.org|x&gt;`,
    );
    expect(sent?.blocks).toEqual([
      expect.objectContaining({
        type: 'section',
        text: { type: 'plain_text', text: sent?.text, emoji: false },
      }),
    ]);
    const args = slack.sent.calls.at(-1)?.args;
    expect(args).toMatchObject({
      mrkdwn: 'false',
      link_names: 'false',
      unfurl_links: 'false',
      parse: 'none',
    });
  });

  it('that is very long still fits', async () => {
    const { slack, channel, adapter } = await bench();
    const text = `${'<a line of it>\n'.repeat(900)}the end`;
    await adapter.send(delivery({ type: 'post', channelId: channel.id, text, attachment: null }));
    const blocks = slack.sent.messages[0]?.blocks as { text: { text: string } }[];
    expect(blocks.length).toBeGreaterThan(3);
    expect(blocks.at(-1)?.text.text).toMatch(/the end$/);
  });

  it('is changed by an amendment, and gone answers are given up', async () => {
    const { slack, ada, channel, adapter } = await bench();
    const question = slack.say(ada, channel, 'how is it?');
    const replyTo = { messageId: question.ts, threadId: null };
    const id = await adapter.send(delivery({ type: 'reply', channelId: channel.id, replyTo, text: 'good' }));
    const amend = delivery({ type: 'amend', channelId: channel.id, messageId: id ?? '', text: 'bad & sad' });
    expect(await adapter.send(amend)).toBe(id);
    expect(slack.sent.messages[0]?.message.text).toBe('bad &amp; sad');
    slack.remove(slack.sent.messages[0]!.message);
    await expect(adapter.send(amend)).rejects.toBeInstanceOf(DeliveryRefused);
  });

  it('is not shown twice where the note of it was lost: in a thread, in a direct message, in a channel', async () => {
    const { slack, ada, channel, adapter } = await bench();
    const question = slack.say(ada, channel, 'how is it?');
    const direct = slack.directMessage(ada, 'and here?');
    const deliveries = [
      delivery({
        type: 'reply',
        channelId: channel.id,
        replyTo: { messageId: question.ts, threadId: null },
        text: 'a',
      }),
      delivery({
        type: 'reply',
        channelId: direct.channel.id,
        replyTo: { messageId: direct.ts, threadId: null },
        text: 'b',
      }),
      delivery({ type: 'post', channelId: channel.id, text: 'c', attachment: null }),
      delivery({ type: 'post', channelId: channel.id, text: 'd', attachment: PICTURE }),
    ];
    for (const one of deliveries) {
      const first = await adapter.send(one);
      for (let more = 0; more < 250; more += 1)
        if (one === deliveries[0]) slack.say(ada, channel, 'noise', { thread: question });
      const second = await adapter.send({ ...one, again: true });
      if (first !== null) expect(second).toBe(first);
    }
    expect(texts(slack)).toEqual(['a', 'b', 'c', 'd']);
    const other = { ...deliveries[0]!, nonce: 'another', again: true };
    await adapter.send(other);
    expect(texts(slack)).toHaveLength(5);
  });

  it('is posted once though the connection breaks after it was posted', async () => {
    const { slack, channel, adapter } = await bench();
    slack.fail('chat.postMessage', 'drop-after');
    const news = delivery({ type: 'post', channelId: channel.id, text: 'once', attachment: null });
    const error: unknown = await adapter.send(news).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(DeliveryRefused);
    expect(await adapter.send({ ...news, again: true })).toBe(slack.sent.messages[0]?.message.ts);
    expect(texts(slack)).toEqual(['once']);
  });
});

describe('a reaction', () => {
  it('goes by Slack’s name, and is content with what cannot be changed', async () => {
    const { slack, ada, channel, adapter } = await bench();
    const message = slack.say(ada, channel, 'hm');
    const react = (emoji: string, messageId = message.ts) =>
      adapter.send(delivery({ type: 'reaction', channelId: channel.id, messageId, emoji }));
    for (const emoji of ['🟢', '⚪', '🔴', '❌', '👍', ':tada:']) await react(emoji);
    expect([...message.reactions.keys()]).toEqual([
      'large_green_circle',
      'white_circle',
      'red_circle',
      'x',
      '+1',
      'tada',
    ]);
    await react('🟢');
    slack.settings.reactionsPerPerson = 6;
    await react('👎');
    await react('🟢', '1.000001');
    await expect(react('no such emoji')).rejects.toMatchObject({
      code: 'delivery-refused',
      hint: 'The workspace does not have that emoji.',
    });
  });
});

describe('news', () => {
  it('comes with its picture', async () => {
    const { slack, channel, adapter } = await bench();
    await adapter.send(
      delivery({ type: 'post', channelId: channel.id, text: 'the week', attachment: PICTURE }),
    );
    const [file] = slack.sent.files;
    expect(file).toMatchObject({ channel: channel.id, comment: 'the week' });
    expect(file?.file.bytes.toString()).toBe('a picture');
    expect(file?.file.name).toMatch(/^mood-nonce-\d+\.png$/);
  });
});

describe('a word to one person', () => {
  it('is seen by that person alone, with buttons', async () => {
    const { slack, ada, channel, adapter } = await bench();
    const message = slack.say(ada, channel, 'hm');
    const buttons = [[{ id: 'label:positive', text: 'positive', emoji: '🟢', style: 'primary' as const }]];
    const replyTo = { messageId: message.ts, threadId: null };
    const whisper = { type: 'whisper', channelId: channel.id, personId: ada.id, replyTo } as const;
    await adapter.send(delivery({ ...whisper, text: 'What is it?', buttons }));
    expect(slack.sent.messages).toEqual([]);
    expect(slack.sent.ephemerals).toMatchObject([{ user: { id: ada.id }, text: 'What is it?' }]);
    expect(slack.sent.ephemerals[0]?.blocks?.[1]).toMatchObject({
      type: 'actions',
      elements: [
        {
          action_id: 'label:positive',
          value: 'label:positive',
          style: 'primary',
          text: { text: '🟢 positive' },
        },
      ],
    });
  });
});

describe('what Slack does not take', () => {
  it.each([
    ['channel_not_found', /invite/i],
    ['not_in_channel', /invite/i],
    ['is_archived', /archived/],
    ['restricted_action', /administrators/],
    ['messages_tab_disabled', /Messages Tab/],
  ])('is given up where Slack says %s, with what can be done', async (error, hint) => {
    const { slack, channel, adapter } = await bench();
    slack.fail('chat.postMessage', { error });
    const news = delivery({ type: 'post', channelId: channel.id, text: 'news', attachment: null });
    const refusal: unknown = await adapter.send(news).catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(DeliveryRefused);
    expect((refusal as DeliveryRefused).message).toContain(error);
    expect((refusal as DeliveryRefused).hint).toMatch(hint);
  });

  it('names the scope that is missing', async () => {
    const { slack, ada, channel, adapter } = await bench();
    slack.settings.scopes.delete('reactions:write');
    const message = slack.say(ada, channel, 'hm');
    const reaction = { type: 'reaction', channelId: channel.id, messageId: message.ts, emoji: '🟢' } as const;
    await expect(adapter.send(delivery(reaction))).rejects.toMatchObject({
      code: 'delivery-refused',
      hint: expect.stringContaining('reactions:write') as string,
    });
  });

  it('is put off where Slack asks for it, and tried again after other failures', async () => {
    const { slack, channel, adapter } = await bench();
    const news = delivery({ type: 'post', channelId: channel.id, text: 'news', attachment: null });
    slack.fail('chat.postMessage', { retryAfter: 7 });
    slack.fail('chat.postMessage', { status: 503 });
    slack.fail('chat.postMessage', { error: 'internal_error' });
    const failure = () => adapter.send(news).catch((reason: unknown) => reason);
    const postponed = await failure();
    expect(postponed).toBeInstanceOf(DeliveryPostponed);
    expect((postponed as DeliveryPostponed).retryAfterMs).toBe(7_000);
    for (let more = 0; more < 2; more += 1) expect(await failure()).not.toBeInstanceOf(DeliveryRefused);
    expect(slack.counters.calls.get('chat.postMessage')).toBe(3);
    await adapter.send(news);
    expect(texts(slack)).toEqual(['news']);
  });
});

describe('a message that is asked for', () => {
  it('is found in its channel and in its thread, and null where it is gone or nobody’s', async () => {
    const { slack, ada, channel, adapter } = await bench();
    const root = slack.say(ada, channel, 'the first');
    const reply = slack.say(ada, channel, 'a reply', { thread: root });
    const integration = slack.sayAsIntegration(channel, 'an app');
    expect(await adapter.fetch(channel.id, root.ts)).toMatchObject({ text: 'the first', messageId: root.ts });
    expect(await adapter.fetch(channel.id, reply.ts)).toMatchObject({ text: 'a reply', threadId: root.ts });
    expect(await adapter.fetch(channel.id, integration.ts)).toBeNull();
    expect(await adapter.fetch(channel.id, '1.000001')).toBeNull();
    expect(await adapter.fetch('C0NOWHERE', root.ts)).toBeNull();
    slack.fail('conversations.history', { retryAfter: 1 });
    await expect(adapter.fetch(channel.id, root.ts)).rejects.toThrow();
  });
});
