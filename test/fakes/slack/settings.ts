// What a test may set and change at any time: tokens, scopes, limits, plan, transport, faults.

/** How events that the app did not acknowledge come again. */
export type Redelivery =
  /** As documented: at once, after a minute, after five minutes (of the fake's clock), then never. */
  | 'schedule'
  /** Up to three times at once, and to every new connection. */
  | 'at-once'
  /** Only by `redeliver` and `redeliverPending`. */
  | 'by-test';

export interface RateLimit {
  calls: number;
  perMs: number;
}

/** What happens to a call in place of its ordinary answer. */
export type Fault =
  /** An HTTP status with a body that is not JSON; nothing is done. */
  | { status: number }
  /** `{ ok: false, error }`; nothing is done. */
  | { error: string }
  /** 429 with this Retry-After, in seconds; nothing is done. */
  | { retryAfter: number }
  /** Never an answer, and nothing is done. */
  | 'hang'
  /** The connection breaks, and nothing is done. */
  | 'drop-before'
  /** It is done, and the connection breaks before the answer. */
  | 'drop-after';

export interface Settings {
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** The old verification token that payloads still carry. */
  verificationToken: string;
  /** After `uninstall`, or when a test wants a token refused. */
  revoked: boolean;
  /** Of the bot token. */
  scopes: Set<string>;
  /** Bot events of the app's manifest, such as `message.channels`; undefined: all. */
  subscriptions?: Set<string>;
  redelivery: Redelivery;
  /** The app's address for events, interactivity and commands; undefined: Socket Mode. */
  requestUrl?: string;
  /** Whether the plan has user groups. */
  hasUserGroups: boolean;
  /** By Web API method. */
  rateLimits: Map<string, RateLimit>;
  /** chat.postMessage in one channel. */
  postingLimit?: RateLimit;
  reactionsPerPerson: number;
  emojiPerMessage: number;
  /** Names that this workspace does not have. */
  unknownEmoji: Set<string>;
  /** Methods that are not there, as on some other server: answered with `unknown_method`, or with this HTTP status. */
  absent: Map<string, 'unknown_method' | number>;
  /** Fields that payloads, the events in them and the answer of auth.test go without. */
  leavesOut: Set<string>;
  /** Next answers by method, first in first out. */
  faults: Map<string, Fault[]>;
}

/** Without the fields that are left out. */
export const sparse = (payload: object, leavesOut: ReadonlySet<string>): object =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => !leavesOut.has(name)));

export const ALL_SCOPES = [
  'app_mentions:read',
  'channels:history',
  'channels:join',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'mpim:write',
  'reactions:read',
  'reactions:write',
  'team:read',
  'usergroups:read',
  'users:read',
];

export const createSettings = (): Settings => ({
  botToken: 'xoxb-fake-bot-token',
  appToken: 'xapp-1-fake-app-token',
  signingSecret: 'fake-signing-secret',
  verificationToken: 'fake-verification-token',
  revoked: false,
  scopes: new Set(ALL_SCOPES),
  redelivery: 'schedule',
  hasUserGroups: true,
  rateLimits: new Map(),
  reactionsPerPerson: 23,
  emojiPerMessage: 50,
  unknownEmoji: new Set(),
  absent: new Map(),
  leavesOut: new Set(),
  faults: new Map(),
});
