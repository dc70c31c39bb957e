// Bolt's log lines quote requests, texts and tokens, so that none of them get through: only that something failed, and
// what kind of error it was.
import { LogLevel, type Logger as BoltLoggerType } from '@slack/bolt';
import type { Logger } from '../../src/log.js';

export type BoltLogger = BoltLoggerType;

export function createBoltLogger(logger: Pick<Logger, 'debug'>): BoltLogger {
  const note = (...parts: unknown[]) => {
    const error = parts.find((part) => part instanceof Error);
    if (error !== undefined) logger.debug('Slack’s library noted an error', { platform: 'slack', error });
  };
  return {
    debug() {},
    info() {},
    warn: note,
    error: note,
    setLevel() {},
    // Below this level Bolt does not even build its lines.
    getLevel: () => LogLevel.ERROR,
    setName() {},
  };
}
