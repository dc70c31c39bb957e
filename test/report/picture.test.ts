// The picture: what it draws, that it tells labels apart for every eye, and that it is a PNG with Hangul in it.
import { describe, expect, it, vi } from 'vitest';
import { COLOURS, drawReport, headingsOf } from '../../src/report/chart.js';
import { createPictureDrawer } from '../../src/report/picture.js';
import { createReport } from '../../src/report/report.js';
import type { ReportFacts } from '../../src/report/sentences.js';
import { createTimeLabels } from '../../src/report/time-labels.js';
import { daily, days, MONDAY, storeOf, type Row } from './report-fixture.js';

// A process for each picture, which a busy machine starts slowly.
vi.setConfig({ testTimeout: 120_000 });

function draw(rows: readonly Row[], change: Partial<ReportFacts> = {}): string {
  const language = change.language ?? 'en';
  const facts: ReportFacts = {
    buckets: daily(rows),
    size: 'day',
    scope: { kind: 'channel', id: 'C1' },
    name: '#general',
    labels: createTimeLabels('day', 'Asia/Seoul', language),
    language,
    ...change,
  };
  return drawReport(facts, headingsOf(facts, 'Asia/Seoul'), 'what it says');
}
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
const heightsOf = (svg: string, fill: string) =>
  [...svg.matchAll(/<rect [^>]*height="([\d.]+)" fill="([^"]+)"/g)]
    .filter((match) => match[2] === fill)
    .map(([, height]) => Number(height));
const [LEGEND, PLOT_HEIGHT] = [18, 230];

describe('the drawing', () => {
  it('stacks the shares of each label, and says how many messages there are', () => {
    const svg = draw([
      [10, 20, 60, 10],
      [200, 100, 100],
    ]);
    expect(heightsOf(svg, COLOURS.positive)).toEqual([LEGEND, 0.6 * PLOT_HEIGHT, 0.25 * PLOT_HEIGHT]);
    expect(heightsOf(svg, COLOURS.negative)).toEqual([LEGEND, 0.1 * PLOT_HEIGHT, 0.5 * PLOT_HEIGHT]);
    expect(heightsOf(svg, COLOURS.unsure)).toEqual([LEGEND, 0.1 * PLOT_HEIGHT]);
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'Mood of #general',
        'Mar 2 – 3, 2026 · Asia/Seoul · 500 messages',
        '100',
        '400',
      ]),
    );
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['60%', '25%', 'Mon', 'Mar 2', 'Tue', 'Mar 3']));
  });

  it('hatches what is hidden, over the whole height and without a number', () => {
    const svg = draw([[10, 20, 60], null]);
    expect(heightsOf(svg, 'url(#too-few)')).toEqual([LEGEND, PLOT_HEIGHT]);
    expect(textsOf(svg)).toContain('hidden: under five people');
    expect(textsOf(draw([[10, 20, 60]]))).not.toContain('hidden: under five people');
  });

  it('says so where nothing is shown', () => {
    for (const svg of [draw([null, null]), draw([])]) {
      expect(textsOf(svg)).toContain('Nothing to show: fewer than five people wrote');
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });

  it('is Korean where it is asked for', () => {
    const texts = textsOf(draw([[10, 20, 60, 10], null], { language: 'ko', name: '#잡담' }));
    expect(texts).toEqual(
      expect.arrayContaining(['#잡담 채널의 분위기', '긍정', '중립', '부정', '잘 모름', '월', '3월 2일']),
    );
    expect(texts).toContain('2026년 3월 2일~3일 · Asia/Seoul · 메시지 100개');
    expect(texts.join('')).not.toMatch(/positive|hidden|message/);
  });

  it.each([1, 7, 30, 200])('leaves room for the labels of %d days', (count) => {
    const svg = draw(Array<Row>(count).fill([10, 20, 60]));
    const places = [...svg.matchAll(/<text x="([\d.]+)" y="468"/g)].map((match) => Number(match[1]));
    expect(places.length).toBeGreaterThan(0);
    places
      .slice(1)
      .forEach((place, index) => expect(place - (places[index] ?? 0)).toBeGreaterThanOrEqual(88));
  });

  it('keeps a long name to its place', () => {
    const [title = ''] = textsOf(draw([null], { name: '가'.repeat(200) }));
    expect(title).toMatch(/^Mood of 가{39}…$/);
  });
});

describe('its colours', () => {
  type Colour = [number, number, number];
  const linear = (hex: string): Colour => {
    const channel = (at: number) => {
      const value = parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return [channel(1), channel(3), channel(5)];
  };
  const lab = ([r, g, b]: Colour): Colour => {
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
    const [x, y, z] = [
      f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505),
      f(0.2126 * r + 0.7152 * g + 0.0722 * b),
      f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089),
    ];
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };
  // Viénot, Brettel and Mollon 1999, on linear RGB.
  const EYES: [string, (colour: Colour) => Colour][] = [
    ['any eye', (colour) => colour],
    [
      'an eye without red',
      ([r, g, b]) => {
        const yellow = 0.11238 * r + 0.88762 * g;
        return [yellow, yellow, 0.00401 * r - 0.00401 * g + b];
      },
    ],
    [
      'an eye without green',
      ([r, g, b]) => {
        const yellow = 0.29275 * r + 0.70725 * g;
        return [yellow, yellow, -0.02234 * r + 0.02234 * g + b];
      },
    ],
    [
      'an eye without colour',
      ([r, g, b]) => {
        const grey = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        return [grey, grey, grey];
      },
    ],
  ];

  it.each(EYES)('are told apart by %s', (_, seen) => {
    const { negative, neutral, positive } = COLOURS;
    for (const [one, other] of [
      [negative, neutral],
      [neutral, positive],
      [negative, positive],
    ] as const) {
      const [a, b] = [lab(seen(linear(one))), lab(seen(linear(other)))];
      expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThan(20);
    }
  });
});

describe('the PNG', () => {
  const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

  it('is one of 1000 by 520, whatever the channel is called', async () => {
    const request = createReport(storeOf([[10, 20, 60], null]));
    const report = await request({
      platform: 'web',
      scope: { kind: 'channel', id: 'C1' },
      name: '<b>&"\u0007\ud83d 🔥',
      from: MONDAY,
      to: days(2),
      bucket: 'day',
      timeZone: 'Asia/Seoul',
      language: 'ko',
    });
    const png = await report.picture();
    expect(png.subarray(0, 8).equals(SIGNATURE)).toBe(true);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1000, 520]);
  });

  it('shows Hangul, heavy and light, without any font of the system', async () => {
    const picture = createPictureDrawer();
    const word = (content: string, weight = 400) =>
      picture(
        `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60" font-family="system-ui, sans-serif"><text x="10" y="40" font-size="30" font-weight="${weight}">${content}</text></svg>`,
      );
    const pictures = await Promise.all([word('분위기'), word('부정'), word('분위기', 600), word('')]);
    expect(new Set(pictures.map((png) => png.toString('base64'))).size).toBe(4);
  });

  it('of what is no SVG is an error, and the next one is drawn', async () => {
    const picture = createPictureDrawer();
    const [broken, whole] = await Promise.allSettled([picture('<svg'), picture(draw([[1, 2, 3]]))]);
    expect(broken).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
    expect(whole.status).toBe('fulfilled');
  });

  it('is given up where it takes too long', async () => {
    await expect(createPictureDrawer(0)(draw([]))).rejects.toMatchObject({
      code: 'process-ended',
      hint: expect.any(String) as string,
    });
  });
});
