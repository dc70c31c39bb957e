// The people of a soak on both fakes: they do what a step says, and look at what Nunchi has answered.
import { type FakeDiscord, startFakeDiscord } from '../fakes/discord/index.js';
import { type FakeSlack, startFakeSlack } from '../fakes/slack/index.js';
import type { Message as SlackMessage } from '../fakes/slack/core.js';
import { TO_NOTHING } from './expectation.js';
import { discordFault, slackFault } from './faults.js';
import {
  CHANNELS,
  CROWD,
  type Emoji,
  isDirect,
  MODERATORS,
  PEOPLE,
  personOfDirect,
  type Platform,
  type Reaction,
  type SaidMessage,
  type Step,
} from './steps.js';

const CHARACTERS: Record<Emoji, string> = {
  positive: '🟢',
  neutral: '⚪',
  negative: '🔴',
  forget: '❌',
  up: '👍',
  down: '👎',
  heart: '❤️',
  joy: '😂',
};
const NAMES: Record<Emoji, string> = {
  positive: 'large_green_circle',
  neutral: 'white_circle',
  negative: 'red_circle',
  forget: 'x',
  up: '+1',
  down: '-1',
  heart: 'heart',
  joy: 'joy',
};

export interface Players {
  discord: FakeDiscord;
  slack: FakeSlack;
  /** @param answerTo where the platform shows Nunchi's answer to a message */
  act(step: Step, answerTo: (message: number) => string): void;
  /** `platform/channel/message`, in the platform's own ids. */
  placeOf(message: SaidMessage): string;
  /** Where answers to it are counted: see `answersByPlace`. */
  answerPlaceOf: (message: SaidMessage) => string;
  /** By those places, Nunchi's messages there; under `TO_NOTHING` what replies to nothing. */
  answers(): Map<string, number>;
  /** What a message of Nunchi's says now; null where there is none. */
  shown(platform: Platform, channelId: string, messageId: string): string | null;
  /** Commands used, and those answered. */
  commands(): { used: number; answered: number };
  /** Lets go of what is over, so that the fakes do not grow. */
  forget(): void;
  close(): Promise<void>;
}

const WHO = Array.from({ length: PEOPLE + CROWD }, (_, one) => `person${one}`);
const COMMANDER = PEOPLE - 1;

