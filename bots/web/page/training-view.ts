// Learning as it goes on: corrections waiting, the run with its progress, the decision it may ask for.
import { h, type Attributes } from './dom.js';
import { figuresTable } from './runs-view.js';
import { sparkline } from './sparkline.js';
import { formatDuration, formatTime, type Words } from './text.js';
import type { Language, WireProgress, WireRun, WireState, WireTraining } from './wire.js';

export interface TrainingActions {
  train(): void;
  cancel(): void;
  confirm(runId: string): void;
  decline(runId: string): void;
}

function fact(term: string, value: string): HTMLElement {
  return h('div', {}, h('dt', {}, term), h('dd', {}, value));
}

function action(
  key: string,
  word: string,
  kind: string,
  onclick: () => void,
  disabled: boolean,
): HTMLElement {
  const attributes: Attributes = {
    type: 'button',
    class: `button ${kind}`,
    'data-key': key,
    onclick,
    disabled,
  };
  return h('button', attributes, word);
}

function progressView(progress: WireProgress, words: Words): HTMLElement {
  const speed = progress.examplesPerSecond.toFixed(progress.examplesPerSecond < 10 ? 1 : 0);
  return h(
    'dl',
    { class: 'facts' },
    fact(words.step, `${progress.step} / ${progress.totalSteps}`),
    fact(words.timeLeft, formatDuration(progress.secondsLeft, words)),
    fact(words.loss, progress.loss.toFixed(3)),
    fact(words.speed, speed),
  );
}

function runningView(
  training: WireTraining,
  losses: readonly number[],
  words: Words,
  actions: TrainingActions,
  busy: boolean,
): HTMLElement[] {
  const progress = training.phase === 'training' ? training.progress : null;
  const fill = h('span');
  if (progress) fill.style.width = `${(progress.step / Math.max(1, progress.totalSteps)) * 100}%`;
  const bar = h(
    'div',
    {
      class: progress ? 'progress' : 'progress unknown',
      role: 'progressbar',
      'aria-label': words.phases[training.phase],
      ...(progress
        ? {
            'aria-valuemin': '0',
            'aria-valuemax': String(progress.totalSteps),
            'aria-valuenow': String(progress.step),
          }
        : {}),
    },
    fill,
  );
  const curve = progress
    ? sparkline(losses, words.lossCurve(losses[0]?.toFixed(2) ?? '', losses.at(-1)?.toFixed(2) ?? ''))
    : null;
  const cancel = action('cancel', words.cancel, 'wide', () => actions.cancel(), busy);
  return [
    h('p', { class: 'big' }, words.phases[training.phase]),
    bar,
    ...(progress ? [progressView(progress, words)] : []),
    ...(curve ? [curve as unknown as HTMLElement] : []),
    ...(training.phase === 'promoting' ? [] : [cancel]),
  ];
}

function decisionView(
  run: WireRun,
  words: Words,
  language: Language,
  actions: TrainingActions,
  busy: boolean,
): HTMLElement {
  const why = run.verdict?.[language] ?? run.reason;
  return h(
    'div',
    { class: 'decision', role: 'group', 'aria-label': words.decisionTitle },
    h('h3', {}, words.decisionTitle),
    why === null ? null : h('p', {}, why),
    figuresTable(run.figures, words),
    h(
      'div',
      { class: 'actions' },
      action('confirm', words.confirm, 'primary', () => actions.confirm(run.id), busy),
      action('decline', words.decline, '', () => actions.decline(run.id), busy),
    ),
  );
}

/** Corrections that no training has for the present, and what each of them needs. */
function waitingLines(waiting: WireState['training']['waiting'], words: Words): HTMLElement[] {
  const { secondOpinion, ownConfirmation, limit } = waiting;
  return [
    ...(secondOpinion > 0 ? [words.waitingSecond(secondOpinion)] : []),
    ...(ownConfirmation > 0 ? [words.waitingOwn(ownConfirmation)] : []),
    ...(limit > 0 ? [words.waitingLimit(limit)] : []),
  ].map((text) => h('p', { class: 'muted held-back' }, text));
}

export function trainingCard(
  {
    training,
    losses,
    nextNight,
    quietNight,
    forgets,
  }: Pick<WireState, 'training' | 'losses' | 'nextNight' | 'quietNight' | 'forgets'>,
  words: Words,
  language: Language,
  actions: TrainingActions,
  busy: boolean,
): HTMLElement {
  const { phase, run, pendingCorrections: pending } = training;
  const card = h('section', { class: 'card learning', 'data-phase': phase }, h('h2', {}, words.learning));
  if (phase !== 'idle') {
    card.append(...runningView(training, losses, words, actions, busy));
    return card;
  }
  if (run?.state === 'awaiting-confirmation') card.append(decisionView(run, words, language, actions, busy));
  card.append(
    h('div', { class: 'waiting-count' }, h('b', {}, String(pending)), h('span', {}, words.waiting(pending))),
    ...waitingLines(training.waiting, words),
    forgets ? h('p', { class: 'muted forgets' }, words.forgets) : '',
    h('p', { class: 'muted' }, pending === 0 ? words.waitingNone : words.waitingSome),
    quietNight === null
      ? ''
      : h(
          'p',
          { class: 'muted quiet-night' },
          words.quietNight(
            formatTime(quietNight.endedAt, language),
            quietNight.corrections,
            quietNight.needed,
          ),
        ),
    // A page left open may have seen it pass: nothing is sent where nothing was trained.
    nextNight === null || new Date(nextNight) < new Date()
      ? ''
      : h('p', { class: 'muted' }, words.nextNight(formatTime(nextNight, language))),
    action('train', words.train, 'primary wide', () => actions.train(), busy || (pending === 0 && !forgets)),
  );
  return card;
}
