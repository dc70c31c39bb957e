// Every model: which one serves, how another one differs from it, and a button that puts it in use after a question.
import { api, toWireError } from './api.js';
import { h, refill } from './dom.js';
import { formatTime, type Words } from './text.js';
import type { Language, WireDifference, WireError, WireListedModel, WireState } from './wire.js';

export interface ModelsView {
  element: HTMLElement;
  /**
   * Where one of the two has changed, the list is asked for again.
   * @param version in use
   * @param runs how the last ones stand, which models come of
   */
  show(version: string, runs: string): void;
}

export interface ModelsContext {
  words: Words;
  language: Language;
  showError(error: WireError): void;
  ask(title: string, text: string, confirm: string): Promise<boolean>;
  /** Another model is in use. */
  changed(state: WireState): void;
}

const LAYERS_SHOWN = 3;

function notesOf({ aliases, purgedAt, taintedAt }: WireListedModel, words: Words): string {
  const notes = aliases.map((alias) => words.modelAliases[alias]);
  if (purgedAt !== null) notes.push(words.modelRemoved);
  else if (taintedAt !== null) notes.push(words.modelTainted);
  return notes.join(' · ');
}

function differenceLines({ before, after, receipts, files }: WireDifference, words: Words): string[] {
  const lines = [
    words.diffCorrections(before.rows, after.rows),
    ...(receipts === null ? [] : [words.diffReceipts(receipts.onlyBefore.length, receipts.onlyAfter.length)]),
  ];
  if (files === null) return [...lines, words.diffNoFiles];
  const { behaviour, layers } = files;
  const { n, passedBefore, passedAfter, changed } = behaviour;
  lines.push(words.diffBehaviour(n, passedBefore, passedAfter, changed.length));
  const most = [...layers].sort((a, b) => b.relative - a.relative).slice(0, LAYERS_SHOWN);
  if (most.length > 0) {
    const shown = most.map(({ layer, relative }) => `${layer} ${(relative * 100).toFixed(1)}%`);
    lines.push(words.diffLayers(shown.join(', ')));
  }
  return lines;
}

export function createModelsView(context: ModelsContext): ModelsView {
  const { words, language } = context;
  let models: WireListedModel[] = [];
  let inUse = '';
  let shown = '';
  let busy = false;
  let difference: WireDifference | null = null;

  const body = h('div', {});
  const element = h(
    'section',
    { class: 'card models' },
    h(
      'details',
      { 'data-key': 'models' },
      h('summary', { 'data-key': 'models summary' }, words.models),
      body,
    ),
  );

  async function act(work: () => Promise<void>): Promise<void> {
    busy = true;
    draw();
    try {
      await work();
    } catch (error) {
      context.showError(toWireError(error));
    }
    busy = false;
    draw();
  }

  async function use(version: string): Promise<void> {
    if (!(await context.ask(words.promoteTitle, words.promoteText(version), words.promote))) return;
    await act(async () => context.changed(await api.promote(version)));
  }

  function actionsOf({ version, purgedAt, taintedAt, aliases }: WireListedModel): HTMLElement | null {
    if (aliases.includes('champion') || purgedAt !== null) return null;
    const button = (text: string, key: string, onclick: () => void) =>
      h(
        'button',
        {
          type: 'button',
          class: 'button small',
          'data-key': `${key} ${version}`,
          'aria-label': `${text}: ${version}`,
          disabled: busy,
          onclick,
        },
        text,
      );
    return h(
      'div',
      { class: 'row' },
      button(words.compare, 'compare', () => {
        void act(async () => {
          difference = await api.difference(inUse, version);
        });
      }),
      taintedAt === null && button(words.promote, 'promote', () => void use(version)),
    );
  }

  function draw(): void {
    refill(
      body,
      h(
        'ul',
        { class: 'runs' },
        ...models.map((model) =>
          h(
            'li',
            {},
            h(
              'div',
              { class: 'row' },
              h('span', { class: 'state' }, model.version),
              h('span', { class: 'muted' }, formatTime(model.createdAt, language)),
            ),
            h('div', { class: 'muted' }, notesOf(model, words)),
            actionsOf(model),
            difference?.after.version === model.version &&
              h(
                'ul',
                { class: 'muted', role: 'status' },
                ...differenceLines(difference, words).map((line) => h('li', {}, line)),
              ),
          ),
        ),
      ),
    );
  }

  return {
    element,
    show(version, runs) {
      const marker = `${version} ${runs}`;
      if (marker === shown) return;
      if (version !== inUse) difference = null;
      [inUse, shown] = [version, marker];
      void act(async () => {
        models = (await api.models()).models;
      });
    },
  };
}