export async function startPlayers(): Promise<Players> {
  const discord = await startFakeDiscord();
  const slack = await startFakeSlack({ settings: { redelivery: 'at-once' }, clockRuns: true });
  const guild = discord.createGuild();
  const role = discord.createRole(guild, 'moderators', ['ManageMessages']);
  const members = WHO.map((name, one) => discord.createMember(guild, name, one < MODERATORS ? [role] : []));
  const channels = Array.from({ length: CHANNELS }, (_, one) => discord.createChannel(guild, `place-${one}`));
  const users = WHO.map((name, one) =>
    slack.createUser(name, { isAdmin: one < MODERATORS, locale: one % 2 === 0 ? 'ko-KR' : 'en-US' }),
  );
  const rooms = Array.from({ length: CHANNELS }, (_, one) => slack.createChannel(`place-${one}`, users));

  const onDiscord = new Map<number, { channelId: string; id: string; said: SaidMessage }>();
  const onSlack = new Map<number, { message: SlackMessage; said: SaidMessage }>();
  const interactions: string[] = [];
  let [slackCommands, redeliveries] = [0, 0];

  const must = <T>(found: T | undefined, what: string): T => {
    if (found === undefined) throw new Error(`no ${what} in the soak`);
    return found;
  };
  const member = (one: number) => must(members[one], `person ${one}`);
  const user = (one: number) => must(users[one], `person ${one}`);
  const discordOf = (id: number) => must(onDiscord.get(id), `message ${id}`);
  const slackOf = (id: number) => must(onSlack.get(id), `message ${id}`).message;

  function sayOnDiscord(said: SaidMessage, answerTo: (message: number) => string): void {
    const { id, place, author, kind, text, repliesTo } = said;
    if (isDirect(place)) {
      const channelId = discord.directChannel(member(personOfDirect(place)));
      onDiscord.set(id, { channelId, id: discord.directMessage(member(author), text), said });
      return;
    }
    const channelId = must(channels[place], `channel ${place}`);
    // Without a ping too a reply to Nunchi speaks to it.
    const reply = repliesTo === null ? {} : { replyTo: answerTo(repliesTo), pingReplied: id % 2 === 0 };
    const written = kind === 'mention' ? `<@${discord.botId}> ${text}` : text;
    onDiscord.set(id, { channelId, id: discord.say(channelId, member(author), written, reply), said });
  }

  function sayOnSlack(said: SaidMessage): void {
    const { id, place, author, kind, text, thread } = said;
    if (isDirect(place)) {
      onSlack.set(id, { message: slack.directMessage(user(author), text), said });
      return;
    }
    const where = thread === null ? {} : { thread: slackOf(thread) };
    const say = kind === 'mention' ? slack.mention : slack.say;
    onSlack.set(id, {
      message: say(user(author), must(rooms[place], `channel ${place}`), text, where),
      said,
    });
  }

  function edit(id: number, text: string): void {
    const there = onDiscord.get(id);
    if (there !== undefined) {
      discord.edit(there.id, there.said.kind === 'mention' ? `<@${discord.botId}> ${text}` : text);
      return;
    }
    const { message, said } = must(onSlack.get(id), `message ${id}`);
    slack.edit(message, said.kind === 'mention' ? `<@${slack.bot.id}> ${text}` : text);
  }

  function react(
    { message, onAnswer, person, emoji }: Reaction,
    back: boolean,
    answerTo: (id: number) => string,
  ) {
    const there = onDiscord.get(message);
    if (there !== undefined) {
      const id = onAnswer ? answerTo(message) : there.id;
      const [who, character] = [member(person), CHARACTERS[emoji]];
      return back ? discord.unreact(id, who, character) : discord.react(id, who, character);
    }
    const asked = slackOf(message);
    const target = onAnswer ? slackMessage(asked.channel.id, answerTo(message)) : asked;
    const under = must(target, `answer to ${message}`);
    if (back) slack.unreact(user(person), under, NAMES[emoji]);
    else slack.react(user(person), under, NAMES[emoji]);
  }

  function slackMessage(channelId: string, ts: string): SlackMessage | undefined {
    return sentOnSlack().find(({ message }) => message.ts === ts && message.channel.id === channelId)
      ?.message;
  }
  const sentOnSlack = () => slack.sent.messages.filter(({ through }) => through === 'chat.postMessage');

  function command(platform: Platform, place: number, name: string): void {
    if (platform === 'discord') {
      const channelId = must(channels[place], `channel ${place}`);
      const given = name === 'check' ? [{ text: '정말 좋았어요' }] : [];
      interactions.push(discord.command(channelId, member(COMMANDER), `nunchi ${name}`, ...given));
      return;
    }
    slackCommands += 1;
    const typed = name === 'check' ? 'check what a terrible day' : name;
    slack.command(user(COMMANDER), must(rooms[place], `channel ${place}`), '/nunchi', typed);
  }

  function trouble(step: Extract<Step, { type: 'line' }>): void {
    if (step.platform === 'slack') {
      if (step.trouble === 'drop') slack.drop();
      else slack.disconnect(step.trouble === 'refresh' ? 'refresh_requested' : 'warning');
      return;
    }
    const { gateway } = discord;
    switch (step.trouble) {
      case 'drop':
        return gateway.disconnect();
      case 'reconnect':
        return gateway.askToReconnect();
      case 'close-4000':
        return gateway.disconnect(4000);
      case 'timed-out':
        return gateway.disconnect(4009);
      case 'invalid-resumable':
        return gateway.invalidate(true);
      case 'invalid':
        return gateway.invalidate(false);
      case 'forgotten':
        gateway.forgetSessions();
        return gateway.disconnect();
    }
  }

  function redeliver(): void {
    const events = slack.deliveries.filter(({ eventId }) => eventId !== undefined);
    const { eventId } = events[(redeliveries += 7919) % Math.max(1, events.length)] ?? {};
    if (eventId !== undefined) slack.redeliver(eventId);
  }

  const placeOf = ({ id, platform }: SaidMessage) => {
    if (platform === 'discord') return `discord/${discordOf(id).channelId}/${discordOf(id).id}`;
    return `slack/${slackOf(id).channel.id}/${slackOf(id).ts}`;
  };

  return {
    discord,
    slack,
    act(step, answerTo) {
      switch (step.type) {
        case 'message':
          return step.platform === 'discord' ? sayOnDiscord(step, answerTo) : sayOnSlack(step);
        case 'edit':
          return edit(step.message, step.text);
        case 'deletion':
          return onDiscord.has(step.message)
            ? discord.remove(discordOf(step.message).id)
            : slack.remove(slackOf(step.message));
        case 'reaction':
          return react(step, false, answerTo);
        case 'reaction-taken-back':
          return react(step, true, answerTo);
        case 'reactions-cleared': {
          const { id } = discordOf(step.message);
          return step.emoji === null
            ? discord.clearReactions(id)
            : discord.clearEmoji(id, CHARACTERS[step.emoji]);
        }
        case 'flood':
          for (let one = 0; one < CROWD; one += 1)
            react({ ...step, onAnswer: false, person: PEOPLE + one }, false, answerTo);
          return;
        case 'command':
          return command(step.platform, step.place, step.name);
        case 'line':
          return trouble(step);
        case 'redelivery':
          return redeliver();
        case 'faults':
          discordFault(discord.faults, step.which);
          return slackFault(slack, step.which);
        case 'kill':
        case 'start':
      }
    },
    placeOf,
    answerPlaceOf(message) {
      if (message.platform === 'discord') return placeOf(message);
      const { channel, ts, threadTs } = slackOf(message.id);
      return `slack/${channel.id}/${isDirect(message.place) ? '' : (threadTs ?? ts)}`;
    },
    answers() {
      const counts = new Map<string, number>();
      const count = (place: string) => counts.set(place, (counts.get(place) ?? 0) + 1);
      const own = new Set(discord.sent.messages.map(({ id }) => id));
      for (const { channelId, replyTo } of discord.sent.messages) {
        // The question which reading is right is shown under the answer that somebody doubts.
        if (replyTo === null) count(TO_NOTHING);
        else if (!own.has(replyTo)) count(`discord/${channelId}/${replyTo}`);
      }
      for (const { message } of sentOnSlack()) count(`slack/${message.channel.id}/${message.threadTs ?? ''}`);
      return counts;
    },
    shown(platform, channelId, messageId) {
      if (platform === 'slack') return slackMessage(channelId, messageId)?.text ?? null;
      return discord.world.messages.get(messageId)?.content ?? null;
    },
    commands() {
      const answered = new Set(
        discord.sent.answers
          .filter(({ content }) => content !== '')
          .map(({ interactionId }) => interactionId),
      );
      const commander = user(COMMANDER).id;
      const told = slack.sent.ephemerals.filter((one) => one.user.id === commander && !one.deleted).length;
      return {
        used: interactions.length + slackCommands,
        answered: interactions.filter((id) => answered.has(id)).length + told,
      };
    },
    forget() {
      slack.forget();
    },
    async close() {
      await discord.close();
      await slack.close();
    },
  };
}
