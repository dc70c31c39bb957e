// What tests let people and the workspace do. All of it works while the app is away too: history then knows it.
import {
  momentTs,
  type Channel,
  type Core,
  type File,
  type Message,
  type Team,
  type User,
  type UserGroup,
} from './core.js';
import { blankUser } from './core.js';
import {
  change,
  erase,
  join,
  newChannel,
  openIm,
  post,
  react,
  tellUserChange,
  typedBlocks,
  typedText,
  unreact,
} from './effects.js';
import { mimeOf } from './methods/files.js';

export interface SayOptions {
  /** A message of the thread to write in. */
  thread?: Message;
  /** A reply that is shown in the channel too. */
  broadcast?: boolean;
  files?: { name: string; bytes: Buffer }[];
}

export function createPeople(core: Core) {
  const mustBeIn = (user: User, channel: Channel) => {
    if (!channel.members.has(user.id)) throw new Error(`${user.name} is not in ${channel.id}`);
  };
  const must = (error: string | undefined) => {
    if (error !== undefined) throw new Error(`Slack's client would refuse: ${error}`);
  };

  function fileOf(user: User, { name, bytes }: { name: string; bytes: Buffer }): File {
    const created = Math.floor(core.clock.now() / 1000);
    return { id: core.newId('F'), name, title: name, mimetype: mimeOf(name), user: user.id, created, bytes };
  }

  /** Writes a message. `text` is as typed, with `<@U…>` for who is mentioned; everything else is taken literally. */
  function say(user: User, channel: Channel, text: string, options: SayOptions = {}): Message {
    mustBeIn(user, channel);
    const { thread, broadcast = false, files } = options;
    const threadTs = thread && (thread.threadTs ?? thread.ts);
    return post(core, channel, {
      user,
      text: typedText(text),
      blocks: typedBlocks(core, text),
      ...(threadTs !== undefined && { threadTs }),
      ...(broadcast && { subtype: 'thread_broadcast' }),
      ...(files && { files: files.map((file) => fileOf(user, file)), subtype: 'file_share' }),
    });
  }

  return {
    /** Another organisation, for Slack Connect. */
    createTeam(name: string): Team {
      const team = { id: core.newId('T'), name, domain: name.toLowerCase() };
      core.teams.set(team.id, team);
      return team;
    },

    createUser(name: string, about: Partial<Omit<User, 'id' | 'name'>> = {}): User {
      const user = { ...blankUser(core.newId('U'), core.team.id, name), ...about };
      core.users.set(user.id, user);
      return user;
    },

    /** The user of another app, whose messages carry a `bot_id`. */
    createBot(name: string): User {
      const user = {
        ...blankUser(core.newId('U'), core.team.id, name),
        botId: core.newId('B'),
        appId: core.newId('A'),
      };
      core.users.set(user.id, user);
      return user;
    },

    /** A channel (or private one, or group direct message) with these people; the app is in it unless `withBot` is false. */
    createChannel(
      name: string,
      members: User[],
      { kind = 'channel', withBot = true }: { kind?: 'channel' | 'group' | 'mpim'; withBot?: boolean } = {},
    ): Channel {
      const channel = newChannel(core, kind, name, withBot ? [...members, core.bot] : members);
      core.changes.notify();
      return channel;
    },

    createUserGroup(handle: string, users: User[]): UserGroup {
      const ids = new Set(users.map(({ id }) => id));
      const group = { id: core.newId('S'), handle, name: handle, users: ids, disabled: false };
      core.groups.set(group.id, group);
      return group;
    },

    say,

    /** Writes `@app text`: a `message` and an `app_mention` come for it. */
    mention: (user: User, channel: Channel, text: string, options?: SayOptions): Message =>
      say(user, channel, `<@${core.bot.id}> ${text}`, options),

    /** Writes to the app directly. */
    directMessage: (user: User, text: string, options?: SayOptions): Message =>
      say(user, openIm(core, user), text, options),

    /** A message of an old integration: subtype `bot_message`, without a user. */
    sayAsIntegration(channel: Channel, text: string, username = 'integration'): Message {
      const integration = { botId: core.newId('B'), username };
      return post(core, channel, { text, subtype: 'bot_message', integration });
    },

    edit(message: Message, text: string): void {
      const editor = message.user ?? core.bot;
      change(core, message, { text: typedText(text), blocks: typedBlocks(core, text) }, editor);
    },

    /** Slack adds the preview of a link: a `message_changed` that is no edit. */
    unfurl(message: Message, url: string): void {
      change(core, message, { attachments: [{ fallback: url, title: url, title_link: url }] });
    },

    remove: (message: Message): void => erase(core, message),

    react(user: User, message: Message, emoji: string): void {
      mustBeIn(user, message.channel);
      must(react(core, message, user, emoji));
    },

    unreact: (user: User, message: Message, emoji: string): void => must(unreact(core, message, user, emoji)),

    join: (user: User, channel: Channel): void => join(core, channel, user),

    /** Brings the app into a channel. */
    invite: (inviter: User, channel: Channel): void => join(core, channel, core.bot, inviter),

    /** Takes the app out of a channel: it gets no more events from there. */
    removeBot(channel: Channel): void {
      channel.members.delete(core.bot.id);
      core.changes.notify();
    },

    /** Changes what is known of a person, a lost role for instance: `user_change`. */
    changeUser(user: User, changes: Partial<Omit<User, 'id'>>): void {
      Object.assign(user, changes);
      tellUserChange(core, user);
    },

    archive(channel: Channel, user: User): void {
      channel.archived = true;
      const about = { channel: channel.id, user: user.id, is_moved: 0, event_ts: momentTs(core) };
      core.emit({ type: channel.kind === 'group' ? 'group_archive' : 'channel_archive', ...about }, channel);
      core.changes.notify();
    },

    deleteChannel(channel: Channel, user: User): void {
      const [date_deleted, event_ts] = [Math.floor(core.clock.now() / 1000), momentTs(core)];
      if (channel.kind === 'group')
        core.emit(
          { type: 'group_deleted', channel: channel.id, date_deleted, actor_id: user.id, event_ts },
          channel,
        );
      else core.emit({ type: 'channel_deleted', channel: channel.id }, channel);
      core.channels.delete(channel.id);
      core.changes.notify();
    },
  };
}
