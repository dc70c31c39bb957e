// What the fake Slack knows: teams, people, conversations, messages, and what its parts share. No behaviour beyond ids
// and lookups; effects.ts changes it.
import type { types } from '@slack/bolt';
import { createChanges, type Changes } from './changes.js';
import { createClock, type Clock } from './clock.js';
import { createSettings, type Settings } from './settings.js';
import { createSent, type Sent } from './sent.js';

export type Blocks = (types.KnownBlock | types.Block)[];
export type ChannelKind = 'channel' | 'group' | 'im' | 'mpim';

export interface Team {
  id: string;
  name: string;
  domain: string;
}

export interface User {
  id: string;
  teamId: string;
  name: string;
  realName: string;
  isAdmin: boolean;
  isOwner: boolean;
  deleted: boolean;
  /** IANA name, with its offset in seconds. */
  tz: string;
  tzOffset: number;
  locale: string;
  /** Set for an app's user: messages carry it. */
  botId?: string;
  appId?: string;
}

export interface Message {
  ts: string;
  channel: Channel;
  /** Undefined for an old integration's `bot_message`. */
  user?: User;
  /** As Slack stores it: `&`, `<` and `>` escaped, mentions as `<@U…>`. */
  text: string;
  blocks?: Blocks;
  subtype?: 'bot_message' | 'channel_join' | 'file_share' | 'thread_broadcast' | 'tombstone';
  /** Of a `bot_message`. */
  integration?: { botId: string; username: string };
  inviter?: string;
  threadTs?: string;
  metadata?: types.MessageMetadata;
  edited?: { user: string; ts: string };
  attachments?: types.MessageAttachment[];
  files: File[];
  /** Emoji name to the ids of who reacted, in order. */
  reactions: Map<string, string[]>;
}

export interface Channel {
  id: string;
  name: string;
  kind: ChannelKind;
  creator: string;
  created: number;
  archived: boolean;
  /** Shared with another organisation (Slack Connect). */
  shared: boolean;
  members: Set<string>;
  /** In the order of their ts. */
  messages: Map<string, Message>;
  /** Replies by the ts of their thread's first message. */
  threads: Map<string, Message[]>;
  lastMicros: number;
}

export interface File {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  user: string;
  created: number;
  bytes: Buffer;
}

export interface UserGroup {
  id: string;
  handle: string;
  name: string;
  users: Set<string>;
  disabled: boolean;
}

/** A modal as a person has it open. */
export interface View {
  id: string;
  user: User;
  content: types.ModalView;
  hash: string;
  rootId: string;
  previousId: string | null;
  /** False once submitted, closed or cleared. */
  open: boolean;
  /** What the app answered to the last submission, by block id. */
  errors: Record<string, string>;
}

/** A private message to one person: Slack does not store it. */
export interface Ephemeral {
  ts: string;
  channel: Channel;
  user: User;
  text: string;
  blocks?: Blocks;
  threadTs?: string;
  /** Taken away through a response_url. */
  deleted: boolean;
}

/** Where answers to an interaction may be posted: 5 times in 30 minutes. */
export interface ResponseUrl {
  channel: Channel;
  user: User;
  origin?: Message | Ephemeral;
  uses: number;
  since: number;
}

export interface Core {
  /** Of the HTTP server, without a slash at the end. */
  url: string;
  clock: Clock;
  changes: Changes;
  settings: Settings;
  sent: Sent;
  appId: string;
  team: Team;
  bot: User & { botId: string; appId: string };
  teams: Map<string, Team>;
  users: Map<string, User>;
  channels: Map<string, Channel>;
  groups: Map<string, UserGroup>;
  views: Map<string, View>;
  /** When a trigger_id was given out, whether it was used, and whose it is. */
  triggers: Map<string, { since: number; used: boolean; user: User }>;
  responseUrls: Map<string, ResponseUrl>;
  /** Files whose address was given out and that are not yet shared. */
  uploads: Map<string, { file: File; length: number; received: boolean }>;
  newId(prefix: string): string;
  /** Hands an event to the app, if its scopes and memberships let it see it. */
  emit(event: types.SlackEvent, channel?: Channel): void;
}

export function createCore(clockRuns: boolean): Core {
  let ids = 0;
  const newId = (prefix: string) => `${prefix}0${(++ids).toString(36).toUpperCase().padStart(9, '0')}`;
  const team: Team = { id: newId('T'), name: 'Home', domain: 'home' };
  const appId = newId('A');
  const bot = {
    ...blankUser(newId('U'), team.id, 'nunchi'),
    botId: newId('B'),
    appId,
  };
  return {
    url: '',
    clock: createClock(clockRuns),
    changes: createChanges(),
    settings: createSettings(),
    sent: createSent(),
    appId,
    team,
    bot,
    teams: new Map([[team.id, team]]),
    users: new Map([[bot.id, bot]]),
    channels: new Map(),
    groups: new Map(),
    views: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    uploads: new Map(),
    newId,
    emit: () => undefined,
  };
}

export function blankUser(id: string, teamId: string, name: string): User {
  return {
    id,
    teamId,
    name,
    realName: name,
    isAdmin: false,
    isOwner: false,
    deleted: false,
    tz: 'Asia/Seoul',
    tzOffset: 9 * 3600,
    locale: 'ko-KR',
  };
}

const tsOf = (micros: number) => `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;

/** A ts that no other message, edit or event of the channel has, and later than all of them. */
export function newTs(core: Core, channel: Channel): string {
  channel.lastMicros = Math.max(core.clock.now() * 1000, channel.lastMicros + 1);
  return tsOf(channel.lastMicros);
}

/** The moment as an `event_ts` of what belongs to no channel. */
export const momentTs = (core: Core) => tsOf(core.clock.now() * 1000);

/** The direct conversation of the bot with a person; undefined before there is one. */
export const imOf = (core: Core, user: User) =>
  [...core.channels.values()].find(({ kind, members }) => kind === 'im' && members.has(user.id));

/** Replies of a thread, without its first message. */
export const repliesOf = (message: Message): readonly Message[] =>
  message.channel.threads.get(message.ts) ?? [];

export const isReply = ({ ts, threadTs }: Message) => threadTs !== undefined && threadTs !== ts;

/** As Slack's own client escapes what a person types. */
export const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
