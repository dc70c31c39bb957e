// The picture of a report as an SVG: a bar for each bucket with the shares of its labels, and below it how many messages
// there are. Letters are large, because chats show pictures at half their size.
import type { Language } from '../chat/platform.js';
import type { MoodBucket } from '../store/contracts/reports.js';
import type { BucketSize } from '../time-buckets.js';
import { FAINT_INK, formatCount, GRID, hatching, INK, line, rectangle, svgDocument, text } from '../svg.js';
import { sharesOf, shownBuckets, sumCounts, type Share, type ShownBucket } from './mood.js';
import { placeOf, type ReportFacts } from './sentences.js';

const WIDTH = 1000;
const HEIGHT = 520;
const PLOT = { left: 100, right: 980, top: 122, bottom: 352 };
const COUNTS = { top: 388, bottom: 442 };
const MARGIN = 24;
const SMALL = 18;
const MEDIUM = 21;
const MAX_NAME = 40;
const MAX_BAR = 110;
/** Narrower bars have no figures in or over them. */
const MIN_FOR_FIGURES = 58;
/** Pixels across that every label under the axis needs, and after how many buckets the next one may stand. */
const LABEL_ROOM = 88;
const LABEL_STEPS: Record<BucketSize, readonly number[]> = {
  hour: [1, 2, 3, 6, 12, 24, 48],
  day: [1, 2, 7, 14, 28],
  week: [1, 2, 4, 13, 26],
};
/** A smaller share has no room for its figure. */
const MIN_SHARE_FOR_FIGURE = 0.1;

/** From the bottom up. */
const SHARES: readonly Share[] = ['negative', 'neutral', 'positive', 'unsure'];
/**
 * The hues of the page, but far apart in lightness too: people who do not tell red from green see a dark, a light and a
 * middle one.
 */
export const COLOURS: Record<Share, string> = {
  negative: '#a52a26',
  neutral: '#cdd2d9',
  positive: '#3fa67c',
  unsure: '#f7ecd0',
};
const ON_COLOUR: Record<Share, string> = {
  negative: '#ffffff',
  neutral: INK,
  positive: INK,
  unsure: INK,
};
const HATCH = 'too-few';

const WORDS: Record<Language, Record<Share | 'tooFew' | 'messages' | 'mood' | 'nothing', string>> = {
  ko: {
    positive: '긍정',
    neutral: '중립',
    negative: '부정',
    unsure: '잘 모름',
    tooFew: '다섯 명 미만은 숨김',
    messages: '메시지',
    mood: '의 분위기',
    nothing: '다섯 명 이상이 쓴 때가 없어 보여 드릴 것이 없어요',
  },
  en: {
    positive: 'positive',
    neutral: 'neutral',
    negative: 'negative',
    unsure: 'not sure',
    tooFew: 'hidden: under five people',
    messages: 'messages',
    mood: 'Mood of ',
    nothing: 'Nothing to show: fewer than five people wrote',
  },
};

export interface ReportHeadings {
  title: string;
  subtitle: string;
}

/** @param timeZone as people know it */
export function headingsOf(facts: ReportFacts, timeZone: string): ReportHeadings {
  const { language, buckets, labels } = facts;
  const words = WORDS[language];
  const name = facts.name === undefined ? undefined : shorten(facts.name);
  const place = placeOf({ ...facts, name });
  const { messages } = sumCounts(shownBuckets(buckets));
  const amount =
    language === 'ko' ? `메시지 ${formatCount(messages)}개` : `${formatCount(messages)} messages`;
  const parts = [labels.period(buckets), timeZone, ...(messages === 0 ? [] : [amount])];
  return {
    title: language === 'ko' ? `${place}${words.mood}` : `${words.mood}${place}`,
    subtitle: parts.join(' · '),
  };
}

function shorten(name: string): string {
  const letters = [...name];
  return letters.length > MAX_NAME ? `${letters.slice(0, MAX_NAME - 1).join('')}…` : name;
}

/** @param description what a screen reader says instead */
export function drawReport(facts: ReportFacts, headings: ReportHeadings, description: string): string {
  const { buckets, language } = facts;
  const shown = shownBuckets(buckets);
  const most = Math.max(1, ...shown.map(({ messages }) => messages));
  const slot = (PLOT.right - PLOT.left) / Math.max(1, buckets.length);
  const middle = (PLOT.left + PLOT.right) / 2;
  return svgDocument(WIDTH, HEIGHT, description, [
    hatching(HATCH, '#9aa5b1'),
    text(MARGIN, 40, headings.title, { size: 29, bold: true }),
    text(MARGIN, 72, headings.subtitle, { size: MEDIUM, fill: FAINT_INK }),
    ...legend(facts),
    ...axes(WORDS[language].messages, shown.length > 0 && slot < MIN_FOR_FIGURES ? most : null),
    ...buckets.flatMap((bucket, index) => bar(bucket, PLOT.left + index * slot, slot, most)),
    ...timeAxis(facts, slot),
    ...(shown.length > 0
      ? []
      : [
          rectangle(middle - 300, 206, 600, 60, { fill: '#ffffff', rx: 8 }),
          text(middle, 244, WORDS[language].nothing, { size: 24, anchor: 'middle', bold: true }),
        ]),
  ]);
}

