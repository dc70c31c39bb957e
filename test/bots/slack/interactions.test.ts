// Commands, message menus, buttons and the correction dialog, in both transports.
import { describe, expect, it } from 'vitest';
import type { Dialog } from '../../../src/chat/requests.js';
import { connect, startSlack, until, type Transport } from './bench.js';

const DIALOG: Dialog = {
  id: 'correct:1',
  title: 'Correct the reading',
  submit: 'Save',
  label: {
    text: 'What is it?',
    choices: [
      { value: 'positive', text: 'positive' },
      { value: 'forget', text: 'forget it' },
    ],
  },
  ownText: { text: 'In your words', hint: 'only your own', maxLength: 500 },
};
const PICTURE = {
  name: 'mood.png',
  mediaType: 'image/png',
  content: Buffer.from('a picture').toString('base64'),
  description: 'the mood',
} as const;

describe.each<Transport>(['socket', 'http'])('what people ask by %s', (transport) => {
  async function bench() {
    const slack = await startSlack();
    const ada = slack.createUser('ada', { locale: 'en-US', isOwner: true });
    const minji = slack.createUser('minji');
    const channel = slack.createChannel('general', [ada, minji]);
    return { slack, ada, minji, channel, ...(await connect(slack, transport)) };
  }

  it('by the command is acknowledged at once and answered to who asked, or to all', async () => {
    const { slack, ada, channel, hub } = await bench();
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    hub.answer = async (request) => {
      await held;
      return { text: `<${request.type}>`, private: request.type !== 'report' };
    };
    await slack.acknowledged(slack.command(ada, channel, '/nunchi', 'check I love <it> & you'));
    expect(slack.sent.ephemerals).toEqual([]);
    letGo();
    await until(() => slack.sent.ephemerals.length === 1);
    expect(hub.requests[0]).toMatchObject({
      type: 'check',
      text: 'I love <it> & you',
      platform: 'slack',
      communityId: slack.team.id,
      channelId: channel.id,
      person: { id: ada.id, moderates: true },
      language: 'en',
    });
    expect(slack.sent.ephemerals[0]).toMatchObject({ user: { id: ada.id }, text: '&lt;check&gt;' });
    slack.command(ada, channel, '/nunchi', 'report day channel');
    await until(() => slack.sent.messages.length === 1);
    expect(slack.sent.messages[0]?.text).toBe('&lt;report&gt;');
    expect(new Set(hub.requests.map(({ requestId }) => requestId)).size).toBe(2);
  });

  it('that nobody understands is explained in the person’s language', async () => {
    const { slack, ada, minji, channel, hub } = await bench();
    slack.command(ada, channel, '/nunchi', 'dance');
    await until(() => slack.sent.ephemerals.length === 1);
    slack.command(minji, channel, '/nunchi', 'report 어제');
    await until(() => slack.sent.ephemerals.length === 2);
    expect(slack.sent.ephemerals[0]?.text).toMatch(/I do not know "dance".\nThere is: check/);
    expect(slack.sent.ephemerals[1]?.text).toMatch(/제가 모르는 말이에요: "어제"/);
    expect(hub.requests).toEqual([]);
  });

  it('keeps mentions of moderators for the settings', async () => {
    const { slack, ada, minji, channel, hub } = await bench();
    slack.command(
      ada,
      channel,
      '/nunchi',
      `settings moderators="<@${minji.id}|minji> <!subteam^S123|@care>"`,
    );
    await until(() => hub.requests.length === 1);
    expect(hub.requests[0]).toMatchObject({ change: { moderators: [minji.id], moderatorRoles: ['S123'] } });
  });

  it('by the message menu is about that message, Nunchi’s own too', async () => {
    const { slack, ada, minji, channel, hub, adapter } = await bench();
    const root = slack.say(minji, channel, 'hm & well');
    const own = {
      type: 'post',
      nonce: 'n',
      again: false,
      channelId: channel.id,
      text: 'news',
      attachment: null,
    };
    await adapter.send(own as Parameters<typeof adapter.send>[0]);
    slack.shortcut(ada, 'nunchi_read', root);
    slack.shortcut(ada, 'nunchi_why', slack.sent.messages[0]?.message);
    await until(() => slack.sent.ephemerals.length === 2);
    expect(hub.requests.find(({ type }) => type === 'read')).toMatchObject({
      message: { messageId: root.ts, authorId: minji.id, text: 'hm & well', trainable: true },
    });
    expect(hub.requests.find(({ type }) => type === 'why')).toMatchObject({
      message: { messageId: slack.sent.messages[0]?.message.ts, trainable: false },
    });
  });

  it('opens the correction dialog and hands over what is filled in', async () => {
    const { slack, ada, minji, channel, hub } = await bench();
    const message = slack.say(minji, channel, 'hm');
    hub.answer = (request) =>
      request.type === 'correct'
        ? { text: '', private: true, dialog: DIALOG }
        : { text: 'Thank you!', private: true };
    slack.shortcut(ada, 'nunchi_correct', message);
    await until(() => slack.sent.views.length === 1);
    const view = slack.sent.views[0]!.view;
    expect(view.content.title.text).toBe('Correct the reading');
    await slack.acknowledged(slack.submit(view, { label: 'positive', own: 'my own words' }));
    await until(() => slack.sent.ephemerals.length === 1);
    expect(view.open).toBe(false);
    expect(hub.requests[1]).toMatchObject({
      type: 'dialog',
      dialogId: 'correct:1',
      label: 'positive',
      text: 'my own words',
      channelId: channel.id,
      communityId: slack.team.id,
      person: { id: ada.id },
    });
    expect(slack.sent.ephemerals[0]).toMatchObject({ user: { id: ada.id }, text: 'Thank you!' });
  });

  it('is told to try again where the dialog came too late', async () => {
    const { slack, ada, minji, channel, hub } = await bench();
    const message = slack.say(minji, channel, 'hm');
    hub.answer = () => {
      slack.clock.advance(3_001);
      return { text: '', private: true, dialog: DIALOG };
    };
    slack.shortcut(ada, 'nunchi_correct', message);
    await until(() => slack.sent.ephemerals.length === 1);
    expect(slack.sent.ephemerals[0]?.text).toMatch(/took too long/);
  });

  it('by a button replaces what had the button', async () => {
    const { slack, ada, channel, hub } = await bench();
    hub.answer = (request) =>
      request.type === 'queue'
        ? {
            text: 'first',
            private: true,
            buttons: [[{ id: 'queue:1:positive', text: 'positive', style: 'plain' }]],
          }
        : { text: 'next', private: true, replace: true };
    slack.command(ada, channel, '/nunchi', 'queue');
    await until(() => slack.sent.ephemerals.length === 1);
    const queue = slack.sent.ephemerals[0]!;
    slack.press(ada, queue, 'queue:1:positive');
    await until(() => queue.text === 'next');
    expect(hub.requests[1]).toMatchObject({
      type: 'button',
      buttonId: 'queue:1:positive',
      channelId: channel.id,
    });
    expect(slack.sent.ephemerals).toHaveLength(1);
  });

  it('gets a picture in the channel where all may see it, and directly where not', async () => {
    const { slack, ada, channel, hub } = await bench();
    hub.answer = (request) => ({
      text: 'The mood.',
      private: request.type === 'report' && !request.share,
      attachment: PICTURE,
    });
    slack.command(ada, channel, '/nunchi', 'report share');
    await until(() => slack.sent.files.length === 1);
    expect(slack.sent.files[0]).toMatchObject({ channel: channel.id, comment: 'The mood.' });
    slack.command(ada, channel, '/nunchi', 'report');
    await until(() => slack.sent.ephemerals.length === 1);
    expect(slack.sent.files[1]?.channel).toMatch(/^D/);
    expect(slack.sent.ephemerals[0]?.text).toBe('The mood.\n\nThe file is in your direct messages with me.');
  });

  it('is answered where Nunchi is not in the channel', async () => {
    const { slack, ada, minji, hub } = await bench();
    const elsewhere = slack.createChannel('elsewhere', [ada, minji], { withBot: false });
    hub.answer = () => ({ text: 'The mood.', private: false, attachment: PICTURE });
    slack.command(ada, elsewhere, '/nunchi', 'report share');
    await until(() => slack.sent.messages.some(({ through }) => through === 'response_url'));
    expect(slack.sent.files[0]?.channel).toMatch(/^D/);
  });

  it('says so where a file could not be sent', async () => {
    const { slack, ada, channel, hub } = await bench();
    hub.answer = () => ({ text: 'Yours.', private: true, attachment: PICTURE });
    slack.fail('files.getUploadURLExternal', { error: 'internal_error' });
    slack.command(ada, channel, '/nunchi', 'privacy export');
    await until(() => slack.sent.ephemerals.length === 1);
    expect(slack.sent.ephemerals[0]?.text).toMatch(/^Yours\.\n\nThe file could not be sent/);
  });

  it('leaves messages of other organisations alone', async () => {
    const { slack, ada, hub } = await bench();
    const stranger = slack.createUser('stranger', { teamId: slack.createTeam('Other').id });
    const shared = slack.createChannel('shared', [ada, stranger]);
    slack.shortcut(ada, 'nunchi_read', slack.say(stranger, shared, 'private to us'));
    await until(() => slack.sent.ephemerals.length === 1);
    expect(slack.sent.ephemerals[0]?.text).toMatch(/other organisations/);
    expect(hub.requests).toEqual([]);
  });

  it('shows a private answer to the person all the same where the response address is not good any more', async () => {
    const { slack, ada, channel, hub } = await bench();
    hub.answer = () => {
      slack.clock.advance(31 * 60_000);
      return { text: 'late', private: true };
    };
    slack.command(ada, channel, '/nunchi', 'help');
    await until(() => slack.sent.ephemerals.length === 1);
    hub.answer = () => ({ text: 'in time', private: true });
    slack.command(ada, channel, '/nunchi', 'help');
    await until(() => slack.sent.ephemerals.length === 2);
    expect(slack.sent.ephemerals.map(({ text }) => text)).toEqual(['late', 'in time']);
  });
});
