// How right the readings were before anything was learned from the words about them, week by week and model by model.
import { api } from './api.js';
import { h, refill } from './dom.js';
import { formatDay, type Words } from './text.js';
import type { Language, WireScore } from './wire.js';

export interface ScoresView {
  element: HTMLElement;
  /** Asks for the figures anew; what is shown stays where they cannot be had. */
  refresh(): void;
}

const percent = (part: number, whole: number) =>
  whole === 0 ? '–' : `${((part / whole) * 100).toFixed(0)}%`;

function row(score: WireScore, words: Words, language: Language): HTMLElement {
  const { start, version, read, unsure, labelled, right } = score;
  const share = h('span', { class: 'share' });
  share.style.width = labelled === 0 ? '0' : `${(right / labelled) * 100}%`;
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, formatDay(start, language), h('span', { class: 'muted version' }, version)),
    h('td', {}, h('span', { class: 'right' }, percent(right, labelled)), h('span', { class: 'bar' }, share)),
    h('td', {}, words.correctedOf(labelled - right, labelled)),
    h('td', {}, percent(unsure, read)),
  );
}

export function createScoresView(words: Words, language: Language): ScoresView {
  const element = h('section', { class: 'card accuracy', hidden: true });
  let asked = 0;

  function draw(scores: readonly WireScore[]): void {
    element.hidden = scores.length === 0;
    refill(
      element,
      h('h2', {}, words.scoresTitle),
      h('p', { class: 'muted' }, words.scoresText),
      h(
        'table',
        { class: 'figures' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...[words.week, words.right, words.corrected, words.unsure].map((word) =>
              h('th', { scope: 'col' }, word),
            ),
          ),
        ),
        h('tbody', {}, ...[...scores].reverse().map((score) => row(score, words, language))),
      ),
    );
  }

  return {
    element,
    refresh() {
      asked += 1;
      const turn = asked;
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      // The conversation goes on without these figures, and says itself when Nunchi cannot be reached.
      api.scores(timeZone).then(
        ({ scores }) => turn === asked && draw(scores),
        () => undefined,
      );
    },
  };
}
