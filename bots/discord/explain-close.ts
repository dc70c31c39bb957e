// Why Discord cannot be used, for the person who runs Nunchi: what is wrong in one line, and where to mend it.
import {
  DiscordAPIError,
  DiscordjsError,
  DiscordjsErrorCodes,
  GatewayCloseCodes as Close,
  HTTPError,
} from 'discord.js';
import { NunchiError } from '../../src/errors.js';

const PORTAL = 'https://discord.com/developers/applications';

export interface Failure {
  /** What the client rejected with. */
  error?: unknown;
  /** With which the gateway closed for good, if it did. */
  closeCode?: number | undefined;
  apiUrl?: string | undefined;
}

export function explainFailure({ error, closeCode, apiUrl }: Failure): NunchiError {
  if (error instanceof NunchiError) return error;
  const refused = (message: string, hint: string) =>
    new NunchiError('platform-refused', message, { hint, cause: error });
  const unreachable = (message: string, hint: string) =>
    new NunchiError('platform-unreachable', message, { hint, cause: error });
  const wrongToken =
    closeCode === Close.AuthenticationFailed ||
    (error instanceof DiscordAPIError && error.status === 401) ||
    (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid);
  if (wrongToken) {
    return refused(
      'Discord does not accept the token in DISCORD_TOKEN',
      `Open ${PORTAL}, choose your application, then Bot, then Reset Token; put the new token into DISCORD_TOKEN and start Nunchi again.`,
    );
  }
  if (closeCode === Close.DisallowedIntents) {
    return refused(
      'Discord does not give this bot the Message Content intent',
      `Open ${PORTAL}, choose your application, then Bot, then Privileged Gateway Intents, and switch on Message Content Intent; or set DISCORD_MESSAGE_CONTENT=off, with which Nunchi reads only direct messages and messages that mention it. Then start Nunchi again.`,
    );
  }
  if (closeCode === Close.ShardingRequired || closeCode === Close.InvalidShard) {
    return refused(
      'Discord asks for another number of shards: the bot is in too many servers for its connections',
      'Set DISCORD_SHARDS=auto and start Nunchi again.',
    );
  }
  if (closeCode !== undefined) {
    return refused(
      `Discord closed the connection for good (code ${closeCode})`,
      'Start Nunchi again; if that does not help, look for a newer version of it.',
    );
  }
  const address = apiUrl ?? 'https://discord.com/api';
  if (error instanceof DiscordAPIError || error instanceof HTTPError) {
    const message = `Discord answers with status ${error.status} at ${address}`;
    return error.status >= 500
      ? unreachable(message, 'Nunchi tries again; https://discordstatus.com says more.')
      : refused(message, 'Check DISCORD_API_URL, and any proxy on the way; without a proxy leave it out.');
  }
  return unreachable(
    `Discord cannot be reached at ${address}`,
    'Nunchi tries again; check the network, any proxy or firewall on the way, and DISCORD_API_URL.',
  );
}
