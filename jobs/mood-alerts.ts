// Looks once an hour whether the mood of a channel has fallen steeply, and tells the moderators' channel of communities that
// want it. Of channels only, never of people, and only where enough of them wrote.
import { schedule } from 'node-cron';
import { languageOfNews, sayFall } from '../src/chat/news-wording.js';
import { newsPlaces, type NewsPlace } from '../src/chat/news.js';
import { attachPicture } from '../src/chat/picture-attachment.js';
import type { ChatPlatform } from '../src/chat/platform.js';
import type { CommunitySettingsService } from '../src/chat/settings.js';
import type { Logger } from '../src/log.js';
import { detectFall } from '../src/report/alert.js';
import type { Report, ReportRequest } from '../src/report/report.js';
import { createTimeLabels } from '../src/report/time-labels.js';
import type { Store } from '../src/store/store.js';

/** A while after the hour, so that its last messages are read. */
const HOURLY = '5 * * * *';
const HOUR_MS = 60 * 60 * 1000;
/** Two days: with quiet nights between them well over the hours that a fall is measured against. */
const HOURS_LOOKED_AT = 48;

export interface MoodAlertsConfig {
  store: Pick<Store, 'messages' | 'settings'>;
  settings: Pick<CommunitySettingsService, 'get'>;
  platforms: readonly Pick<ChatPlatform, 'name' | 'post'>[];
  report: (request: ReportRequest) => Promise<Report>;
  /** What people call a channel, where the platform can say; its id is shown else. */
  nameOf?: (platform: string, channelId: string) => Promise<string | null>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now?: () => Date;
  /** When to run, as a cron expression. */
  cron?: string;
}

export interface MoodAlertsJob {
  /** Runs every hour from now on. Idempotent. */
  start(): void;
  /** Lets a run under way end. Idempotent. */
  stop(): Promise<void>;
  /** Looks now; gives the number of falls told. */
  run(): Promise<number>;
}

export function createMoodAlertsJob(config: MoodAlertsConfig): MoodAlertsJob {
  const { store, report, logger, now = () => new Date(), cron = HOURLY } = config;
  let task: ReturnType<typeof schedule> | null = null;
  let underWay: Promise<void> = Promise.resolve();

  async function run(): Promise<number> {
    let count = 0;
    const places = (await newsPlaces(config)).filter(({ settings }) => settings.alerts);
    for (const place of places) {
      const { platform, communityId } = place;
      // A fall is one of the hour that has just ended, so that somebody wrote in it.
      const since = new Date(now().getTime() - 2 * HOUR_MS);
      for (const channelId of await store.messages.activeChannels(
        { platform: platform.name, communityId },
        since,
      )) {
        try {
          if (await look(place, channelId)) count += 1;
        } catch (error) {
          // One channel must not keep the others from being looked at.
          logger.error('the mood of a channel could not be looked at', { job: 'mood-alerts', error });
        }
      }
    }
    if (count > 0) logger.info('falls of the mood told', { job: 'mood-alerts', count });
    return count;
  }

  async function look({ platform, channelId: newsChannel, settings }: NewsPlace, channelId: string) {
    const to = now();
    const language = languageOfNews(settings);
    const name = (await config.nameOf?.(platform.name, channelId)) ?? channelId;
    const shown = await report({
      platform: platform.name,
      scope: { kind: 'channel', id: channelId },
      name,
      from: new Date(to.getTime() - HOURS_LOOKED_AT * HOUR_MS),
      to,
      bucket: 'hour',
      timeZone: settings.timeZone,
      language,
    });
    const fall = detectFall(shown.buckets, to);
    if (fall === null) return false;
    const when = createTimeLabels('hour', settings.timeZone, language).within(fall.bucket);
    const { description } = shown;
    const draw = () => shown.picture();
    await platform.post?.(newsChannel, `fall:${channelId}:${fall.bucket.start.toISOString()}`, {
      text: sayFall(fall, when, name, language),
      attachment: await attachPicture({ name: 'mood', description, draw }, logger),
    });
    return true;
  }

  /** A failed run must not end the bot; the next hour tries again. */
  function trigger(): Promise<void> {
    underWay = underWay.then(async () => {
      try {
        await run();
      } catch (error) {
        logger.error('the mood could not be looked at', { job: 'mood-alerts', error });
      }
    });
    return underWay;
  }

  return {
    run,
    start() {
      task ??= schedule(cron, trigger, { name: 'mood-alerts', noOverlap: true, unref: true });
    },
    async stop() {
      const ending = task;
      task = null;
      await ending?.destroy();
      await underWay;
    },
  };
}