/** About as wide as the bundled font sets it. */
function widthOf(content: string, size: number): number {
  return [...content].reduce((sum, letter) => sum + (letter > '\u1100' ? 0.9 : 0.55), 0) * size;
}

function legend({ buckets, language }: ReportFacts): string[] {
  const words = WORDS[language];
  const entries = (['positive', 'neutral', 'negative', 'unsure'] as const).map((share): [string, string] => [
    words[share],
    COLOURS[share],
  ]);
  if (buckets.some(({ tooFew }) => tooFew)) entries.push([words.tooFew, `url(#${HATCH})`]);
  let x = PLOT.left;
  return entries.flatMap(([word, fill]) => {
    const at = x;
    x += 26 + widthOf(word, MEDIUM) + 30;
    return [
      rectangle(at, 90, 18, 18, { fill, stroke: FAINT_INK }),
      text(at + 26, 106, word, { size: MEDIUM }),
    ];
  });
}

/** @param most what the highest column stands for, where the columns do not say so themselves */
function axes(messages: string, most: number | null): string[] {
  const toY = (share: number) => PLOT.bottom - share * (PLOT.bottom - PLOT.top);
  const label = (y: number, content: string) =>
    text(PLOT.left - 10, y + 6, content, { size: SMALL, anchor: 'end', fill: FAINT_INK });
  return [
    ...[0, 0.5, 1].flatMap((share) => [
      line(PLOT.left, toY(share), PLOT.right, toY(share), { stroke: GRID }),
      label(toY(share), `${share * 100}%`),
    ]),
    ...(most === null
      ? []
      : [line(PLOT.left, COUNTS.top, PLOT.right, COUNTS.top), label(COUNTS.top, formatCount(most))]),
    line(PLOT.left, COUNTS.bottom, PLOT.right, COUNTS.bottom, { stroke: FAINT_INK }),
    label(COUNTS.bottom - 8, messages),
  ];
}

function bar(bucket: MoodBucket, left: number, slot: number, most: number): string[] {
  if (bucket.tooFew) {
    return [rectangle(left, PLOT.top, slot, PLOT.bottom - PLOT.top, { fill: `url(#${HATCH})` })];
  }
  const width = Math.min(MAX_BAR, slot * (slot < 8 ? 1 : 0.8));
  const x = left + (slot - width) / 2;
  const height = (bucket.messages / most) * (COUNTS.bottom - COUNTS.top);
  const figure = formatCount(bucket.messages);
  return [
    ...stack(bucket, x, width),
    rectangle(x, COUNTS.bottom - height, width, height, { fill: '#8a97a5' }),
    ...(slot < MIN_FOR_FIGURES
      ? []
      : [text(x + width / 2, COUNTS.bottom - height - 5, figure, { size: SMALL, anchor: 'middle' })]),
  ];
}

function stack(bucket: ShownBucket, x: number, width: number): string[] {
  const amounts: Record<Share, number> = { ...bucket.counts, unsure: bucket.unsure };
  const percents = sharesOf(bucket);
  let bottom = PLOT.bottom;
  return SHARES.flatMap((share) => {
    const part = amounts[share] / bucket.messages;
    if (part === 0) return [];
    const height = part * (PLOT.bottom - PLOT.top);
    bottom -= height;
    return [
      rectangle(x, bottom, width, height, {
        fill: COLOURS[share],
        ...(width < 8 ? {} : { stroke: '#ffffff' }),
      }),
      ...(width < MIN_FOR_FIGURES - 12 || part < MIN_SHARE_FOR_FIGURE
        ? []
        : [
            text(x + width / 2, bottom + height / 2 + 6, `${percents[share]}%`, {
              size: SMALL,
              anchor: 'middle',
              bold: true,
              fill: ON_COLOUR[share],
            }),
          ]),
    ];
  });
}

function timeAxis({ buckets, labels, size }: ReportFacts, slot: number): string[] {
  const steps = LABEL_STEPS[size];
  const every = steps.find((step) => step * slot >= LABEL_ROOM) ?? steps.at(-1) ?? 1;
  let lastLower = '';
  return buckets.flatMap((bucket, index) => {
    if (index % every !== 0) return [];
    const { upper, lower } = labels.axis(bucket);
    const x = PLOT.left + (index + 0.5) * slot;
    const isNew = lower !== lastLower;
    lastLower = lower;
    return [
      text(x, COUNTS.bottom + 26, upper, { size: MEDIUM, anchor: 'middle' }),
      ...(isNew
        ? [text(x, COUNTS.bottom + 52, lower, { size: SMALL, anchor: 'middle', fill: FAINT_INK })]
        : []),
    ];
  });
}
