// One exchange: a person's message, Nunchi's answer with the reading, and the feedback under both.
import { h } from './dom.js';
import { readingView, shortReading } from './reading-view.js';
import { errorWords, type Words } from './text.js';
import type { Label, WireError, WireMessage, WireOutcome } from './wire.js';

export interface Exchange {
  /** The page's own id until the server has given one. */
  key: string;
  message: WireMessage;
  answer: WireMessage | null;
  state: 'sending' | 'waiting' | 'settled' | 'not-sent' | 'unread';
  error: WireError | null;
  /** What the last choice of an emoji came to, on this page. */
  outcome: WireOutcome | null;
  /** Where the emoji was chosen last. */
  chosenOn: 'person' | 'nunchi';
  chosenEmoji: string | null;
  /** 👎 was chosen: the right label is asked for. */
  asking: boolean;
}

export interface ExchangeActions {
  choose(exchange: Exchange, on: 'person' | 'nunchi', emoji: string): void;
  retry(exchange: Exchange): void;
  /** Says the correction once more, for which it waits. */
  confirm(exchange: Exchange): void;
}

const LABEL_EMOJI: Record<Label, string> = { positive: '🟢', neutral: '⚪', negative: '🔴' };
const ON_MESSAGE = ['🟢', '⚪', '🔴', '❌'];
const ON_ANSWER = ['👍', '👎', ...ON_MESSAGE];

/** The emoji that stands for the correction in force, if there is one. */
export function currentEmoji(exchange: Exchange): string | null {
  const { correction } = exchange.message;
  if (!correction) return null;
  return correction.label === null ? '❌' : LABEL_EMOJI[correction.label];
}

function isPressed(exchange: Exchange, on: 'person' | 'nunchi', emoji: string): boolean {
  if (emoji === '👎') return exchange.asking;
  const current = currentEmoji(exchange);
  if (emoji === '👍') return current !== null && exchange.chosenEmoji === '👍';
  const confirmed = on === 'nunchi' && exchange.chosenEmoji === '👍';
  return current === emoji && !confirmed;
}

function feedback(
  exchange: Exchange,
  on: 'person' | 'nunchi',
  words: Words,
  actions: ExchangeActions,
): HTMLElement {
  const asking = on === 'nunchi' && exchange.asking;
  const offered = on === 'person' ? ON_MESSAGE : ON_ANSWER;
  const row = h('div', {
    class: asking ? 'feedback asking' : 'feedback',
    role: 'group',
    'aria-label': on === 'person' ? words.feedbackOnMessage : words.feedbackOnAnswer,
  });
  if (asking) row.append(h('span', { class: 'question' }, words.whichIsRight));
  for (const emoji of asking ? ['👎', ...ON_MESSAGE] : offered) {
    const label = Object.entries(LABEL_EMOJI).find(([, value]) => value === emoji)?.[0] as Label | undefined;
    const word = label ? words.labels[label] : emoji === '❌' ? words.forget : null;
    row.append(
      h(
        'button',
        {
          type: 'button',
          title: words.emoji[emoji],
          'aria-label': words.emoji[emoji],
          'aria-pressed': String(isPressed(exchange, on, emoji)),
          'data-emoji': emoji,
          'data-key': `${exchange.key} ${on} ${emoji}`,
          onclick: () => actions.choose(exchange, on, emoji),
        },
        emoji,
        asking && word !== null && h('span', { class: 'word' }, word),
      ),
    );
  }
  return row;
}

