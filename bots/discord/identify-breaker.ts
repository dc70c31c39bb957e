// Keeps a program that is started again and again from using up its starts: Discord resets the token after 1,000 a day.
import type { RESTGetAPIGatewayBotResult } from 'discord.js';
import { NunchiError } from '../../src/errors.js';

/** Small things that must outlast the process; contents are JSON. */
export interface Notes {
  read(name: string): Promise<unknown>;
  write(name: string, content: unknown): Promise<void>;
}

export interface IdentifyBreaker {
  /**
   * Notes a start, before it is made.
   * @throws NunchiError `platform-refused` where there were too many of late, or Discord lets in too few more
   */
  pass(limit: RESTGetAPIGatewayBotResult['session_start_limit']): Promise<void>;
}

const NOTE = 'starts';
const WINDOW_MS = 10 * 60_000;
const STARTS = 20;
/** Left for a person who tries something, and for sessions that end. */
const RESERVE = 10;

/** @param shards connections that one start makes */
export function createIdentifyBreaker(notes: Notes, now: () => number, shards = 1): IdentifyBreaker {
  return {
    async pass({ remaining, reset_after, total }) {
      if (remaining < Math.min(RESERVE, total)) {
        throw new NunchiError(
          'platform-refused',
          `Discord lets this bot connect only ${remaining} more times`,
          {
            hint: `Find out why it starts so often, and start Nunchi again in ${minutes(reset_after)}; past the limit Discord resets the token.`,
          },
        );
      }
      const noted = await notes.read(NOTE);
      const starts = (Array.isArray(noted) ? (noted as unknown[]) : []).filter(
        (at): at is number => typeof at === 'number' && at > now() - WINDOW_MS && at <= now(),
      );
      const [oldest = now()] = starts;
      if (starts.length >= STARTS * shards) {
        throw new NunchiError(
          'platform-refused',
          `Nunchi has connected to Discord ${starts.length} times within ${WINDOW_MS / 60_000} minutes, and does not do so again now`,
          {
            hint: `Find out why it starts so often, and start it again in ${minutes(oldest + WINDOW_MS - now())}; after 1,000 starts in a day Discord resets the token.`,
          },
        );
      }
      await notes.write(NOTE, [...starts, now()]);
    },
  };
}

function minutes(ms: number): string {
  const count = Math.max(1, Math.ceil(ms / 60_000));
  return count === 1 ? 'a minute' : `${count} minutes`;
}
