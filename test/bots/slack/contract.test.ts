// Slack against the contract of chat platforms, in both transports, with the real Bolt.
import { afterAll, vi } from 'vitest';
import { chatPlatformContract, type PlatformUnderTest } from '../../contracts/chat-platform.js';
import type { Message } from '../../fakes/slack/core.js';
import { startFakeSlack } from '../../fakes/slack/index.js';
import { emojiName } from '../../../bots/slack/send/emoji.js';
import { closing, manifestSettings, type Transport } from './bench.js';
import { createDurableSlack } from './durable-bench.js';

const EMOJI = ['🟢', '⚪', '🔴', '❌', '👍', '👎'];
const WITHOUT = { unread: 'what could not be read is tried again, and nothing is shown meanwhile' };

/** Adapters live as long as the suite here, not as one test. */
const adapters: (() => Promise<unknown>)[] = [];
const keep = () => void adapters.push(...closing.splice(0));
afterAll(async () => {
  for (const close of adapters) await close();
});

async function make(transport: Transport): Promise<PlatformUnderTest> {
  const slack = await startFakeSlack({ settings: manifestSettings() });
  const moderator = slack.createUser('moderator', { isAdmin: true, locale: 'en-US' });
  const member = slack.createUser('member', { locale: 'en-US' });
  const channel = slack.createChannel('general', [moderator, member]);
  const nunchi = await createDurableSlack(slack, transport);
  let platform = await nunchi.begin();
  keep();
  const messages = new Map<string, Message>();
  const texts = new Map<string, string>();

  const messageOf = (id: string): Message => {
    const message = messages.get(id);
    if (message === undefined) throw new Error(`${id} was never said`);
    return message;
  };
  const answersUnder = ({ ts }: Message) =>
    (channel.threads.get(ts) ?? []).filter(({ user }) => user === slack.bot);

  function write(id: string, text: string, typed: string): Promise<void> {
    const known = messages.get(id);
    if (known !== undefined) {
      const again = slack
        .eventsOf('message')
        .find(({ payload }) => (payload as { event: { ts: string } }).event.ts === known.ts);
      slack.redeliver(again?.eventId ?? '');
    } else {
      texts.set(id, text);
      messages.set(id, slack.say(member, channel, typed));
    }
    return Promise.resolve();
  }

  return {
    get platform() {
      return platform;
    },
    store: nunchi.store,
    sentiment: nunchi.sentiment,
    settings: nunchi.settings,
    channelId: channel.id,
    communityId: slack.team.id,
    until: (state) =>
      vi.waitFor(
        async () => {
          if (!(await state())) throw new Error('not yet');
        },
        { timeout: 20_000, interval: 20 },
      ),
    say: (id, text) => write(id, text, `<@${slack.bot.id}> ${text}`),
    overhear: (id, text) => write(id, text, text),
    answersTo(text) {
      const id = [...texts].find(([, known]) => known === text)?.[0];
      return Promise.resolve(
        id === undefined ? [] : answersUnder(messageOf(id)).map((answer) => answer.text),
      );
    },
    edit(id, text) {
      texts.set(id, text);
      slack.edit(messageOf(id), `<@${slack.bot.id}> ${text}`);
      return Promise.resolve();
    },
    remove: (id) => Promise.resolve(slack.remove(messageOf(id))),
    emojiUnder(id) {
      const own = [...messageOf(id).reactions].filter(([, users]) => users.includes(slack.bot.id));
      return Promise.resolve(own.map(([name]) => EMOJI.find((emoji) => emojiName(emoji) === name) ?? name));
    },
    react(id, { by, under, emoji, action }) {
      const person = by === 'moderator' ? moderator : member;
      const message = under === 'message' ? messageOf(id) : answersUnder(messageOf(id))[0];
      if (message === undefined) throw new Error(`${id} has no answer`);
      if (action === 'added') slack.react(person, message, emojiName(emoji));
      else slack.unreact(person, message, emojiName(emoji));
      return Promise.resolve();
    },
    async restart() {
      await platform.stop();
      platform = await nunchi.begin();
      keep();
    },
    async stop() {
      await nunchi.stop();
      await slack.close();
    },
  };
}

chatPlatformContract('slack in Socket Mode', () => make('socket'), { without: WITHOUT });
chatPlatformContract('slack by HTTP', () => make('http'), { without: WITHOUT });