/** What became of the correction, in words. */
export function outcomeWords(exchange: Exchange, words: Words): { kind: string; text: string } | null {
  const { correction } = exchange.message;
  if (!correction) {
    if (exchange.outcome === null || exchange.outcome === 'asks') return null;
    return {
      kind: exchange.outcome === 'taken-back' ? 'plain' : 'refused',
      text: words.outcomes[exchange.outcome],
    };
  }
  if (correction.label === null) return { kind: 'plain', text: words.outcomes.forgotten };
  const label = words.labels[correction.label];
  if (correction.learned) return { kind: 'learned', text: words.alreadyLearned(label) };
  if (!correction.trainable) return { kind: 'refused', text: words.outcomes['not-trainable'] };
  if (correction.waitsFor === 'author')
    return { kind: 'refused', text: words.outcomes['awaits-confirmation'] };
  if (correction.waitsFor === 'moderator') return { kind: 'refused', text: words.outcomes['awaits-second'] };
  return { kind: 'learned', text: words.learnedAs(label) };
}

function outcomeView(exchange: Exchange, words: Words, actions: ExchangeActions): HTMLElement | null {
  const outcome = outcomeWords(exchange, words);
  if (!outcome) return null;
  const mark = outcome.kind === 'learned' ? '✓' : outcome.kind === 'refused' ? '!' : '·';
  return h(
    'div',
    { class: 'outcome', 'data-kind': outcome.kind },
    h('span', { 'aria-hidden': 'true' }, mark),
    h('span', {}, outcome.text),
    exchange.message.correction?.waitsFor === 'author' &&
      h(
        'button',
        {
          type: 'button',
          class: 'button small',
          'data-key': `${exchange.key} confirm`,
          onclick: () => actions.confirm(exchange),
        },
        words.itIsRight,
      ),
  );
}

function waitingView(exchange: Exchange, words: Words, actions: ExchangeActions): HTMLElement | null {
  if (exchange.state === 'waiting' || exchange.state === 'sending') {
    const dots = h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    return h('div', { class: 'waiting' }, dots, words.reading);
  }
  if (exchange.state === 'settled') return null;
  const said = exchange.error ? errorWords(words, exchange.error) : null;
  return h(
    'div',
    { class: 'waiting' },
    h(
      'span',
      {},
      [exchange.state === 'unread' ? words.unread : words.notSent, said?.message, said?.hint]
        .filter((part) => part !== undefined)
        .join(' '),
    ),
    h(
      'button',
      {
        type: 'button',
        class: 'button small',
        'data-key': `${exchange.key} retry`,
        onclick: () => actions.retry(exchange),
      },
      words.again,
    ),
  );
}

function answerView(exchange: Exchange, words: Words, actions: ExchangeActions): HTMLElement | null {
  const { message, answer } = exchange;
  if (!answer || answer.text === null) return null;
  const reading = message.answered;
  const bubble = h('div', { class: 'bubble' }, h('p', { class: 'sentence' }, answer.text));
  if (reading) bubble.append(...readingView(reading, words, answer.id));
  if (message.earlier && message.reading) {
    bubble.append(
      h(
        'div',
        { class: 'reread' },
        h('span', {}, words.rereadTitle),
        shortReading(message.earlier, words),
        h('span', { 'aria-label': words.becomes, role: 'img' }, '→'),
        shortReading(message.reading, words),
      ),
    );
  }
  return h(
    'div',
    { class: 'message nunchi', 'data-id': answer.id },
    h('span', { class: 'visually-hidden' }, 'Nunchi'),
    bubble,
    reading !== null && feedback(exchange, 'nunchi', words, actions),
    reading !== null && exchange.chosenOn === 'nunchi' && outcomeView(exchange, words, actions),
  );
}

export function exchangeParts(exchange: Exchange, words: Words, actions: ExchangeActions): HTMLElement[] {
  const { message, answer } = exchange;
  // Help and kind words are no readings: there is nothing to correct.
  const correctable = message.reading !== null;
  const person = h(
    'div',
    { class: 'message person', 'data-id': message.id },
    h('span', { class: 'visually-hidden' }, words.you),
    h('div', { class: 'bubble' }, message.text ?? ''),
    correctable && feedback(exchange, 'person', words, actions),
    correctable && (exchange.chosenOn === 'person' || !answer) && outcomeView(exchange, words, actions),
  );
  const below = answerView(exchange, words, actions) ?? waitingView(exchange, words, actions);
  return below ? [person, below] : [person];
}
