// Who has which roles, asked of Discord where an event does not say it, and remembered for a short while.
import type { APIGuildMember, REST } from 'discord.js';
import { DiscordAPIError, RESTJSONErrorCodes as Code, Routes } from 'discord.js';
import { isUnknownRoute } from './other-servers.js';

export interface Member {
  roleIds: readonly string[];
  bot: boolean;
}

export interface Members {
  /** What an event says of a member. */
  note(guildId: string, userId: string, member: Partial<APIGuildMember>): void;
  /** null for who is not a member (any more). */
  of(guildId: string, userId: string): Promise<Member | null>;
}

/** Short, since a role may be lost meanwhile. */
const KEPT_MS = 30_000;
const KEPT_AT_MOST = 5_000;

export function createMembers(rest: REST, now: () => number): Members {
  const known = new Map<string, { at: number; member: Promise<Member | null> }>();

  function keep(key: string, member: Promise<Member | null>): void {
    known.delete(key);
    known.set(key, { at: now(), member });
    // The oldest come first.
    for (const [oldest, { at }] of known) {
      if (known.size <= KEPT_AT_MOST && now() - at < KEPT_MS) break;
      known.delete(oldest);
    }
  }

  async function ask(guildId: string, userId: string): Promise<Member | null> {
    try {
      const member = (await rest.get(Routes.guildMember(guildId, userId))) as APIGuildMember;
      return memberOf(member);
    } catch (error) {
      const gone: unknown[] = [Code.UnknownMember, Code.UnknownUser, Code.UnknownGuild, Code.MissingAccess];
      if (error instanceof DiscordAPIError && gone.includes(error.code)) return null;
      // Where nobody can be asked about, a person has the rights of everyone.
      if (isUnknownRoute(error)) return { roleIds: [], bot: false };
      throw error;
    }
  }

  return {
    note: (guildId, userId, member) => keep(`${guildId}/${userId}`, Promise.resolve(memberOf(member))),
    of(guildId, userId) {
      const key = `${guildId}/${userId}`;
      const found = known.get(key);
      if (found && now() - found.at < KEPT_MS) return found.member;
      const asked = ask(guildId, userId);
      keep(key, asked);
      asked.catch(() => known.delete(key));
      return asked;
    },
  };
}

const memberOf = ({ roles = [], user }: Partial<APIGuildMember>): Member => ({
  roleIds: roles,
  bot: user?.bot === true,
});
