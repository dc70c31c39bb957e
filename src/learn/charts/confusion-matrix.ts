// The confusion matrix as an SVG: how many texts of each label were read as which, and what part of their row that is.
import type { Metrics } from '../../classification-metrics.js';
import { FAINT_INK, formatCount, INK, rectangle, svgDocument, text } from '../../svg.js';

const MATRIX_WIDTH = 396;
const CELL_HEIGHT = 88;
const LEFT = 150;
const TOP = 132;
const RIGHT = 32;
const BOTTOM = 32;
/** From none to all of a row: white to this blue. */
const FULL = [13, 71, 150] as const;
/** Above this part of a row white letters stand out better than dark ones. */
const DARK_FROM = 0.66;

function shade(part: number): string {
  const channels = FULL.map((full) => Math.round(255 - (255 - full) * part));
  return `rgb(${channels.join(',')})`;
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;

/** @param subject what was evaluated, such as model and data */
export function drawConfusionMatrix({ confusion, accuracy, n }: Metrics, subject: string): string {
  const { labels, counts } = confusion;
  const cellWidth = MATRIX_WIDTH / labels.length;
  const matrixHeight = CELL_HEIGHT * labels.length;
  const elements = [
    text(24, 36, 'Confusion matrix', { size: 18, bold: true }),
    text(24, 58, subject, { fill: FAINT_INK }),
    text(24, 76, `${formatCount(n)} texts, accuracy ${percent(accuracy)}`, { fill: FAINT_INK }),
    text(LEFT + MATRIX_WIDTH / 2, TOP - 30, 'read as', { anchor: 'middle', fill: FAINT_INK }),
    text(28, TOP + matrixHeight / 2, 'true label', {
      anchor: 'middle',
      fill: FAINT_INK,
      rotate: -90,
    }),
  ];
  labels.forEach((label, index) => {
    const support = (counts[index] ?? []).reduce((sum, count) => sum + count, 0);
    const center = TOP + (index + 0.5) * CELL_HEIGHT;
    elements.push(
      text(LEFT + (index + 0.5) * cellWidth, TOP - 10, label, { anchor: 'middle', bold: true }),
      text(LEFT - 14, center, label, { anchor: 'end', bold: true }),
      text(LEFT - 14, center + 18, formatCount(support), { size: 12, anchor: 'end', fill: FAINT_INK }),
    );
    (counts[index] ?? []).forEach((count, column) => {
      const part = support === 0 ? 0 : count / support;
      const fill = part > DARK_FROM ? '#ffffff' : INK;
      const x = LEFT + (column + 0.5) * cellWidth;
      elements.push(
        rectangle(x - cellWidth / 2 + 1, center - CELL_HEIGHT / 2 + 1, cellWidth - 2, CELL_HEIGHT - 2, {
          fill: shade(part),
          stroke: '#c3cad2',
        }),
        text(x, center, formatCount(count), { size: 18, anchor: 'middle', bold: true, fill }),
        text(x, center + 20, percent(part), { anchor: 'middle', fill }),
      );
    });
  });
  return svgDocument(
    LEFT + MATRIX_WIDTH + RIGHT,
    TOP + matrixHeight + BOTTOM,
    `Confusion matrix of ${subject}`,
    elements,
  );
}
