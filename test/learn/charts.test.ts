// The charts are XML that a browser opens, and hold the numbers of the metrics they were drawn from.
import { describe, expect, it } from 'vitest';
import type { Label } from '../../src/labels.js';
import {
  drawBeforeAfter,
  wilsonInterval,
  type BeforeAfterChart,
} from '../../src/learn/charts/before-after.js';
import { drawConfusionMatrix } from '../../src/learn/charts/confusion-matrix.js';
import { drawLearningCurves, spread, ticks } from '../../src/learn/charts/learning-curves.js';
import { drawReliabilityDiagram } from '../../src/learn/charts/reliability-diagram.js';
import { computeMetrics } from '../../src/classification-metrics.js';

/** Confidence of the label read; the rest is shared by the other two. */
const rows = (n: number, actual: Label, read: Label, confidence: number) =>
  Array.from({ length: n }, () => {
    const rest = (1 - confidence) / 2;
    return { actual, scores: { negative: rest, neutral: rest, positive: rest, [read]: confidence } };
  });

const METRICS = computeMetrics(
  [
    ...rows(1500, 'negative', 'negative', 0.95),
    ...rows(500, 'negative', 'positive', 0.5),
    ...rows(30, 'neutral', 'neutral', 0.95),
    ...rows(7, 'positive', 'neutral', 0.7),
  ],
  ['negative', 'neutral', 'positive'],
);
const HOSTILE = 'a & b <script> "c" \u0007\ud800';

