// Time and ids of the fake Discord: real time, plus what a test adds to it, so that nothing has to be waited for.

/** Milliseconds of Discord's first second, from which its ids count. */
const DISCORD_EPOCH = 1_420_070_400_000;
const IDS_PER_MS = 4096;
/** Guilds take turns through this many milliseconds: a multiple of every small number of shards. */
const TURNS = 60;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves time on for everything that expires: interactions, nonces, rate limits, counters by the day. */
  advance(ms: number): void;
}

export function createClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

export interface Ids {
  /** A snowflake above every earlier one. */
  next(): string;
  /** A snowflake for a guild: guilds made one after another fall on one shard after another. */
  nextGuild(): string;
}

export function createIds(clock: Clock): Ids {
  let ms = 0;
  let increment = 0;
  let guilds = 0;
  const id = () => String((BigInt(ms - DISCORD_EPOCH) << 22n) | BigInt(increment));
  return {
    next() {
      const now = clock.now();
      if (now > ms) [ms, increment] = [now, 0];
      else if (++increment === IDS_PER_MS) [ms, increment] = [ms + 1, 0];
      return id();
    },
    nextGuild() {
      const earliest = Math.max(clock.now(), ms + 1);
      ms = earliest + ((((guilds++ - earliest) % TURNS) + TURNS) % TURNS);
      increment = 0;
      return id();
    },
  };
}

/** When an id was made, in milliseconds since 1970. */
export const timeOf = (id: string): number => Number(BigInt(id) >> 22n) + DISCORD_EPOCH;

/** The shard that gets a guild's events. */
export const shardOf = (guildId: string, count: number): number =>
  Number((BigInt(guildId) >> 22n) % BigInt(count));

/** Order by age, for sorting and for `before` and `after`. */
export function compareIds(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
