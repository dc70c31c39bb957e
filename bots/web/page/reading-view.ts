// A reading as people see it: a chip with colour, mark and word, the confidence bar, and the three scores on demand.
import { h } from './dom.js';
import { formatPercent, type Words } from './text.js';
import type { Label, WireReading } from './wire.js';

const MARKS = { positive: '＋', neutral: '＝', negative: '－', unsure: '?' };
const ORDER: readonly Label[] = ['positive', 'neutral', 'negative'];

function chip(kind: Label | 'unsure', word: string): HTMLElement {
  return h(
    'span',
    { class: 'chip', 'data-label': kind },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, MARKS[kind]),
    word,
  );
}

function bar(kind: Label | 'unsure', share: number, label: string): HTMLElement {
  const fill = h('span');
  fill.style.width = `${share * 100}%`;
  const percent = formatPercent(share);
  return h(
    'div',
    {
      class: 'bar',
      'data-label': kind,
      role: 'meter',
      'aria-label': label,
      'aria-valuemin': '0',
      'aria-valuemax': '100',
      'aria-valuenow': percent.replace('%', ''),
      'aria-valuetext': percent,
    },
    fill,
  );
}

/** The chip with its per cent, for a line of text. */
export function shortReading(reading: WireReading, words: Words): HTMLElement {
  const percent = ` ${formatPercent(reading.confidence)}`;
  return reading.abstained
    ? chip('unsure', words.unsure)
    : chip(reading.label, words.labels[reading.label] + percent);
}

export function readingView(reading: WireReading, words: Words, key: string): HTMLElement[] {
  const kind = reading.abstained ? 'unsure' : reading.label;
  const guess = reading.abstainReason === null || reading.abstainReason === 'low-confidence';
  const percent = formatPercent(reading.confidence);
  const said = reading.abstained ? `${words.labels[reading.label]} ${percent}` : percent;
  const strip = h(
    'div',
    { class: 'reading' },
    chip(kind, reading.abstained ? words.unsure : words.labels[reading.label]),
    guess && bar(kind, reading.confidence, words.confidence),
    guess && h('span', { class: 'percent' }, said),
  );
  const scores = h('div', { class: 'scores' });
  for (const label of ORDER) {
    const share = reading.scores[label];
    scores.append(
      h('span', {}, words.labels[label]),
      bar(label, share, words.labels[label]),
      h('span', { class: 'percent' }, `${(share * 100).toFixed(1)}%`),
    );
  }
  scores.append(h('span', { class: 'version' }, words.readBy(reading.modelVersion)));
  return [
    strip,
    h(
      'details',
      { class: 'disclosure', 'data-key': `scores ${key}` },
      h('summary', { 'data-key': `summary ${key}` }, words.scores),
      scores,
    ),
  ];
}
