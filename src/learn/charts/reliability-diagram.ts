// The reliability diagram as an SVG (Guo et al. 2017): how often readings of each confidence are right, how far that is
// from what the model said, and below it how many such readings there are.
import type { CalibrationBin, Metrics } from '../../classification-metrics.js';
import { FAINT_INK, formatCount, GRID, line, rectangle, svgDocument, text } from '../../svg.js';

const WIDTH = 600;
/** Wide enough for counts of five digits over 15 bars. */
const PLOT = { left: 76, top: 128, size: 480 };
const HISTOGRAM = { top: 640, height: 110 };
const HEIGHT = 818;
const ACCURACY = { fill: '#3b7dc4' };
/** Translucent: where the model is more often right than it says, the gap lies over the bar. */
const GAP = { fill: '#e0564a', 'fill-opacity': 0.45, stroke: '#c23b30', 'stroke-opacity': 0.7 };
const COUNT = { fill: '#8a97a5' };
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

const right = PLOT.left + PLOT.size;
const bottom = PLOT.top + PLOT.size;
const histogramBottom = HISTOGRAM.top + HISTOGRAM.height;
const toX = (confidence: number) => PLOT.left + confidence * PLOT.size;
const toY = (accuracy: number) => bottom - accuracy * PLOT.size;

function axes(): string[] {
  const middle = (PLOT.top + bottom) / 2;
  return [
    ...TICKS.flatMap((tick) => [
      line(PLOT.left, toY(tick), right, toY(tick)),
      text(PLOT.left - 10, toY(tick) + 4, tick.toFixed(1), { size: 12, anchor: 'end', fill: FAINT_INK }),
      text(toX(tick), histogramBottom + 20, tick.toFixed(1), { size: 12, anchor: 'middle', fill: FAINT_INK }),
    ]),
    text(26, middle, 'accuracy', { anchor: 'middle', fill: FAINT_INK, rotate: -90 }),
    text((PLOT.left + right) / 2, histogramBottom + 44, 'confidence', { anchor: 'middle', fill: FAINT_INK }),
  ];
}

function legend(): string[] {
  const y = PLOT.top - 22;
  return [
    rectangle(PLOT.left, y - 10, 12, 12, ACCURACY),
    text(PLOT.left + 18, y, 'accuracy', { size: 12 }),
    rectangle(PLOT.left + 92, y - 10, 12, 12, GAP),
    text(PLOT.left + 110, y, 'gap to the mean confidence', { size: 12 }),
    line(PLOT.left + 300, y - 4, PLOT.left + 324, y - 4, { stroke: FAINT_INK, 'stroke-dasharray': '5 4' }),
    text(PLOT.left + 330, y, 'perfect calibration', { size: 12 }),
  ];
}

function bars(bins: readonly CalibrationBin[]): string[] {
  return bins.flatMap(({ n, confidence, accuracy }, index) => {
    if (n === 0) return [];
    const x = toX(index / bins.length) + 1;
    const width = PLOT.size / bins.length - 2;
    const gapTop = toY(Math.max(confidence, accuracy));
    return [
      rectangle(x, toY(accuracy), width, bottom - toY(accuracy), ACCURACY),
      rectangle(x, gapTop, width, toY(Math.min(confidence, accuracy)) - gapTop, GAP),
    ];
  });
}

function histogram(bins: readonly CalibrationBin[]): string[] {
  const most = Math.max(1, ...bins.map(({ n }) => n));
  const columns = bins.flatMap(({ n }, index) => {
    if (n === 0) return [];
    const height = (n / most) * HISTOGRAM.height;
    const x = toX(index / bins.length);
    const width = PLOT.size / bins.length;
    return [
      rectangle(x + 1, histogramBottom - height, width - 2, height, COUNT),
      text(x + width / 2, histogramBottom - height - 4, formatCount(n), {
        size: 8,
        anchor: 'middle',
        fill: FAINT_INK,
      }),
    ];
  });
  return [
    ...columns,
    line(PLOT.left, histogramBottom, right, histogramBottom, { stroke: FAINT_INK }),
    text(26, HISTOGRAM.top + HISTOGRAM.height / 2, 'texts', {
      anchor: 'middle',
      fill: FAINT_INK,
      rotate: -90,
    }),
  ];
}

/** @param subject what was evaluated, such as model and data */
export function drawReliabilityDiagram({ bins, ece, accuracy, n }: Metrics, subject: string): string {
  const confidence = n === 0 ? 0 : bins.reduce((sum, bin) => sum + bin.n * bin.confidence, 0) / n;
  const summary = `${formatCount(n)} texts, accuracy ${(accuracy * 100).toFixed(1)} %, mean confidence ${(confidence * 100).toFixed(1)} %`;
  return svgDocument(WIDTH, HEIGHT, `Reliability diagram of ${subject}`, [
    text(24, 36, `Reliability diagram: ECE ${ece.toFixed(4)} in ${bins.length} bins`, {
      size: 18,
      bold: true,
    }),
    text(24, 58, subject, { fill: FAINT_INK }),
    text(24, 76, summary, { fill: FAINT_INK }),
    ...legend(),
    ...axes(),
    ...bars(bins),
    rectangle(PLOT.left, PLOT.top, PLOT.size, PLOT.size, { fill: 'none', stroke: GRID }),
    line(PLOT.left, bottom, right, PLOT.top, { stroke: FAINT_INK, 'stroke-dasharray': '5 4' }),
    ...histogram(bins),
  ]);
}
