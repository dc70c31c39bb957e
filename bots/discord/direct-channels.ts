// The direct channels in which somebody has written of late: Discord lists them to no bot, so that without a note nothing
// missed there could be fetched.
import type { Logger } from '../../src/log.js';
import type { Notes } from './identify-breaker.js';

export interface DirectChannels {
  /** Newest last. */
  all(): Promise<string[]>;
  /** Resolves when it would survive the end of the process; never rejects. */
  note: (channelId: string) => Promise<void>;
}

const NOTE = 'direct-channels';
const KEPT_AT_MOST = 200;

export function createDirectChannels(notes: Notes, logger: Logger): DirectChannels {
  const noted = new Set<string>();
  let work: Promise<void> = read().catch((error: unknown) =>
    logger.warn('the direct channels of Discord cannot be read', { error }),
  );

  async function read(): Promise<void> {
    const content = await notes.read(NOTE);
    if (!Array.isArray(content)) return;
    for (const id of content as unknown[]) if (typeof id === 'string') noted.add(id);
  }

  async function add(channelId: string): Promise<void> {
    if (noted.has(channelId)) return;
    noted.add(channelId);
    for (const oldest of noted) if (noted.size > KEPT_AT_MOST) noted.delete(oldest);
    await notes.write(NOTE, [...noted]);
  }

  return {
    async all() {
      await work;
      return [...noted];
    },
    note(channelId) {
      work = work
        .then(() => add(channelId))
        .catch((error: unknown) => logger.warn('a direct channel of Discord cannot be noted', { error }));
      return work;
    },
  };
}
