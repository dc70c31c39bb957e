// Holds the fake Slack to the real Bolt: the same bot works against it in Socket Mode and with the HTTP receiver.
import { describe, expect, it } from 'vitest';
import { startHttpApp, startSlack, startSocketApp } from './slack-app.js';

describe.each([
  ['Socket Mode', startSocketApp],
  ['the HTTP receiver', startHttpApp],
])('Bolt with %s', (_, startApp) => {
  async function start() {
    const slack = await startSlack();
    const mina = slack.createUser('mina');
    const channel = slack.createChannel('general', [mina]);
    const app = await startApp(slack);
    return { slack, mina, channel, app };
  }

  it('answers a mention once in its thread, with metadata that history gives back only when asked', async () => {
    const { slack, mina, channel, app } = await start();
    const asked = slack.mention(mina, channel, 'is <this> fine?');
    await slack.until(() => slack.sent.messages.length === 1);
    expect(slack.sent.messages[0]).toMatchObject({
      text: `read: <@${slack.bot.id}> is &lt;this&gt; fine?`,
      metadata: { event_type: 'reading', event_payload: { ts: asked.ts } },
      message: { threadTs: asked.ts },
      pings: [slack.bot.id],
    });
    const [mention, message] = [slack.eventsOf('app_mention'), slack.eventsOf('message')];
    expect(mention).toHaveLength(1);
    expect(message[0]?.eventId).not.toBe(mention[0]?.eventId);
    const { client } = app;
    const history = await client.conversations.history({ channel: channel.id, include_all_metadata: true });
    expect(history.messages?.map(({ ts, reply_count }) => [ts, reply_count])).toEqual([[asked.ts, 1]]);
    const replies = await client.conversations.replies({ channel: channel.id, ts: asked.ts });
    expect(replies.messages?.map(({ metadata }) => metadata)).toEqual([undefined, undefined]);
    const full = await client.conversations.replies({
      channel: channel.id,
      ts: asked.ts,
      include_all_metadata: true,
    });
    expect(full.messages?.[1]?.metadata?.event_type).toBe('reading');
  });

  it('takes reactions and a direct message, and what another app writes', async () => {
    const { slack, mina, channel } = await start();
    const said = slack.say(mina, channel, 'the outage is terrible');
    slack.react(mina, said, 'red_circle');
    await slack.until(() => said.reactions.has('eyes'));
    expect(slack.eventsOf('reaction_added')[0]?.payload).toMatchObject({
      event: { user: mina.id, item_user: mina.id, item: { ts: said.ts } },
    });
    slack.directMessage(mina, 'hello there');
    await slack.until(() => slack.sent.messages.length === 1);
    expect(slack.sent.messages[0]?.message.channel.kind).toBe('im');
    const other = slack.createBot('other');
    slack.join(other, channel);
    slack.say(other, channel, 'a bot too');
    expect(slack.eventsOf('message').at(-1)?.payload).toMatchObject({
      event: { user: other.id, bot_id: other.botId, app_id: other.appId, bot_profile: { name: 'other' } },
    });
    await slack.until(() => slack.pendingCount() === 0);
  });

  it('posts twice when the connection breaks after the effect, since the client tries again', async () => {
    const { slack, mina, channel } = await start();
    slack.fail('chat.postMessage', 'drop-after');
    const asked = slack.mention(mina, channel, 'twice?');
    await slack.until(() => slack.sent.messages.length === 2);
    expect(slack.sent.messages.map(({ metadata }) => metadata?.event_payload.ts)).toEqual([
      asked.ts,
      asked.ts,
    ]);
  });

  it('runs a command: a private answer with the acknowledgement, one for all later', async () => {
    const { slack, mina, channel } = await start();
    const command = slack.command(mina, channel, '/nunchi', 'report 7d');
    expect(await slack.acknowledged(command)).toEqual({ text: 'working on report 7d' });
    await slack.until(() => slack.sent.messages.length === 1);
    expect(slack.sent.ephemerals).toMatchObject([{ text: 'working on report 7d', user: { id: mina.id } }]);
    expect(slack.sent.messages).toMatchObject([{ text: 'done', through: 'response_url' }]);
  });

  it('opens a modal from the message menu, shows errors, and takes it when it is right', async () => {
    const { slack, mina, channel } = await start();
    const said = slack.say(mina, channel, 'not bad');
    slack.shortcut(mina, 'correct', said);
    await slack.until(() => slack.sent.views.length === 1);
    const view = slack.sent.views[0]!.view;
    expect(() => slack.submit(view)).toThrow(/required/);
    await slack.acknowledged(slack.submit(view, { text: 'bad' }));
    expect([view.open, view.errors]).toEqual([true, { note: 'Say more' }]);
    await slack.acknowledged(slack.submit(view, { text: 'it is praise' }));
    await slack.until(() => slack.sent.messages.length === 1);
    expect([view.open, slack.sent.messages[0]?.text]).toEqual([false, 'noted: it is praise']);
    slack.shortcut(mina, 'correct', said);
    await slack.until(() => slack.sent.views.length === 2);
    const closed = slack.closeView(slack.sent.views[1]!.view);
    expect(closed && (await slack.acknowledged(closed))).toBeUndefined();
  });

  it('presses a button, and the answer takes the place of the message', async () => {
    const { slack, mina, channel } = await start();
    slack.mention(mina, channel, 'good');
    await slack.until(() => slack.sent.messages.length === 1);
    const { message } = slack.sent.messages[0]!;
    slack.press(mina, message, 'no');
    await slack.until(() => message.text === 'thanks: negative');
    expect(message.blocks).toBeUndefined();
    expect(slack.eventsOf('message', 'message_changed')).toHaveLength(1);
  });

  it('uploads a chart into a thread', async () => {
    const { slack, mina, channel, app } = await start();
    const asked = slack.say(mina, channel, 'report please');
    const bytes = Buffer.from('PNG');
    await app.client.files.uploadV2({
      channel_id: channel.id,
      thread_ts: asked.ts,
      file: bytes,
      filename: 'mood.png',
      initial_comment: 'The mood',
    });
    expect(slack.sent.files).toMatchObject([
      { file: { name: 'mood.png', bytes, mimetype: 'image/png' }, channel: channel.id, comment: 'The mood' },
    ]);
    expect(slack.eventsOf('message', 'file_share')[0]?.payload).toMatchObject({
      event: { text: 'The mood', thread_ts: asked.ts, files: [{ name: 'mood.png' }] },
    });
  });
});
