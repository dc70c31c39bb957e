// Starts the page: language, log-in, the two halves, and live updates between them.
import { api, toWireError } from './api.js';
import { createChatView } from './chat-view.js';
import { h } from './dom.js';
import { connect } from './events.js';
import { loginView } from './login-view.js';
import { createPanelView } from './panel-view.js';
import { errorWords, preferredLanguage, rememberLanguage, wordsIn, type Words } from './text.js';
import type { Language, WireError } from './wire.js';

function errorNotice(words: Words, error: WireError, onDismiss: () => void): HTMLElement {
  const { message, hint } = errorWords(words, error);
  return h(
    'div',
    { class: 'notice', role: 'alert' },
    h(
      'div',
      { class: 'words' },
      h('strong', {}, message),
      hint === undefined ? null : h('span', { class: 'hint' }, hint),
    ),
    h('button', { type: 'button', class: 'button quiet small', onclick: onDismiss }, words.dismiss),
  );
}

/** Asks before what cannot be undone; resolves to whether it was confirmed. */
function askWith(words: Words) {
  return (title: string, text: string, confirm: string): Promise<boolean> =>
    new Promise((resolve) => {
      const dialog = h(
        'dialog',
        {
          'aria-label': title,
          onclose: () => {
            dialog.remove();
            resolve(dialog.returnValue === 'yes');
          },
        },
        h('h2', {}, title),
        h('p', {}, text),
        h(
          'div',
          { class: 'actions' },
          h('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, words.cancel),
          h(
            'button',
            { type: 'button', class: 'button primary', onclick: () => dialog.close('yes') },
            confirm,
          ),
        ),
      );
      document.body.append(dialog);
      dialog.showModal();
    });
}

function startApp(language: Language): void {
  const words = wordsIn(language);
  const live = h('div', { class: 'visually-hidden', 'aria-live': 'polite', role: 'status' });
  const connection = h('span', { class: 'words' });
  const indicator = h('span', { class: 'connection', role: 'status' }, connection);
  const announce = (text: string) => {
    if (text !== '') live.textContent = text;
  };
  const showError = (error: WireError) => {
    const composer = chat.element.querySelector('.composer');
    composer?.querySelector('.notice')?.remove();
    const notice = errorNotice(words, error, () => notice.remove());
    composer?.prepend(notice);
    if (matchMedia('(max-width: 940px)').matches) openPanel(false);
  };

  const chat = createChatView({
    words,
    language,
    announce,
    showError,
    onChange: () => panel.showMessages(chat.messages()),
  });
  const panel = createPanelView({
    words,
    language,
    announce,
    showError,
    close: () => openPanel(false),
    ask: askWith(words),
  });

  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'button small panel-toggle',
      'aria-controls': 'panel',
      'aria-expanded': 'false',
      'aria-label': words.openPanel,
      onclick: () => openPanel(!panel.element.classList.contains('open')),
    },
    words.panel,
  );

  function openPanel(open: boolean): void {
    if (open === panel.element.classList.contains('open')) return;
    panel.element.classList.toggle('open', open);
    toggle.setAttribute('aria-expanded', String(open));
    if (open) panel.element.querySelector<HTMLElement>('.close')?.focus();
    else toggle.focus();
  }

  const other: Language = language === 'ko' ? 'en' : 'ko';
  const header = h(
    'header',
    { class: 'header' },
    h(
      'div',
      { class: 'brand' },
      h('img', { src: '/icon.svg', alt: '' }),
      h('h1', {}, language === 'ko' ? '눈치' : 'Nunchi'),
      h('p', {}, words.tagline),
    ),
    h('span', { class: 'spacer' }),
    indicator,
    h(
      'button',
      {
        type: 'button',
        class: 'button quiet small',
        lang: other,
        title: words.switchLanguage,
        onclick: () => {
          rememberLanguage(other);
          location.reload();
        },
      },
      words.otherLanguage,
    ),
    toggle,
  );
  const scrim = h('div', { class: 'scrim', onclick: () => openPanel(false) });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !document.querySelector('dialog[open]')) openPanel(false);
  });
  document.body.replaceChildren(h('div', { class: 'app' }, header, chat.element, panel.element, scrim), live);
  chat.element.querySelector('textarea')?.focus();

  async function loadAll(): Promise<void> {
    try {
      const [state] = await Promise.all([api.state(), chat.load()]);
      panel.show(state);
    } catch (error) {
      showError(toWireError(error));
    }
  }

  connect(
    {
      message: (message) => chat.apply(message),
      update: (message) => chat.apply(message),
      unread: ({ messageId, error }) => chat.unread(messageId, error),
      reread: ({ text }) => announce(text === null ? words.changes : `${words.rereadTitle} ${text}`),
      training: (training) => panel.showTraining(training),
      state: (state) => panel.show(state),
      cleared: () => chat.cleared(),
      resync: () => void loadAll(),
    },
    () => void loadAll(),
    (state) => {
      indicator.dataset.state = state;
      connection.textContent = state === 'live' ? words.live : words.lost;
    },
  );
}

async function boot(): Promise<void> {
  const language = preferredLanguage();
  document.documentElement.lang = language;
  const words = wordsIn(language);
  document.title = language === 'ko' ? '눈치' : 'Nunchi';
  try {
    const session = await api.session();
    if (session.allowed) startApp(language);
    else document.body.replaceChildren(loginView(words, () => startApp(language)));
  } catch (error) {
    document.body.replaceChildren(errorNotice(words, toWireError(error), () => location.reload()));
  }
}

void boot();
