// The mood of a channel or community as somebody asks for it: the last 24 hours, 30 days or 12 weeks.
import type { Logger } from '../../log.js';
import { shownBuckets } from '../../report/mood.js';
import type { Report, ReportRequest } from '../../report/report.js';
import { attachPicture } from '../picture-attachment.js';
import type { Language } from '../platform.js';
import type { ReportUnit } from '../requests.js';
import type { RequestHandler } from './handler.js';

export interface ReportRequestsConfig {
  report: (request: ReportRequest) => Promise<Report>;
  logger: Pick<Logger, 'warn'>;
  now?: () => Date;
}

export interface ReportRequests {
  answer: RequestHandler<'report'>;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** From the bucket that goes on now back to the first one: 24 hours, 30 days, 12 weeks. */
const LOOK_BACK_MS: Record<ReportUnit, number> = {
  hour: 23 * HOUR_MS,
  day: 29 * DAY_MS,
  week: 11 * 7 * DAY_MS,
};

const NO_PICTURE: Record<Language, string> = {
  ko: '그림은 이번에 그리지 못했어요. 잠시 뒤에 다시 부탁해 주세요.',
  en: 'I could not draw the picture this time; ask again in a while.',
};

export function createReportRequests(config: ReportRequestsConfig): ReportRequests {
  const { logger, now = () => new Date() } = config;
  return {
    async answer({ platform, communityId, channelId, unit, scope, name, share }, { settings, language }) {
      const to = now();
      const report = await config.report({
        platform,
        scope: { kind: scope, id: scope === 'channel' ? channelId : communityId },
        from: new Date(to.getTime() - LOOK_BACK_MS[unit]),
        to,
        bucket: unit,
        timeZone: settings.timeZone,
        language,
        ...(name === undefined ? {} : { name }),
      });
      const text = report.sentences.join(' ');
      // A channel is not told that there is nothing to tell.
      if (shownBuckets(report.buckets).length === 0) return { text, private: true };
      const { description } = report;
      const draw = () => report.picture();
      const attachment = await attachPicture({ name: 'mood', description, draw }, logger);
      return attachment === null
        ? { text: `${text} ${NO_PICTURE[language]}`, private: !share }
        : { text, private: !share, attachment };
    },
  };
}
