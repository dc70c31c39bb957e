// The conversation: its exchanges in order, the field to write in, and what a person does to them.
import { api, toWireError } from './api.js';
import { h, refill, svg } from './dom.js';
import { currentEmoji, exchangeParts, outcomeWords, type Exchange } from './exchange-view.js';
import { errorWords, type Words } from './text.js';
import type { Language, WireError, WireMessage } from './wire.js';

export interface ChatView {
  element: HTMLElement;
  /** Replaces the conversation by what the server has; messages not yet sent stay. */
  load(): Promise<void>;
  apply(message: WireMessage): void;
  unread(messageId: string, error: WireError): void;
  cleared(): void;
  messages(): WireMessage[];
}

export interface ChatContext {
  words: Words;
  language: Language;
  announce(text: string): void;
  showError(error: WireError): void;
  onChange(): void;
}

/** An answer that has not come by then may never: the person is offered to try again. */
const PATIENCE_MS = 15_000;

const unsent = (text: string, id: string): WireMessage => ({
  id,
  author: 'person',
  inReplyTo: null,
  text,
  createdAt: new Date().toISOString(),
  reading: null,
  earlier: null,
  answered: null,
  correction: null,
});

function exchangeOf(message: WireMessage, state: Exchange['state']): Exchange {
  return {
    key: message.id,
    message,
    answer: null,
    state,
    error: null,
    outcome: null,
    chosenOn: 'person',
    chosenEmoji: null,
    asking: false,
  };
}

