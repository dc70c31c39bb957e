// Answered once in effect: Slack's retries, lost answers of Slack, and a process that dies between posting and its note.
import { afterEach, describe, expect, it } from 'vitest';
import type { PlatformAdapter } from '../../../src/chat/adapter.js';
import { closing, startSlack, until, type Transport } from './bench.js';
import { createDurableSlack } from './durable-bench.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of opened.splice(0)) await stop();
});

async function bench(transport: Transport) {
  const slack = await startSlack();
  const ada = slack.createUser('ada', { isAdmin: true, locale: 'en-US' });
  const channel = slack.createChannel('general', [ada]);
  const nunchi = await createDurableSlack(slack, transport);
  opened.push(() => nunchi.stop());
  // The fake is closed after the platforms.
  const [closeSlack] = closing.splice(0);
  if (closeSlack !== undefined) opened.push(async () => void (await closeSlack()));
  const answers = () => slack.sent.messages.map(({ message }) => message.threadTs);
  return { slack, ada, channel, nunchi, answers };
}

describe.each<Transport>(['socket', 'http'])('by %s', (transport) => {
  it('a question is answered once though Slack sends it four times', async () => {
    const { slack, ada, channel, nunchi, answers } = await bench(transport);
    await nunchi.begin();
    const question = slack.mention(ada, channel, 'a positive day');
    for (const { eventId } of [...slack.deliveries])
      for (let more = 0; more < 3; more += 1) slack.redeliver(eventId ?? '');
    await until(() => answers().length > 0);
    const last = slack.mention(ada, channel, 'a negative day');
    await until(() => answers().includes(last.ts));
    expect(answers()).toEqual([question.ts, last.ts]);
    expect(slack.sent.messages[0]?.text).toContain('87');
  });

  it('a question is answered once though the connection breaks after the answer was posted', async () => {
    const { slack, ada, channel, nunchi, answers } = await bench(transport);
    await nunchi.begin();
    slack.fail('chat.postMessage', 'drop-after');
    slack.fail('chat.postMessage', { retryAfter: 1 });
    slack.mention(ada, channel, 'a positive day');
    await until(() => slack.counters.calls.get('conversations.replies') !== undefined);
    const last = slack.mention(ada, channel, 'a negative day');
    await until(() => answers().includes(last.ts));
    expect(answers()).toHaveLength(2);
  });

  it('a question is answered once though the process dies between the post and its note', async () => {
    const { slack, ada, channel, nunchi, answers } = await bench(transport);
    let died: PlatformAdapter | undefined;
    await nunchi.begin((adapter) => {
      died = adapter;
      const { name } = adapter;
      // What is sent arrives, and the process that sent it never learns of it.
      const send: PlatformAdapter['send'] = (delivery) =>
        adapter.send(delivery).then(() => new Promise(() => {}));
      return { ...adapter, name, send };
    });
    const question = slack.mention(ada, channel, 'a positive day');
    await until(() => answers().length === 1);
    await died?.disconnect();
    await nunchi.begin();
    const last = slack.mention(ada, channel, 'a negative day');
    await until(() => answers().includes(last.ts));
    expect(answers()).toEqual([question.ts, last.ts]);
    // It knows under which id the answer is shown, although nobody told it.
    slack.react(ada, slack.sent.messages[0]!.message, '+1');
    await until(async () => {
      const message = await nunchi.store.messages.find('slack', channel.id, question.ts);
      const id = message?.id ?? '';
      return (await nunchi.store.feedback.current([id])).get(id)?.label === 'positive';
    });
  });
});
