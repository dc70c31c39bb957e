// The loss curve of a training run as a small line.
import { svg } from './dom.js';

const WIDTH = 300;
const HEIGHT = 56;
const MARGIN = 6;

/** @param values oldest first; null is given where there are too few for a line. */
export function sparkline(values: readonly number[], label: string): SVGElement | null {
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * (WIDTH - 2 * MARGIN) + MARGIN;
    const y = HEIGHT - MARGIN - ((value - low) / span) * (HEIGHT - 2 * MARGIN);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return svg(
    'svg',
    {
      class: 'sparkline',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': label,
    },
    svg('path', { d: `M${points.join('L')}` }),
  );
}
