// Why Nunchi cannot come into Slack, in one line, and which page and switch mend it.
import { NunchiError } from '../../src/errors.js';
import { refusalOf } from './api.js';
import { scopeHint } from './send/refusals.js';

const APPS = 'api.slack.com/apps';
const BOT_TOKEN = `${APPS} → your app → OAuth & Permissions → Bot User OAuth Token (xoxb-…)`;
const APP_TOKEN = `${APPS} → your app → Basic Information → App-Level Tokens, with the scope connections:write (xapp-…)`;

const refused = (message: string, hint: string, cause?: unknown) =>
  new NunchiError('platform-refused', message, { hint, cause });

export const SWAPPED = () =>
  refused(
    'Slack: SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped, or one is another kind of token',
    `SLACK_BOT_TOKEN is at ${BOT_TOKEN}; SLACK_APP_TOKEN at ${APP_TOKEN}.`,
  );

export const NO_TRANSPORT = () =>
  refused(
    'Slack: neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set, so that no events can come',
    `Set SLACK_APP_TOKEN for Socket Mode (${APP_TOKEN}), or SLACK_SIGNING_SECRET for requests to SLACK_PORT.`,
  );

export const SOCKET_MODE_OFF = () =>
  refused(
    'Slack: Socket Mode is switched off for this app',
    `Switch it on at ${APPS} → your app → Socket Mode → Enable Socket Mode.`,
  );

/** Kinds of token that are none of a bot's, by how they begin. */
export function checkTokens({
  botToken,
  appToken,
}: {
  botToken: string;
  appToken: string | undefined;
}): void {
  if (botToken.startsWith('xapp-') || appToken?.startsWith('xoxb-') === true) throw SWAPPED();
  if (/^xox[ep]-|^xoxe\.xoxp-/.test(botToken)) {
    throw refused(
      'Slack: SLACK_BOT_TOKEN is the token of a person, not that of the bot',
      `Take the one at ${BOT_TOKEN}.`,
    );
  }
}

/** @param step what was tried: with the bot token, or with the app token */
export function explainStartError(error: unknown, step: 'bot' | 'socket'): NunchiError {
  if (error instanceof NunchiError) return error;
  const refusal = refusalOf(error);
  if (refusal === null) {
    return new NunchiError('platform-unreachable', 'Slack cannot be reached', {
      hint: 'Check the network and SLACK_API_URL (its default is https://slack.com/api); it is tried again.',
      cause: error,
    });
  }
  const [name, page] = step === 'bot' ? ['SLACK_BOT_TOKEN', BOT_TOKEN] : ['SLACK_APP_TOKEN', APP_TOKEN];
  switch (refusal.code) {
    case 'not_allowed_token_type':
      return SWAPPED();
    case 'invalid_auth':
    case 'not_authed':
    case 'token_expired':
      return refused(
        `Slack does not know the ${name} (${refusal.code})`,
        `Copy it anew from ${page}.`,
        error,
      );
    case 'account_inactive':
    case 'token_revoked':
    case 'user_removed_from_team':
    case 'team_disabled':
      return refused(
        `Slack: the app is not installed in the workspace any more (${refusal.code})`,
        `Install it again at ${APPS} → your app → Install App, and copy the new token into ${name}.`,
        error,
      );
    case 'missing_scope':
      return refused(
        `Slack: the scope ${refusal.needed ?? 'that is needed'} is missing`,
        step === 'bot' ? scopeHint(refusal.needed) : `Make a new app token at ${page}.`,
        error,
      );
    case 'socket_mode_not_enabled':
    case 'access_denied':
    case 'no_permission':
      if (step === 'socket') return SOCKET_MODE_OFF();
      break;
    default:
  }
  return refused(
    `Slack refuses ${step === 'bot' ? 'the bot' : 'Socket Mode'} (${refusal.code})`,
    step === 'bot'
      ? `Look at ${APPS} → your app, and at docs.slack.dev/reference/methods/auth.test.`
      : `See that Socket Mode is switched on at ${APPS} → your app → Socket Mode, and that the token is one from ${page}.`,
    error,
  );
}