/** Throws where elements are not closed in order, or attributes and texts hold what XML forbids. */
function readXml(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const element = /<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>/y;
  const text = /(?:[^<&]|&(?:amp|lt|gt|quot);)+/y;
  for (let at = 0; at < xml.length;) {
    element.lastIndex = text.lastIndex = at;
    const tag = element.exec(xml);
    if (tag !== null) {
      const [, closing, name = '', attributes = '', empty] = tag;
      if (/&(?!(?:amp|lt|gt|quot);)/.test(attributes)) throw new Error(`bare & in ${tag[0]}`);
      if (closing === '/' && open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      if (closing === '' && empty === '') open.push(name);
      if (closing === '') names.push(name);
      at = element.lastIndex;
    } else if (text.exec(xml) !== null) at = text.lastIndex;
    else throw new Error(`not XML: ${xml.slice(at, at + 60)}`);
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`);
  return names;
}

const textsOf = (xml: string) => [...xml.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

describe.each([
  ['the confusion matrix', drawConfusionMatrix],
  ['the reliability diagram', drawReliabilityDiagram],
])('%s', (_, draw) => {
  it('is well-formed, whatever the data is called, and needs nothing from elsewhere', () => {
    const xml = draw(METRICS, HOSTILE);
    const names = readXml(xml.trimEnd());
    expect(names[0]).toBe('svg');
    expect(new Set(names)).toEqual(
      new Set(['svg', 'rect', 'text', ...(names.includes('line') ? ['line'] : [])]),
    );
    expect(textsOf(xml)).toContain('a &amp; b &lt;script&gt; &quot;c&quot; \ufffd');
    expect(xml).not.toContain('\u0007');
    expect(xml).not.toMatch(/NaN|Infinity|undefined|url\(|href/);
  });

  it('has an opaque background over all of it', () => {
    const xml = draw(METRICS, 'x');
    const [, width, height] = /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(xml) ?? [];
    expect(xml).toMatch(
      new RegExp(`<svg[^>]*>\\s*<rect x="0" y="0" width="${width}" height="${height}" fill="#ffffff"/>`),
    );
  });

  it('can be drawn of no texts at all', () => {
    const xml = draw(computeMetrics([], []), 'nothing');
    readXml(xml.trimEnd());
    expect(xml).not.toMatch(/NaN|Infinity/);
  });
});

describe('the numbers', () => {
  it('of the confusion matrix are counts and parts of their rows', () => {
    const texts = textsOf(drawConfusionMatrix(METRICS, 'model on data'));
    expect(texts).toEqual(
      expect.arrayContaining(['model on data', '2,037 texts, accuracy 75.1 %', '2,000', '1,500', '75.0 %']),
    );
    // In reading order: each cell's count, then its part of the row.
    const cells = texts.slice(texts.indexOf('1,500'));
    expect(cells.slice(0, 6)).toEqual(['1,500', '75.0 %', '0', '0.0 %', '500', '25.0 %']);
    expect(cells.slice(-6)).toEqual(['0', '0.0 %', '7', '100.0 %', '0', '0.0 %']);
  });

  it('of two compared labels make a matrix of two by two', () => {
    const two = computeMetrics(
      [...rows(3, 'negative', 'negative', 0.9), ...rows(1, 'positive', 'negative', 0.9)],
      ['negative', 'positive'],
    );
    const texts = textsOf(drawConfusionMatrix(two, 'x'));
    expect(texts).not.toContain('neutral');
    expect(texts.filter((text) => text?.endsWith(' %'))).toEqual([
      '4 texts, accuracy 75.0 %',
      '100.0 %',
      '0.0 %',
      '100.0 %',
      '0.0 %',
    ]);
  });

  it('of the reliability diagram are its error, its bars and how many texts each has', () => {
    const xml = drawReliabilityDiagram(METRICS, 'x');
    const texts = textsOf(xml);
    expect(texts[0]).toBe(`Reliability diagram: ECE ${METRICS.ece.toFixed(4)} in 15 bins`);
    expect(texts).toEqual(expect.arrayContaining(['1,530', '500', '7']));
    // Legend, and one for each bin that has texts: never right at 0.5 and 0.7, always right at 0.95.
    const bars = [...xml.matchAll(/<rect [^>]*height="([\d.]+)" fill="#3b7dc4"/g)].map(([, h]) => Number(h));
    expect(bars).toEqual([12, 0, 0, 480]);
    const gaps = [...xml.matchAll(/<rect [^>]*height="([\d.]+)" fill="#e0564a"/g)].map(([, h]) => Number(h));
    expect(gaps).toEqual([12, 240, 336, 24]);
  });
});

describe('before and after', () => {
  const chart = (bars: BeforeAfterChart['bars']): BeforeAfterChart => ({
    title: 'Read rightly',
    subtitle: 'nunchi-2',
    before: 'model before',
    after: 'new model',
    interval: '95% interval',
    countOf: (count) => `${count} texts`,
    bars,
  });

  it('draws a bar and an interval for each model and measure', () => {
    const svg = drawBeforeAfter(
      chart([
        { name: 'learned', n: 12, before: 3, after: 12 },
        { name: HOSTILE, n: 2600, before: 2470, after: 2468 },
      ]),
      HOSTILE,
    );
    expect(() => readXml(svg)).not.toThrow();
    // The height of the plot is 270.
    const heights = [...svg.matchAll(/width="96" height="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(heights).toEqual([67.5, 270, 256.5, 256.29]);
    for (const said of ['25.0%', '100.0%', '95.0%', '94.9%', '12 texts', '2,600 texts'])
      expect(svg).toContain(said);
  });

  it('is whole without a measure', () => {
    expect(drawBeforeAfter(chart([]), 'nothing')).not.toMatch(/NaN|Infinity/);
  });

  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('has the interval of Wilson: %d of %d', (right, n, low, high) => {
    const interval = wilsonInterval(right, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });
});

describe('the learning curves', () => {
  const panel = {
    title: HOSTILE,
    curves: [
      { name: 'replay', points: [0, 1, 2].map((night) => ({ night, value: 0.7 + night * 0.05 })) },
      { name: 'joint', level: true, points: [{ night: 1, value: 0.8 }] },
    ],
  };

  it('name every policy with its last value, and are whole whatever they are given', () => {
    const svg = drawLearningCurves('Title', HOSTILE, [panel, { title: 'empty', curves: [] }], 'said');
    expect(() => readXml(svg)).not.toThrow();
    expect(svg).not.toMatch(/NaN|Infinity/);
    for (const said of ['replay 80.0 %', 'joint 80.0 %', 'before', 'night 2']) expect(svg).toContain(said);
  });

  it('keep names apart that end at the same place, and have round numbers around all values', () => {
    expect(spread([10, 12, 50, 11], 15)).toEqual([10, 40, 55, 25]);
    expect(ticks([0.712, 0.798]).map((mark) => mark.toFixed(2))).toEqual([
      '0.70',
      '0.72',
      '0.74',
      '0.76',
      '0.78',
      '0.80',
    ]);
    expect(ticks([0.5, 0.5]).length).toBeGreaterThan(1);
  });
});
