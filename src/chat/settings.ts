// What a community can set, each with its default: how Nunchi behaves there, who moderates, which emoji mean what.
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { LABELS, type Label } from '../labels.js';
import { DEFAULT_QUORUM } from '../store/derive-label.js';
import type { SettingsStore } from '../store/contracts/people.js';
import { isTimeZone } from '../time-buckets.js';
import { foldEmoji } from './feedback.js';

/**
 * What Nunchi does with the messages of a channel that do not speak to it: `silent` reads them and says nothing, `react` puts
 * its emoji under those that it is sure of, `request` reads a message only when it is asked to, `off` leaves the channel alone.
 */
export const MODES = ['silent', 'react', 'request', 'off'] as const;
export type Mode = (typeof MODES)[number];

const ID = z.string().min(1).max(100);
const IDS = z.array(ID).max(100);
const Emoji = z.array(z.string().min(1).max(64)).max(10);

const Schema = z.strictObject({
  /** Of Nunchi's answers; `auto` answers in the language of the message. */
  language: z.enum(['auto', 'ko', 'en'], 'expected auto, ko or en').default('auto'),
  /** Of reports and of the night. */
  timeZone: z.string().refine(isTimeZone, 'expected a time zone such as Asia/Seoul').default('UTC'),
  /** A reading with less confidence is "not sure"; null takes that of the installation. */
  threshold: z.number().min(0).max(1, 'expected a number from 0 to 1').nullable().default(null),
  /** Of channels that have none of their own. */
  mode: z.enum(MODES, `expected one of ${MODES.join(', ')}`).default('silent'),
  /** By the platform's id of the channel. */
  channels: z.record(ID, z.enum(MODES, `expected one of ${MODES.join(', ')}`)).default({}),
  /** Beside 🟢 ⚪ 🔴 and ❌: a character or the platform's name of an emoji. */
  emoji: z
    .strictObject({
      positive: Emoji.default([]),
      neutral: Emoji.default([]),
      negative: Emoji.default([]),
      forget: Emoji.default([]),
    })
    .default({ positive: [], neutral: [], negative: [], forget: [] }),
  /** Beside those whom the platform lets moderate. Roles are roles or user groups. */
  moderatorRoles: IDS.default([]),
  moderators: IDS.default([]),
  /** Whether other people decide together where no moderator has spoken; null: they do not. */
  quorum: z
    .strictObject({ people: z.number().int().min(2).max(100), agreement: z.number().min(0.5).max(1) })
    .nullable()
    .default(DEFAULT_QUORUM),
  /** Whether sentences with known labels come up in the review queue, by which moderators' labels are weighed. */
  probes: z.boolean().default(false),
  /** Where moderators are told of nights and of steep falls. */
  newsChannel: ID.nullable().default(null),
  alerts: z.boolean().default(false),
});

export type CommunitySettings = z.infer<typeof Schema>;

export const DEFAULT_SETTINGS: CommunitySettings = Schema.parse({});

export interface CommunitySettingsService {
  get(platform: string, communityId: string): Promise<CommunitySettings>;
  /**
   * @param change only what is to change; a channel or an emoji list that is given takes the place of the one before
   * @throws InvalidSetting
   */
  change(platform: string, communityId: string, change: SettingsChange): Promise<CommunitySettings>;
}

export type SettingsChange = {
  [Name in keyof CommunitySettings]?: Name extends 'channels'
    ? Record<string, Mode | null>
    : CommunitySettings[Name] | undefined;
};

/** Nothing was changed. The message names the setting and what was expected; people are told in their own language. */
export class InvalidSetting extends NunchiError {
  constructor(
    /** null where there is no such setting. */
    readonly setting: keyof CommunitySettings | null,
    message: string,
  ) {
    super('invalid-input', message, { hint: 'Nothing was changed.' });
  }
}

/** Settings are asked for with every message, so that they are kept in memory: one process writes them. */
export function createCommunitySettings(
  store: SettingsStore,
  /** Of the installation, for communities that have set nothing. */
  { timeZone }: Pick<CommunitySettings, 'timeZone'> = DEFAULT_SETTINGS,
): CommunitySettingsService {
  const known = new Map<string, CommunitySettings>();

  async function get(platform: string, communityId: string): Promise<CommunitySettings> {
    const key = JSON.stringify([platform, communityId]);
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const stored = (await store.get(platform, communityId)) ?? {};
    const parsed = Schema.safeParse({ timeZone, ...stored });
    // What an older or newer Nunchi wrote and this one does not understand must not keep a community without answers.
    const settings = parsed.success ? parsed.data : { ...DEFAULT_SETTINGS, timeZone };
    known.set(key, settings);
    return settings;
  }

  return {
    get,
    async change(platform, communityId, change) {
      const before = await get(platform, communityId);
      const channels = { ...before.channels, ...change.channels };
      const parsed = Schema.safeParse({
        ...before,
        ...change,
        channels: Object.fromEntries(Object.entries(channels).filter(([, mode]) => mode !== null)),
        emoji: { ...before.emoji, ...change.emoji },
      });
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const [setting] = issue?.path ?? [];
        throw new InvalidSetting(
          isSetting(setting) ? setting : null,
          `${issue?.path.join('.') ?? 'settings'}: ${issue?.message ?? 'invalid'}`,
        );
      }
      await store.set(platform, communityId, parsed.data);
      known.set(JSON.stringify([platform, communityId]), parsed.data);
      return parsed.data;
    },
  };
}

function isSetting(name: unknown): name is keyof CommunitySettings {
  return typeof name === 'string' && Object.hasOwn(DEFAULT_SETTINGS, name);
}

/** @param parentId the channel of a thread that has an id of its own: its mode holds where the thread has none */
export function modeOf(settings: CommunitySettings, channelId: string, parentId?: string | null): Mode {
  const own = [channelId, parentId ?? channelId].find((id) => Object.hasOwn(settings.channels, id));
  return own === undefined ? settings.mode : (settings.channels[own] ?? settings.mode);
}

/** Who somebody is on their platform, as far as permissions go. */
export interface Person {
  /** The platform's own id. */
  id: string;
  /** Roles or user groups. */
  roleIds: readonly string[];
  /** The platform lets them moderate: a permission there, an administrator or owner of a workspace. */
  moderates: boolean;
}

export function isModerator(settings: CommunitySettings, person: Person): boolean {
  return (
    person.moderates ||
    settings.moderators.includes(person.id) ||
    person.roleIds.some((role) => settings.moderatorRoles.includes(role))
  );
}

/** What the community's own emoji stand for: a label, or `forget`. */
export function customMeaning(
  settings: Pick<CommunitySettings, 'emoji'>,
  emoji: string,
): Label | 'forget' | null {
  // Typed it has colons, put under a message a skin tone: it is the same emoji.
  const folded = foldEmoji(emoji);
  const isOne = (own: readonly string[]) => own.some((one) => foldEmoji(one) === folded);
  for (const label of LABELS) if (isOne(settings.emoji[label])) return label;
  return isOne(settings.emoji.forget) ? 'forget' : null;
}
