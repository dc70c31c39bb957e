// The few SVG elements that the charts are made of, as strings. Numbers are kept to two decimals, texts are escaped.

/** Of a light page: charts bring their own background, so that they can be read on a dark one too. */
export const INK = '#1f2933';
export const FAINT_INK = '#616e7c';
export const GRID = '#d9dee4';
const PAPER = '#ffffff';

export interface TextStyle {
  size?: number;
  /** @default start */
  anchor?: 'start' | 'middle' | 'end';
  bold?: boolean;
  fill?: string;
  /** Degrees, about the text's own place. */
  rotate?: number;
}

type Attributes = Record<string, string | number | undefined>;

function escape(content: string): string {
  return (
    content
      // XML 1.0 knows no other control characters, however they are written.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .toWellFormed()
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}

const toAttributes = (attributes: Attributes) =>
  Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const shown = typeof value === 'number' ? Number(value.toFixed(2)) : value;
      return ` ${name}="${escape(String(shown))}"`;
    })
    .join('');

export function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  attributes: Attributes,
): string {
  return `<rect${toAttributes({ x, y, width, height, ...attributes })}/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string {
  return `<line${toAttributes({ x1, y1, x2, y2, stroke: GRID, ...attributes })}/>`;
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 13, anchor, bold, fill = INK, rotate } = style;
  const attributes = {
    x,
    y,
    'font-size': size,
    'text-anchor': anchor,
    'font-weight': bold === true ? 600 : undefined,
    fill,
    transform: rotate === undefined ? undefined : `rotate(${rotate} ${x} ${y})`,
  };
  return `<text${toAttributes(attributes)}>${escape(content)}</text>`;
}

/** Diagonal lines to fill an area with: `fill: 'url(#ID)'` where this stands in the same document. */
export function hatching(id: string, stroke: string): string {
  const pattern = toAttributes({
    id,
    width: 10,
    height: 10,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  });
  return `<defs><pattern${pattern}>${line(5, 0, 5, 10, { stroke, 'stroke-width': 2 })}</pattern></defs>`;
}

/** A whole file. @param label what a screen reader says instead of it */
export function svgDocument(
  width: number,
  height: number,
  label: string,
  elements: readonly string[],
): string {
  const root = toAttributes({
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': label,
    'font-family': 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  });
  const background = rectangle(0, 0, width, height, { fill: PAPER });
  return `<svg${root}>\n${[background, ...elements].map((element) => `  ${element}\n`).join('')}</svg>\n`;
}

/** With a comma between thousands. */
export const formatCount = (count: number) => count.toLocaleString('en-US');
