// The side panel: the model in use, learning, what changed, the runs before, and clearing the conversation.
import { api, toWireError } from './api.js';
import { h, refill } from './dom.js';
import { createModelsView } from './models-view.js';
import { shortReading } from './reading-view.js';
import { runsCard } from './runs-view.js';
import { createScoresView } from './scores-view.js';
import { formatTime, type Words } from './text.js';
import { trainingCard } from './training-view.js';
import type { Language, WireError, WireMessage, WireReading, WireState, WireTraining } from './wire.js';

export interface PanelView {
  element: HTMLElement;
  show(state: WireState): void;
  showTraining(training: WireTraining): void;
  /** The conversation changed: what was read again is taken from it. */
  showMessages(messages: readonly WireMessage[]): void;
}

export interface PanelContext {
  words: Words;
  language: Language;
  close(): void;
  announce(text: string): void;
  showError(error: WireError): void;
  ask(title: string, text: string, confirm: string): Promise<boolean>;
}

interface Change {
  text: string;
  before: WireReading;
  after: WireReading;
}

const MOST_POINTS = 240;
const CHANGES_SHOWN = 8;

export function createPanelView(context: PanelContext): PanelView {
  const { words, language } = context;
  let state: WireState | null = null;
  let messages: readonly WireMessage[] = [];
  let busy = false;

  const model = h('section', { class: 'card model' });
  const learning = h('div', { class: 'slot' });
  const changes = h('section', { class: 'card changed', hidden: true });
  const scores = createScoresView(words, language);
  const runs = h('div', { class: 'slot' });
  const models = createModelsView({
    ...context,
    changed: (next) => show(next),
  });
  const close = h(
    'button',
    { type: 'button', class: 'button quiet close', onclick: () => context.close() },
    words.close,
  );
  const clear = h(
    'button',
    { type: 'button', class: 'button quiet small', onclick: () => void clearAll() },
    words.clear,
  );
  const element = h(
    'aside',
    { class: 'panel', id: 'panel', 'aria-label': words.panel },
    close,
    model,
    learning,
    changes,
    scores.element,
    runs,
    models.element,
    h('div', { class: 'row' }, h('p', { class: 'muted' }, words.kept), clear),
  );

  async function act(work: () => Promise<WireState | null>): Promise<void> {
    busy = true;
    drawLearning();
    try {
      state = (await work()) ?? state;
    } catch (error) {
      context.showError(toWireError(error));
    }
    busy = false;
    draw();
  }

  async function clearAll(): Promise<void> {
    if (!(await context.ask(words.clearTitle, words.clearText, words.clearConfirm))) return;
    await act(async () => {
      await api.clear();
      return null;
    });
  }

  async function rollBack(version: string): Promise<void> {
    if (!(await context.ask(words.rollbackTitle, words.rollbackText(version), words.rollback))) return;
    await act(() => api.rollback());
  }

  function drawModel(): void {
    if (!state) return;
    const { version, engine, since, previous, receipts } = state.model;
    refill(
      model,
      h('h2', {}, words.model),
      h(
        'div',
        {},
        h('p', { class: 'big version' }, version),
        h('p', { class: 'muted' }, words.since(formatTime(since, language), engine)),
        receipts.gained > 0 && h('p', { class: 'muted' }, words.correctionsGained(receipts.gained)),
        receipts.lost > 0 && h('p', { class: 'worse' }, words.correctionsLost(receipts.lost)),
      ),
      previous !== null &&
        h(
          'button',
          {
            type: 'button',
            class: 'button small',
            'data-key': 'rollback',
            'aria-label': words.rollbackTo(previous),
            title: words.rollbackTo(previous),
            disabled: busy,
            onclick: () => void rollBack(previous),
          },
          words.rollback,
        ),
    );
  }

  function drawLearning(): void {
    if (!state) return;
    const actions = {
      train: () => void act(() => api.train()),
      cancel: () => void act(() => api.cancel()),
      confirm: (runId: string) => void act(() => api.confirm(runId)),
      decline: (runId: string) => void act(() => api.decline(runId)),
    };
    refill(learning, trainingCard(state, words, language, actions, busy));
  }

  function drawChanges(): void {
    const version = state?.model.version;
    const found: Change[] = [];
    for (const { text, earlier, reading } of messages) {
      if (text !== null && earlier && reading && reading.modelVersion === version) {
        found.unshift({ text, before: earlier, after: reading });
      }
    }
    changes.hidden = found.length === 0;
    refill(
      changes,
      h('h2', {}, words.changes),
      h('p', { class: 'muted' }, words.changesText),
      h(
        'ul',
        { class: 'changes' },
        ...found
          .slice(0, CHANGES_SHOWN)
          .map(({ text, before, after }) =>
            h(
              'li',
              {},
              h('span', { class: 'quote' }, text),
              h(
                'span',
                { class: 'swap' },
                shortReading(before, words),
                h('span', { role: 'img', 'aria-label': words.becomes }, '→'),
                shortReading(after, words),
              ),
            ),
          ),
      ),
    );
  }

  function draw(): void {
    if (!state) return;
    drawModel();
    drawLearning();
    drawChanges();
    refill(runs, runsCard(state.runs, words, language));
  }

  function show(next: WireState): void {
    const before = state?.model.version;
    state = next;
    draw();
    // The whole state comes after a correction and after a run.
    scores.refresh();
    models.show(next.model.version, next.runs.map(({ id, state: its }) => `${id} ${its}`).join());
    if (before !== undefined && before !== next.model.version) {
      context.announce(words.nowInUse(next.model.version));
    }
  }

  return {
    element,
    show,

    showTraining(training) {
      if (!state) return;
      const { progress } = training;
      const last = state.training.progress;
      let losses = state.losses;
      if (progress && progress.step !== last?.step) {
        // A run may train more than once; each training draws its own curve.
        losses = last && progress.step < last.step ? [] : losses;
        losses = [...losses, progress.loss];
        if (losses.length > MOST_POINTS) losses = losses.filter((_, index) => index % 2 === 1);
      }
      state = { ...state, training, losses: training.phase === 'idle' ? [] : losses };
      drawLearning();
    },

    showMessages(next) {
      messages = next;
      drawChanges();
    },
  };
}
