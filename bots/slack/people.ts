// Who somebody is in Slack, remembered briefly: what they may do, their groups, their language, their organisation.
import { setTimeout as pause } from 'node:timers/promises';
import type { Language } from '../../src/chat/platform.js';
import type { Person } from '../../src/chat/settings.js';
import type { Logger } from '../../src/log.js';
import { isUnknownMethod, refusalOf, retryAfterMsOf, type WebClient } from './api.js';
import type { Identity } from './translate/message.js';

export interface SlackPerson {
  person: Person;
  language: Language;
  /** Of another organisation, met in a channel shared with it. */
  foreign: boolean;
  bot: boolean;
}

export interface People {
  /** Never rejects: who cannot be asked about is what was known last, else somebody without special rights. */
  get(id: string): Promise<SlackPerson>;
  /** Does not wait long: an answer in the wrong language is better than a late one. */
  languageOf(id: string): Promise<Language>;
}

export interface PeopleConfig {
  client: WebClient;
  identity: Pick<Identity, 'teamId' | 'enterpriseId'>;
  logger: Pick<Logger, 'warn'>;
  now: () => number;
}

/** A role that was given or taken away counts after this at the latest. */
const FRESH_MS = 5 * 60_000;
const MOST_REMEMBERED = 20_000;
const LANGUAGE_WAIT_MS = 1_000;
/** Before the second and the third try: an error that passes makes nobody of a moderator, and Slack waits three seconds. */
const PAUSES_MS = [200, 800];
/** What Slack may ask to wait for without being left alone. */
const PATIENCE_MS = 1_500;

/** Calls at the same time. */
const AT_A_TIME = 8;

type Known = Omit<SlackPerson, 'person'> & { moderates: boolean };
const NOBODY: Known = { moderates: false, language: 'en', foreign: false, bot: false };

export function createPeople({ client, identity, logger, now }: PeopleConfig): People {
  const known = new Map<string, { about: Known; until: number }>();
  const asking = new Map<string, Promise<Known>>();
  let turns = 0;
  const waiting: (() => void)[] = [];
  /** Not asked until then: Slack has said so, or cannot say who anybody is. */
  let pausedUntil = 0;
  let groups: { of: Map<string, string[]>; until: number } = { of: new Map(), until: 0 };
  let askingGroups: Promise<void> | undefined;

  async function ask(id: string): Promise<Known> {
    for (const pauseMs of [...PAUSES_MS, null]) {
      const waitMs = pausedUntil - now();
      if (waitMs > PATIENCE_MS) break;
      if (waitMs > 0) await pause(waitMs);
      try {
        return remember(id, await lookUp(id));
      } catch (error) {
        const code = refusalOf(error)?.code;
        if (code === 'user_not_found') return remember(id, NOBODY);
        logger.warn('a person could not be looked up', { platform: 'slack', code: code ?? null, error });
        const askedMs = isUnknownMethod(error) ? FRESH_MS : retryAfterMsOf(error);
        if (askedMs !== null) pausedUntil = Math.max(pausedUntil, now() + askedMs);
        else if (pauseMs !== null) await pause(pauseMs);
      }
    }
    // Asked again with the next event.
    return known.get(id)?.about ?? NOBODY;
  }

  async function lookUp(id: string): Promise<Known> {
    const { user } = await client.users.info({ user: id, include_locale: true });
    return {
      moderates: user?.is_admin === true || user?.is_owner === true || user?.is_primary_owner === true,
      language: user?.locale?.startsWith('ko') === true ? 'ko' : 'en',
      foreign: isForeign(user),
      bot: user?.is_bot === true,
    };
  }

  function remember(id: string, about: Known): Known {
    known.delete(id);
    known.set(id, { about, until: now() + FRESH_MS });
    for (const oldest of known.keys()) {
      if (known.size <= MOST_REMEMBERED) break;
      known.delete(oldest);
    }
    return about;
  }

  /** A few at a time, so that a crowd is not asked about when Slack has already said that it is too much. */
  async function takeTurn(id: string): Promise<Known> {
    if (turns >= AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
    turns += 1;
    try {
      return await ask(id);
    } finally {
      turns -= 1;
      waiting.shift()?.();
    }
  }

  function isForeign(
    user:
      { team_id?: string; is_stranger?: boolean; enterprise_user?: { enterprise_id?: string } } | undefined,
  ): boolean {
    if (user?.is_stranger === true) return true;
    if (user?.team_id === undefined || user.team_id === identity.teamId) return false;
    return identity.enterpriseId === null || user.enterprise_user?.enterprise_id !== identity.enterpriseId;
  }

  function knownOf(id: string): Promise<Known> {
    const cached = known.get(id);
    if (cached !== undefined && cached.until > now()) return Promise.resolve(cached.about);
    const running = asking.get(id) ?? takeTurn(id).finally(() => asking.delete(id));
    asking.set(id, running);
    return running;
  }

  async function askGroups(): Promise<void> {
    const of = new Map<string, string[]>();
    try {
      const { usergroups = [] } = await client.usergroups.list({ include_users: true });
      for (const { id, users = [] } of usergroups)
        for (const user of users) if (id !== undefined) of.set(user, [...(of.get(user) ?? []), id]);
      groups = { of, until: now() + FRESH_MS };
    } catch (error) {
      const code = refusalOf(error)?.code;
      // Plans without groups have none; anything else is worth a line.
      if (code !== 'paid_teams_only' && code !== 'plan_upgrade_required')
        logger.warn('user groups could not be looked up', { platform: 'slack', code: code ?? null, error });
      groups = { of: groups.of, until: now() + FRESH_MS };
    }
  }

  async function groupsOf(id: string): Promise<string[]> {
    if (groups.until <= now()) await (askingGroups ??= askGroups().finally(() => (askingGroups = undefined)));
    return groups.of.get(id) ?? [];
  }

  return {
    async get(id) {
      const [{ moderates, ...about }, roleIds] = await Promise.all([knownOf(id), groupsOf(id)]);
      return { ...about, person: { id, roleIds, moderates } };
    },
    async languageOf(id) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<Language>((resolve) => {
        timer = setTimeout(() => resolve(known.get(id)?.about.language ?? 'en'), LANGUAGE_WAIT_MS);
      });
      const language = await Promise.race([knownOf(id).then((about) => about.language), late]);
      clearTimeout(timer);
      return language;
    },
  };
}
