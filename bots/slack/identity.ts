// Who Nunchi is in this workspace, and whether it may do what it needs to.
import { NunchiError } from '../../src/errors.js';
import type { Logger } from '../../src/log.js';
import type { WebClient } from './api.js';
import { SWAPPED } from './explain-error.js';
import { ALL_SCOPES, ESSENTIAL_SCOPES } from './scopes.js';
import { scopeHint } from './send/refusals.js';
import type { Identity } from './translate/message.js';

/** @throws NunchiError `platform-refused`; Slack's own errors as they are */
export async function introduce(client: WebClient, logger: Pick<Logger, 'warn'>): Promise<Identity> {
  const about = await client.auth.test();
  const { team_id: teamId, bot_id: botId = '' } = about;
  // An app token is let through here, and is nobody.
  if (teamId === undefined || (about.user_id ?? botId) === '') throw SWAPPED();
  const userId = about.user_id ?? (await userIdOf(client, botId, logger));
  checkScopes(about.response_metadata?.scopes, logger);
  return {
    teamId,
    userId,
    botId,
    enterpriseId: about.enterprise_id ?? null,
    orgWide: about.is_enterprise_install === true,
  };
}

/** Of a server that says only which bot it is; empty where it does not say that either, and events are to tell. */
async function userIdOf(client: WebClient, bot: string, logger: Pick<Logger, 'warn'>): Promise<string> {
  try {
    return (await client.bots.info({ bot })).bot?.user_id ?? '';
  } catch (error) {
    logger.warn('Slack does not say which user Nunchi is', { platform: 'slack', id: bot, error });
    return '';
  }
}

/** @param granted as Slack says with every answer; what says nothing is not checked */
function checkScopes(granted: readonly string[] | undefined, logger: Pick<Logger, 'warn'>): void {
  if (granted === undefined) return;
  const missing = ALL_SCOPES.filter((scope) => !granted.includes(scope));
  const essential = missing.filter((scope) => ESSENTIAL_SCOPES.includes(scope));
  if (essential.length > 0) {
    const names = essential.join(', ');
    throw new NunchiError('platform-refused', `Slack: the scope ${names} is missing`, {
      hint: scopeHint(names),
    });
  }
  if (missing.length > 0) {
    const names = missing.join(', ');
    logger.warn(`Slack: some scopes are missing, so that Nunchi can do less. ${scopeHint(names)}`, {
      platform: 'slack',
      count: missing.length,
    });
  }
}
