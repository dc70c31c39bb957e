// Starts the chat platforms. One that refuses Nunchi or cannot be reached is told of in one line, and the others go on.
import type { ChatPlatform } from './chat/platform.js';
import { NunchiError } from './errors.js';
import type { Logger } from './log.js';
import { waited } from './process/waited.js';

export interface StartPlatformsConfig {
  platforms: readonly ChatPlatform[];
  /** Called for each one that started, also later. */
  onStarted: (platform: ChatPlatform) => void;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Pauses before the second, third, … try to reach a platform; the last one repeats. */
  retryAfterMs?: readonly number[];
}

export interface StartedPlatforms {
  /** One sentence or two for each that did not start: what is wrong and what to do. */
  warnings: string[];
  /** No further tries. */
  stop(): Promise<void>;
}

const RETRY_AFTER_MS = [10_000, 30_000, 60_000, 300_000];

/** @throws what a platform's start throws that is neither `platform-refused` nor `platform-unreachable` */
export async function startPlatforms(config: StartPlatformsConfig): Promise<StartedPlatforms> {
  const { platforms, onStarted, logger, retryAfterMs = RETRY_AFTER_MS } = config;
  const stopping = new AbortController();
  const trying: Promise<void>[] = [];
  const warnings: string[] = [];

  /** @returns why it did not start, if so */
  async function start(platform: ChatPlatform): Promise<NunchiError | null> {
    try {
      await platform.start();
      onStarted(platform);
      return null;
    } catch (error) {
      const expected = error instanceof NunchiError && /^platform-(refused|unreachable)$/.test(error.code);
      if (!expected) {
        stopping.abort();
        throw error;
      }
      logger.warn('a platform did not start', { platform: platform.name, error });
      return error;
    }
  }

  async function keepTrying(platform: ChatPlatform): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const pause = retryAfterMs[Math.min(attempt, retryAfterMs.length - 1)] ?? 0;
      if (!(await waited(pause, stopping.signal))) return;
      const failure = await start(platform);
      if (failure?.code === 'platform-unreachable') continue;
      if (failure === null) logger.info('a platform was reached after all', { platform: platform.name });
      return;
    }
  }

  for (const platform of platforms) {
    const failure = await start(platform);
    if (failure === null) continue;
    warnings.push([failure.message, failure.hint].filter(Boolean).join('. '));
    if (failure.code !== 'platform-unreachable') continue;
    trying.push(
      keepTrying(platform).catch((error: unknown) =>
        logger.error('a platform is given up', { platform: platform.name, error }),
      ),
    );
  }
  return {
    warnings,
    async stop() {
      stopping.abort();
      await Promise.all(trying);
    },
  };
}
