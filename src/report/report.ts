// The mood of a channel or community over time: the figures, two sentences and a picture. Never of a person, and never of
// fewer than five.
import type { Language } from '../chat/platform.js';
import type { MoodBucket, MoodQuery } from '../store/contracts/reports.js';
import type { Store } from '../store/store.js';
import { drawReport, headingsOf } from './chart.js';
import { createPictureDrawer, type DrawPicture } from './picture.js';
import { sayReport, type ReportFacts } from './sentences.js';
import { createTimeLabels } from './time-labels.js';

export interface ReportRequest extends MoodQuery {
  language: Language;
  /** What people call the channel or community, for the title. */
  name?: string;
}

export interface Report {
  buckets: MoodBucket[];
  /** How it was over all, and what changed. */
  sentences: [string, string];
  /** Said instead of the picture. */
  description: string;
  /** A PNG of 1000 by 520 pixels. @throws NunchiError `process-ended` */
  picture(): Promise<Buffer>;
}

/** Its function throws NunchiError `invalid-input` for a time zone or a range that cannot be shown. */
export function createReport(
  store: Pick<Store, 'reports'>,
  drawPicture: DrawPicture = createPictureDrawer(),
): (request: ReportRequest) => Promise<Report> {
  return async ({ language, name, ...query }) => {
    const { bucket: size, scope, timeZone } = query;
    const buckets = await store.reports.mood(query);
    const labels = createTimeLabels(size, timeZone, language);
    const facts: ReportFacts = { buckets, size, scope, name, labels, language };
    const sentences = sayReport(facts);
    const headings = headingsOf(facts, timeZone);
    const description = [`${headings.title}.`, ...sentences].join(' ');
    return {
      buckets,
      sentences,
      description,
      picture: () => drawPicture(drawReport(facts, headings, description)),
    };
  };
}
