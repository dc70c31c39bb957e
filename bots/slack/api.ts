// The clients of Slack's Web API and what their errors mean. One client asks and may ask again; the other one changes
// something and never repeats itself, because Slack would post twice.
import { webApi } from '@slack/bolt';
import type { BoltLogger } from './bolt-logger.js';

export type WebClient = webApi.WebClient;

export interface SlackApi {
  /** Reads, again after a broken connection. */
  read: WebClient;
  /** Writes once. */
  write: WebClient;
}

export interface SlackApiConfig {
  botToken: string;
  apiUrl: string | undefined;
  logger: BoltLogger;
}

const TIMEOUT_MS = 30_000;

export function createSlackApi({ botToken, apiUrl, logger }: SlackApiConfig): SlackApi {
  const common = { ...slackUrl(apiUrl), logger, rejectRateLimitedCalls: true, timeout: TIMEOUT_MS };
  return {
    read: new webApi.WebClient(botToken, {
      ...common,
      maxRequestConcurrency: 8,
      retryConfig: { retries: 2, minTimeout: 200, maxTimeout: 1_000 },
    }),
    write: new webApi.WebClient(botToken, { ...common, retryConfig: { retries: 0 } }),
  };
}

export const slackUrl = (apiUrl: string | undefined) => (apiUrl === undefined ? {} : { slackApiUrl: apiUrl });

/** Slack's own word for why it refused, with the scopes it names. */
export interface Refusal {
  code: string;
  needed: string | undefined;
}

/** null where it was not Slack that refused: no connection, an error of its servers, too many calls. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof webApi.WebAPIPlatformError)) return null;
  const { error: code, needed } = error.data as { error: string; needed?: string };
  // What is no word of Slack's is the page of some server in between.
  return code === 'ratelimited' || !/^\w+$/.test(code) ? null : { code, needed };
}

/** Whether the server has no such method: another one that speaks Slack's API may have few of them. */
export function isUnknownMethod(error: unknown): boolean {
  if (error instanceof webApi.WebAPIHTTPError) return [404, 405, 501].includes(error.statusCode);
  return refusalOf(error)?.code === 'unknown_method';
}

/** How long Slack asks to wait; null where it does not. */
export function retryAfterMsOf(error: unknown): number | null {
  if (error instanceof webApi.WebAPIRateLimitedError) return error.retryAfter * 1_000;
  if (error instanceof webApi.WebAPIPlatformError && error.data.error === 'ratelimited') return 30_000;
  return null;
}
