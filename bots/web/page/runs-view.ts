// The runs before and the figures of an evaluation.
import { h } from './dom.js';
import { formatTime, type Words } from './text.js';
import type { Language, WireFigure, WireRun } from './wire.js';

const percent = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(1)}%`);

function change(figure: WireFigure): string {
  if (figure.before === null || figure.after === null || figure.before === figure.after) return '';
  return figure.after > figure.before ? 'better' : 'worse';
}

export function figuresTable(figures: readonly WireFigure[], words: Words): HTMLElement | null {
  if (figures.length === 0) return null;
  const body = h('tbody');
  for (const figure of figures) {
    body.append(
      h(
        'tr',
        {},
        h('td', {}, `${words.figures[figure.name]} ${words.figureCount(figure.n)}`),
        h('td', {}, percent(figure.before)),
        h('td', { class: change(figure) }, percent(figure.after)),
      ),
    );
  }
  return h(
    'table',
    { class: 'figures' },
    h(
      'thead',
      {},
      h('tr', {}, h('th'), h('th', { scope: 'col' }, words.before), h('th', { scope: 'col' }, words.after)),
    ),
    body,
  );
}

function runView(run: WireRun, words: Words, language: Language): HTMLElement {
  const reason = run.reason === null ? null : (words.runReasons[run.reason] ?? run.reason);
  const why = run.verdict?.[language] ?? reason;
  const table = figuresTable(run.figures, words);
  return h(
    'li',
    { 'data-state': run.state },
    h(
      'div',
      { class: 'row' },
      h('span', { class: 'state' }, words.states[run.state]),
      h('span', { class: 'muted' }, formatTime(run.startedAt, language)),
    ),
    h(
      'div',
      { class: 'muted' },
      [words.runCorrections(run.corrections), run.candidateVersion].filter(Boolean).join(' · '),
    ),
    (why !== null || table !== null) &&
      h(
        'details',
        { 'data-key': `run ${run.id}` },
        h('summary', { 'data-key': `run summary ${run.id}` }, words.details),
        why === null ? null : h('p', {}, why),
        reason !== null && run.reason !== run.verdict?.en && reason !== why && h('p', {}, reason),
        table,
      ),
  );
}

export function runsCard(runs: readonly WireRun[], words: Words, language: Language): HTMLElement {
  const past = runs.filter((run) => run.state !== 'running');
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, words.runs),
    past.length === 0
      ? h('p', { class: 'muted' }, words.noRuns)
      : h('ul', { class: 'runs' }, ...past.map((run) => runView(run, words, language))),
  );
}
