// Commands, menus, buttons and dialogs through the real client: asked in plain data, answered in time.
import { ButtonStyle, InteractionResponseType as Answer, Locale } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatAnswer } from '../../../src/chat/requests.js';
import type { SentAnswer } from '../../fakes/discord/record.js';
import { type Bench, startBench, until } from './bench.js';

let bench: Bench;
let message: string;

beforeEach(async () => {
  bench = await startBench({ deferAfterMs: 50 });
  const { fake, channel, person } = bench;
  await bench.adapter.connect(bench.hub);
  await fake.until(() => (fake.world.commands.get('')?.size ?? 0) > 0, 'the commands');
  message = fake.say(channel, person, 'not bad <:ok:123456789012345678>');
});
afterEach(() => bench.stop());

/** Everything by which the interaction was answered, once there are so many. */
async function answersTo(interactionId: string, count = 1): Promise<SentAnswer[]> {
  const of = () => bench.fake.sent.answers.filter((one) => one.interactionId === interactionId);
  return bench.fake.until(() => of().length >= count && of(), `${count} answers`);
}

/** Holds the answer back until it is called. */
function hold(answer: ChatAnswer): () => void {
  let release: () => void = () => undefined;
  const held = new Promise<ChatAnswer>((resolve) => (release = () => resolve(answer)));
  bench.hub.answer = () => held;
  return () => release();
}

const DIALOG: ChatAnswer = {
  text: '',
  private: true,
  dialog: {
    id: 'correct:42',
    title: 'Correct the reading',
    submit: 'Send',
    label: {
      text: 'How is it meant?',
      choices: [
        { value: 'positive', text: 'positive' },
        { value: 'forget', text: 'forget this reading' },
      ],
    },
    ownText: { text: 'A text of your own', hint: 'Do not paste the words of others', maxLength: 300 },
  },
};

describe('a command', () => {
  it('becomes a request, with its options and who asks', async () => {
    const { fake, channel, guild, moderator, moderatorRole, hub } = bench;
    const options = {
      mode: 'react',
      moderators: `<@&${moderatorRole}>`,
      positive: '🔥 <:yes:223456789012345678>',
    };
    const id = fake.command(channel, moderator, 'nunchi settings', options, Locale.Korean);
    const [answer] = await answersTo(id);
    expect(hub.requests[0]).toEqual({
      platform: 'discord',
      communityId: guild,
      channelId: channel,
      person: { id: moderator, roleIds: [moderatorRole], moderates: true },
      language: 'ko',
      requestId: id,
      type: 'settings',
      change: {
        mode: 'react',
        moderatorRoles: [moderatorRole],
        moderators: [],
        emoji: { positive: ['🔥', '223456789012345678'] },
      },
    });
    expect(answer).toMatchObject({ how: 'callback', ephemeral: true, content: 'answered' });
  });

  it('that means nothing is answered privately with what was expected', async () => {
    const { fake, channel, person, hub } = bench;
    const id = fake.command(channel, person, 'nunchi settings', { threshold: 'much' });
    const [answer] = await answersTo(id);
    expect(answer).toMatchObject({ ephemeral: true });
    expect(answer?.content).toContain('threshold');
    expect(hub.requests).toEqual([]);
  });

  it('in a direct message is asked by a person without rights', async () => {
    const { fake, person, hub } = bench;
    fake.directMessage(person, 'hello');
    const channel = fake.directChannel(person);
    await answersTo(fake.command(channel, person, 'nunchi check', { text: 'so so <@1>' }));
    expect(hub.requests[0]).toMatchObject({
      communityId: `dm:${channel}`,
      person: { id: person, roleIds: [], moderates: false },
      type: 'check',
      text: 'so so',
    });
  });

  it('that takes long is announced within the 3 seconds', async () => {
    const { fake, channel, person } = bench;
    const release = hold({ text: 'at *last*', private: true });
    const id = fake.command(channel, person, 'nunchi help');
    expect(await answersTo(id)).toMatchObject([
      { type: Answer.DeferredChannelMessageWithSource, ephemeral: true },
    ]);
    release();
    const [, later] = await answersTo(id, 2);
    expect(later).toMatchObject({ how: 'edit', ephemeral: true, content: 'at \\*last\\*' });
  });

  it('is shown to those whom the answer is for, whatever was announced', async () => {
    const { fake, channel, moderator } = bench;
    const shared = { unit: 'day', share: true };
    let release = hold({ text: 'not allowed', private: true });
    const refused = fake.command(channel, moderator, 'nunchi report', shared);
    expect(await answersTo(refused)).toMatchObject([{ ephemeral: false }]);
    release();
    expect((await answersTo(refused, 3)).slice(1)).toMatchObject([
      { how: 'delete' },
      { how: 'followup', ephemeral: true, content: 'not allowed' },
    ]);
    const attachment = {
      name: 'mood.png',
      mediaType: 'image/png',
      content: 'YQ==',
      description: 'a chart',
    } as const;
    release = hold({ text: 'the mood', private: false, attachment });
    const shown = fake.command(channel, moderator, 'nunchi report', shared);
    await answersTo(shown);
    release();
    const [, later] = await answersTo(shown, 2);
    expect(later).toMatchObject({
      how: 'edit',
      ephemeral: false,
      content: 'the mood',
      files: [{ name: 'mood.png' }],
    });
  });

  it('whose time has passed leaves a line with ids only', async () => {
    const { fake, channel, person, lines } = bench;
    const release = hold({ text: 'a secret', private: true });
    const id = fake.command(channel, person, 'nunchi help');
    await answersTo(id);
    fake.clock.advance(16 * 60_000);
    release();
    const line = await until(() => lines.find((one) => one.includes('could not be answered')), 'the line');
    expect(line).toContain(id);
    expect(line).not.toContain('a secret');
    // The bot's own token is still good.
    expect(await bench.adapter.fetch(channel, message)).toMatchObject({ messageId: message });
  });

  it('of an earlier version says so', async () => {
    const { fake, channel, person } = bench;
    const [command] = fake.world.commands.get('')?.values() ?? [];
    if (command?.options?.[0]) command.options[0].name = 'old';
    const [answer] = await answersTo(
      fake.command(channel, person, 'nunchi old', command?.options?.[0] ? { text: 'x' } : {}),
    );
    expect(answer).toMatchObject({
      ephemeral: true,
      content: expect.stringContaining('no longer in use') as string,
    });
  });
});

