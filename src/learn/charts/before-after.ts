// Before and after a training run as an SVG: for each measure how many texts the model in use and the new one read rightly,
// with 95 % intervals. Letters are large, because chats show pictures at half their size.
import { FAINT_INK, formatCount, INK, line, rectangle, svgDocument, text } from '../../svg.js';

export interface BeforeAfterBars {
  /** Under the two bars. */
  name: string;
  /** Texts, more than 0, and how many of them each model reads rightly. */
  n: number;
  before: number;
  after: number;
}

export interface BeforeAfterChart {
  title: string;
  subtitle: string;
  before: string;
  after: string;
  /** What the whiskers are. */
  interval: string;
  /** How a number of texts is written. */
  countOf: (count: string) => string;
  bars: readonly BeforeAfterBars[];
}

const WIDTH = 1000;
const HEIGHT = 520;
const PLOT = { left: 100, right: 980, top: 150, bottom: 420 };
const MARGIN = 24;
const SMALL = 18;
const MEDIUM = 21;
const BAR = 96;
const GAP = 16;
/** Light enough for the whiskers on them, and told apart by lightness too. */
const COLOURS = { before: '#c3cad2', after: '#6ba3d6' };
/** Two-sided 95 %. */
const Z = 1.959964;

const toY = (share: number) => PLOT.bottom - share * (PLOT.bottom - PLOT.top);

/** Wilson, JASA 22 (1927): holds for few texts and for none or all of them too. */
export function wilsonInterval(right: number, n: number): { low: number; high: number } {
  const share = right / n;
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const reach = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

/** @param description what a screen reader says instead */
export function drawBeforeAfter(chart: BeforeAfterChart, description: string): string {
  const slot = (PLOT.right - PLOT.left) / Math.max(1, chart.bars.length);
  return svgDocument(WIDTH, HEIGHT, description, [
    text(MARGIN, 40, chart.title, { size: 29, bold: true }),
    text(MARGIN, 72, chart.subtitle, { size: MEDIUM, fill: FAINT_INK }),
    ...legend(chart),
    ...[0, 0.5, 1].flatMap((share) => [
      line(PLOT.left, toY(share), PLOT.right, toY(share)),
      text(PLOT.left - 10, toY(share) + 6, `${share * 100}%`, {
        size: SMALL,
        anchor: 'end',
        fill: FAINT_INK,
      }),
    ]),
    ...chart.bars.flatMap((bars, index) => {
      const middle = PLOT.left + (index + 0.5) * slot;
      return [
        ...bar(middle - GAP / 2 - BAR, bars.before, bars.n, COLOURS.before),
        ...bar(middle + GAP / 2, bars.after, bars.n, COLOURS.after),
        text(middle, PLOT.bottom + 34, bars.name, { size: MEDIUM, anchor: 'middle' }),
        text(middle, PLOT.bottom + 62, chart.countOf(formatCount(bars.n)), {
          size: SMALL,
          anchor: 'middle',
          fill: FAINT_INK,
        }),
      ];
    }),
    line(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom, { stroke: FAINT_INK }),
  ]);
}

function legend({ before, after, interval }: BeforeAfterChart): string[] {
  const y = 104;
  const entry = (x: number, fill: string, word: string) => [
    rectangle(x, y - 16, 18, 18, { fill }),
    text(x + 26, y, word, { size: MEDIUM }),
  ];
  return [
    ...entry(PLOT.left, COLOURS.before, before),
    ...entry(PLOT.left + 200, COLOURS.after, after),
    ...whisker(PLOT.left + 390, y - 16, y + 2),
    text(PLOT.left + 410, y, interval, { size: MEDIUM }),
  ];
}

function bar(x: number, right: number, n: number, fill: string): string[] {
  const share = right / n;
  const { low, high } = wilsonInterval(right, n);
  return [
    rectangle(x, toY(share), BAR, PLOT.bottom - toY(share), { fill }),
    ...whisker(x + BAR / 2, toY(high), toY(low)),
    text(x + BAR / 2, toY(Math.max(high, share)) - 9, `${(share * 100).toFixed(1)}%`, {
      size: SMALL,
      anchor: 'middle',
      bold: true,
    }),
  ];
}

function whisker(x: number, top: number, bottom: number): string[] {
  const stroke = { stroke: INK, 'stroke-width': 2 };
  return [
    line(x, top, x, bottom, stroke),
    line(x - 7, top, x + 7, top, stroke),
    line(x - 7, bottom, x + 7, bottom, stroke),
  ];
}
