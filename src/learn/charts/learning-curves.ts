// Simulated nights as an SVG: one panel for each stream and one for what is known, a line for each policy.
import { FAINT_INK, INK, line, rectangle, svgDocument, text } from '../../svg.js';

export interface Curve {
  name: string;
  /** Night (0 before the first) and value, 0 to 1; the nights that were measured. */
  points: readonly { night: number; value: number }[];
  /** A level across the panel instead of a line through its points. */
  level?: boolean;
}

export interface CurvePanel {
  title: string;
  curves: readonly Curve[];
}

const PANEL = { width: 420, height: 280 };
const LEFT = 64;
const TOP = 96;
const RIGHT = 150;
const BOTTOM = 56;
/** Told apart without colour too: by their order at the right edge and by their dashes. */
const STYLES = [
  { stroke: '#0b5cad', 'stroke-width': 3 },
  { stroke: '#b3541e', 'stroke-width': 2.5, 'stroke-dasharray': '8 4' },
  { stroke: '#2f7d4f', 'stroke-width': 2, 'stroke-dasharray': '2 3' },
  { stroke: '#616e7c', 'stroke-width': 2, 'stroke-dasharray': '10 3 2 3' },
  { stroke: '#7a4fa3', 'stroke-width': 2, 'stroke-dasharray': '5 5' },
];
const LABEL_HEIGHT = 15;

/** The numbers at the grid lines: some five round ones around all values. */
export function ticks(values: readonly number[]): number[] {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const step =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((one) => (high - low) / one <= 5) ?? 0.5;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Places for labels that would cover each other: moved apart, in their order. */
export function spread(wanted: readonly number[], least: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed = [...wanted];
  order.forEach((index, at) => {
    const before = order[at - 1];
    if (before !== undefined) placed[index] = Math.max(placed[index] ?? 0, (placed[before] ?? 0) + least);
  });
  return placed;
}

/** @param description what a screen reader says instead */
export function drawLearningCurves(
  title: string,
  subtitle: string,
  panels: readonly CurvePanel[],
  description: string,
): string {
  const width = LEFT + panels.length * (PANEL.width + RIGHT);
  const height = TOP + PANEL.height + BOTTOM;
  return svgDocument(width, height, description, [
    text(24, 36, title, { size: 18, bold: true }),
    text(24, 58, subtitle, { fill: FAINT_INK }),
    ...panels.flatMap((panel, index) => drawPanel(panel, LEFT + index * (PANEL.width + RIGHT))),
  ]);
}

function drawPanel({ title, curves }: CurvePanel, left: number): string[] {
  const values = curves.flatMap(({ points }) => points.map(({ value }) => value));
  const nights = Math.max(1, ...curves.flatMap(({ points }) => points.map(({ night }) => night)));
  const marks = ticks(values);
  const [low = 0, high = 1] = [marks[0], marks.at(-1)];
  const decimals = (marks[1] ?? 1) - low < 0.0099 ? 1 : 0;
  const x = (night: number) => left + (night / nights) * (PANEL.width - 40);
  const y = (value: number) => TOP + PANEL.height - ((value - low) / (high - low)) * PANEL.height;
  const ends = spread(
    curves.map(({ points }) => y(points.at(-1)?.value ?? low)),
    LABEL_HEIGHT,
  );
  return [
    text(left, TOP - 14, title, { bold: true }),
    ...marks.flatMap((mark) => [
      line(left, y(mark), left + PANEL.width - 40, y(mark)),
      text(left - 8, y(mark) + 4, `${(mark * 100).toFixed(decimals)} %`, {
        anchor: 'end',
        fill: FAINT_INK,
        size: 12,
      }),
    ]),
    ...[0, nights].map((night) =>
      text(x(night), TOP + PANEL.height + 20, night === 0 ? 'before' : `night ${night}`, {
        anchor: 'middle',
        fill: FAINT_INK,
        size: 12,
      }),
    ),
    ...curves.flatMap((curve, index) => {
      const style = STYLES[index % STYLES.length] ?? STYLES[0];
      const last = curve.points.at(-1);
      if (style === undefined || last === undefined) return [];
      const drawn = curve.level === true ? [0, nights].map((night) => ({ ...last, night })) : curve.points;
      const pieces = drawn.slice(1).map((to, i) => {
        const from = drawn[i] ?? to;
        return line(x(from.night), y(from.value), x(to.night), y(to.value), style);
      });
      const end = ends[index] ?? 0;
      return [
        ...pieces,
        rectangle(x(nights) + 8, end - 2, 14, 4, { fill: style.stroke }),
        text(x(nights) + 28, end + 4, `${curve.name} ${(last.value * 100).toFixed(1)} %`, {
          size: 12,
          fill: INK,
        }),
      ];
    }),
  ];
}