describe('the message menu', () => {
  it.each([
    ['Read the mood', 'read'],
    ['Why this reading?', 'why'],
  ])('%s hands over the message', async (name, type) => {
    const { fake, channel, guild, person, hub } = bench;
    await answersTo(fake.menu({ messageId: message }, person, name));
    expect(hub.requests[0]).toMatchObject({
      type,
      message: {
        platform: 'discord',
        communityId: guild,
        channelId: channel,
        messageId: message,
        authorId: person,
        text: 'not bad :ok:',
        addressed: false,
        trainable: false,
      },
    });
  });

  it('gives the text without the Message Content intent too', async () => {
    await bench.stop();
    bench = await startBench({ messageContent: false }, { privileged: [] });
    const { fake, channel, person, hub } = bench;
    await bench.adapter.connect(hub);
    await fake.until(() => (fake.world.commands.get('')?.size ?? 0) > 0, 'the commands');
    const hidden = fake.say(channel, person, 'hidden from the gateway');
    await answersTo(fake.menu({ messageId: hidden }, person, 'Read the mood'));
    expect(hub.requests[0]).toMatchObject({ message: { text: 'hidden from the gateway' } });
  });

  it('opens the dialog, and what is filled in comes back', async () => {
    const { fake, moderator, hub } = bench;
    hub.answer = (request) => (request.type === 'correct' ? DIALOG : { text: 'noted', private: true });
    const id = fake.menu({ messageId: message }, moderator, 'Correct the reading');
    const [opened] = await answersTo(id);
    expect(opened?.modal).toMatchObject({ custom_id: 'correct:42', title: 'Correct the reading' });
    expect(opened?.modal?.components).toHaveLength(2);
    const submitted = fake.submit(id, { label: 'positive', text: ' meant as praise ' });
    expect(await answersTo(submitted)).toMatchObject([{ ephemeral: true, content: 'noted' }]);
    expect(hub.requests[1]).toMatchObject({
      type: 'dialog',
      dialogId: 'correct:42',
      label: 'positive',
      text: 'meant as praise',
      person: { id: moderator, moderates: true },
    });
    await answersTo(fake.submit(id, { label: 'forget' }));
    expect(hub.requests[2]).toMatchObject({ label: 'forget', text: null });
  });

  it('refuses the dialog in words', async () => {
    const { fake, person, hub } = bench;
    hub.answer = () => ({ text: 'Only moderators.', private: true });
    const [answer] = await answersTo(fake.menu({ messageId: message }, person, 'Correct the reading'));
    expect(answer).toMatchObject({ modal: null, ephemeral: true, content: 'Only moderators.' });
  });
});

describe('buttons', () => {
  const queue = (text: string, ids: string[]): ChatAnswer => ({
    text,
    private: true,
    replace: true,
    buttons: [ids.map((id) => ({ id, text: id, emoji: '🟢', style: 'primary' as const }))],
  });

  it('go through the queue in one message', async () => {
    const { fake, channel, moderator, hub } = bench;
    hub.answer = () => ({ ...queue('first', ['q:1']), replace: false });
    const [shown] = await answersTo(fake.command(channel, moderator, 'nunchi queue'));
    expect(shown?.payload?.components).toMatchObject([
      { components: [{ custom_id: 'q:1', style: ButtonStyle.Primary, emoji: { name: '🟢' } }] },
    ]);
    hub.answer = () => queue('second', ['q:2']);
    const pressed = fake.press(shown?.messageId ?? '', moderator, 'q:1');
    expect(await answersTo(pressed)).toMatchObject([
      { type: Answer.UpdateMessage, messageId: shown?.messageId, content: 'second' },
    ]);
    expect(hub.requests[1]).toMatchObject({ type: 'button', buttonId: 'q:1', person: { moderates: true } });
    hub.answer = () => ({ text: 'the queue is empty', private: true, replace: true });
    const [last] = await answersTo(fake.press(shown?.messageId ?? '', moderator, 'q:2'));
    expect(last).toMatchObject({ content: 'the queue is empty', payload: { components: [] } });
  });

  it('that take long change the message later, or answer beside it', async () => {
    const { fake, channel, moderator, hub } = bench;
    hub.answer = () => ({ ...queue('first', ['q:1']), replace: false });
    const [shown] = await answersTo(fake.command(channel, moderator, 'nunchi queue'));
    let release = hold(queue('second', ['q:1']));
    const changed = fake.press(shown?.messageId ?? '', moderator, 'q:1');
    expect(await answersTo(changed)).toMatchObject([{ type: Answer.DeferredMessageUpdate }]);
    release();
    expect((await answersTo(changed, 2))[1]).toMatchObject({ how: 'edit', content: 'second' });
    release = hold({ text: 'that failed', private: true });
    const beside = fake.press(shown?.messageId ?? '', moderator, 'q:1');
    await answersTo(beside);
    release();
    expect((await answersTo(beside, 2))[1]).toMatchObject({
      how: 'followup',
      ephemeral: true,
      content: 'that failed',
    });
  });
});