export function createChatView(context: ChatContext): ChatView {
  const { words, language } = context;
  /** In order; by the server's id, or the page's own until then. */
  let exchanges = new Map<string, Exchange>();
  const elements = new Map<Exchange, HTMLElement>();
  let oldest: string | null = null;
  let hasOlder = false;

  const older = h(
    'button',
    { type: 'button', class: 'button quiet small more', onclick: () => void loadOlder() },
    words.older,
  );
  const list = h('div', { class: 'thread' });
  const welcome = h(
    'div',
    { class: 'welcome' },
    h('img', { src: '/icon.svg', alt: '' }),
    h('h2', {}, words.welcomeTitle),
    h('p', {}, words.welcome),
    h(
      'div',
      { class: 'examples' },
      ...words.examples.map((example) =>
        h('button', { type: 'button', class: 'button', onclick: () => void send(example) }, example),
      ),
    ),
  );
  const scroller = h(
    'div',
    { class: 'messages', tabindex: '0', role: 'region', 'aria-label': words.chat },
    welcome,
    list,
  );

  const field = h('textarea', {
    rows: '1',
    placeholder: words.placeholder,
    'aria-label': words.placeholder,
    autocomplete: 'off',
    enterkeyhint: 'send',
    oninput: fitField,
    onkeydown: (event) => {
      const key = event as KeyboardEvent;
      // While Hangul is being composed, Enter belongs to the input method.
      if (key.key !== 'Enter' || key.shiftKey || key.isComposing || key.keyCode === 229) return;
      key.preventDefault();
      submit();
    },
  });
  const arrow = svg(
    'svg',
    { viewBox: '0 0 20 20', 'aria-hidden': 'true', fill: 'none' },
    svg('path', {
      d: 'M10 16.500V4M4.500 9.300 10 3.800l5.500 5.500',
      stroke: 'currentColor',
      'stroke-width': '2.200',
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
    }),
  );
  const sendButton = h('button', {
    class: 'button primary send',
    'aria-label': words.send,
    title: words.send,
  });
  sendButton.append(arrow);
  const composer = h(
    'div',
    { class: 'composer' },
    h(
      'form',
      {
        onsubmit: (event) => {
          event.preventDefault();
          submit();
        },
      },
      field,
      sendButton,
    ),
    h('p', { class: 'keys' }, words.keys),
  );

  function fitField(): void {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }

  function isAtEnd(): boolean {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 140;
  }

  function draw(exchange: Exchange): void {
    const follow = isAtEnd();
    let element = elements.get(exchange);
    if (!element) {
      element = h('div', { class: 'exchange', role: 'article' });
      elements.set(exchange, element);
      list.append(element);
    }
    refill(
      element,
      ...exchangeParts(exchange, words, {
        choose: (...given) => void choose(...given),
        retry: (given) => void retry(given),
        confirm: (given) => void confirm(given),
      }),
    );
    welcome.hidden = exchanges.size > 0;
    if (follow) scroller.scrollTop = scroller.scrollHeight;
    context.onChange();
  }

  function drawAll(): void {
    elements.clear();
    refill(list, hasOlder && older);
    for (const exchange of exchanges.values()) draw(exchange);
    welcome.hidden = exchanges.size > 0;
    context.onChange();
  }

  function wait(exchange: Exchange): void {
    exchange.state = 'waiting';
    setTimeout(() => {
      if (exchange.state !== 'waiting') return;
      exchange.state = 'unread';
      draw(exchange);
    }, PATIENCE_MS);
  }

  /** Puts a message or an answer where it belongs; gives the exchange. */
  function place(message: WireMessage): Exchange | undefined {
    if (message.author === 'nunchi') {
      const exchange = exchanges.get(message.inReplyTo ?? '');
      if (exchange) {
        exchange.answer = message;
        exchange.state = 'settled';
        exchange.error = null;
      }
      return exchange;
    }
    let exchange = exchanges.get(message.id);
    if (exchange) exchange.message = message;
    else {
      exchange = exchangeOf(message, 'settled');
      wait(exchange);
      exchanges.set(message.id, exchange);
    }
    return exchange;
  }

  function submit(): void {
    const text = field.value;
    if (text.trim() === '') return;
    field.value = '';
    fitField();
    void send(text);
    field.focus();
  }

  async function send(text: string): Promise<void> {
    const exchange = exchangeOf(unsent(text, crypto.randomUUID()), 'sending');
    exchanges.set(exchange.key, exchange);
    draw(exchange);
    scroller.scrollTop = scroller.scrollHeight;
    await deliver(exchange);
  }

  async function deliver(exchange: Exchange): Promise<void> {
    try {
      const { message } = await api.send({ id: exchange.key, text: exchange.message.text ?? '', language });
      adopt(exchange, message);
    } catch (error) {
      exchange.state = 'not-sent';
      exchange.error = toWireError(error);
      draw(exchange);
    }
  }

  /** The server's id takes the place of the page's own; its events may have come before its answer did. */
  function adopt(exchange: Exchange, message: WireMessage): void {
    const early = exchanges.get(message.id);
    const entries = [...exchanges].filter(([, other]) => other !== early || early === exchange);
    exchanges = new Map(
      entries.map(([id, other]): [string, Exchange] =>
        other === exchange ? [message.id, exchange] : [id, other],
      ),
    );
    exchange.message = early?.message.reading ? early.message : message;
    let failed = false;
    if (early && early !== exchange) {
      elements.get(early)?.remove();
      elements.delete(early);
      exchange.answer = early.answer;
      exchange.error = early.error;
      failed = early.state === 'unread';
      // Its patience must not run out and draw it again.
      early.state = 'settled';
    }
    if (exchange.answer) exchange.state = 'settled';
    else if (failed) exchange.state = 'unread';
    else wait(exchange);
    draw(exchange);
  }

  async function retry(exchange: Exchange): Promise<void> {
    const neverArrived = exchange.state === 'not-sent';
    exchange.error = null;
    exchange.state = 'sending';
    draw(exchange);
    if (neverArrived) return deliver(exchange);
    wait(exchange);
    try {
      await api.resume(language);
    } catch (error) {
      exchange.state = 'unread';
      exchange.error = toWireError(error);
      draw(exchange);
    }
  }

  async function choose(exchange: Exchange, on: 'person' | 'nunchi', emoji: string): Promise<void> {
    if (emoji === '👎') {
      exchange.asking = !exchange.asking;
      if (exchange.asking) context.announce(words.whichIsRight);
      return draw(exchange);
    }
    const inForce = exchange.chosenEmoji === '👍' ? '👍' : currentEmoji(exchange);
    const takesBack = currentEmoji(exchange) !== null && inForce === emoji;
    // 👍 is known on the answer only.
    const target = on === 'nunchi' && exchange.answer ? exchange.answer.id : exchange.message.id;
    try {
      const result = await api.correct(target, emoji, takesBack ? 'removed' : 'added');
      exchange.outcome = result.outcome;
      exchange.asking = result.outcome === 'asks';
      exchange.chosenOn = on;
      exchange.chosenEmoji = result.correction && !takesBack ? emoji : null;
      exchange.message = { ...exchange.message, correction: result.correction };
      draw(exchange);
      context.announce(outcomeWords(exchange, words)?.text ?? '');
    } catch (error) {
      context.showError(toWireError(error));
    }
  }

  async function confirm(exchange: Exchange): Promise<void> {
    const emoji = currentEmoji(exchange);
    if (emoji === null) return;
    try {
      const { outcome, correction } = await api.correct(exchange.message.id, emoji, 'confirmed');
      exchange.outcome = outcome;
      exchange.message = { ...exchange.message, correction };
      draw(exchange);
      context.announce(outcomeWords(exchange, words)?.text ?? '');
    } catch (error) {
      context.showError(toWireError(error));
    }
  }

  async function loadOlder(): Promise<void> {
    try {
      const page = await api.history(oldest ?? undefined);
      const newer = [...exchanges.values()];
      exchanges = new Map();
      for (const message of page.messages) place(message);
      for (const exchange of newer) exchanges.set(exchange.message.id, exchange);
      // An answer at the head of the newer page belongs to a message of this one.
      oldest = page.oldest;
      hasOlder = page.more;
      const height = scroller.scrollHeight;
      drawAll();
      scroller.scrollTop += scroller.scrollHeight - height;
    } catch (error) {
      context.showError(toWireError(error));
    }
  }

  return {
    element: h('main', { class: 'chat' }, scroller, composer),

    async load() {
      const page = await api.history();
      const local = [...exchanges.values()].filter(
        (exchange) => exchange.state === 'sending' || exchange.state === 'not-sent',
      );
      const known = exchanges;
      exchanges = new Map();
      for (const message of page.messages) {
        const exchange = place(message);
        const before = known.get(message.id);
        if (exchange && before && message.author === 'person') {
          exchange.chosenOn = before.chosenOn;
          exchange.chosenEmoji = before.chosenEmoji;
        }
      }
      for (const exchange of local) exchanges.set(exchange.key, exchange);
      oldest = page.oldest;
      hasOlder = page.more;
      drawAll();
      scroller.scrollTop = scroller.scrollHeight;
    },

    apply(message) {
      const exchange = place(message);
      if (!exchange) return;
      draw(exchange);
      if (message.author === 'nunchi' && message.text !== null) context.announce(`Nunchi: ${message.text}`);
    },

    unread(messageId, error) {
      const exchange = exchanges.get(messageId);
      if (!exchange) return;
      exchange.state = 'unread';
      exchange.error = error;
      draw(exchange);
      context.announce(`${words.unread} ${errorWords(words, error).message}`);
    },

    cleared() {
      exchanges = new Map();
      hasOlder = false;
      oldest = null;
      drawAll();
    },

    messages: () => [...exchanges.values()].map((exchange) => exchange.message),
  };
}
