// Asks for the access token where Nunchi is bound beyond this machine.
import { api, toWireError } from './api.js';
import { h } from './dom.js';
import { errorWords, type Words } from './text.js';

export function loginView(words: Words, onDone: () => void): HTMLElement {
  const field = h('input', {
    type: 'password',
    name: 'token',
    autocomplete: 'current-password',
    required: true,
  });
  const said = h('p', { class: 'notice', role: 'alert', hidden: true });
  const form = h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        void logIn();
      },
    },
    h('img', { src: '/icon.svg', alt: '' }),
    h('h1', {}, 'Nunchi'),
    h('p', { class: 'muted' }, words.loginText),
    h('label', {}, words.token, field),
    said,
    h('button', { class: 'button primary' }, words.login),
  );

  async function logIn(): Promise<void> {
    try {
      await api.login(field.value);
      onDone();
    } catch (error) {
      const { message, hint } = errorWords(words, toWireError(error));
      said.textContent = [message, hint].filter((part) => part !== undefined).join(' ');
      said.hidden = false;
      field.select();
    }
  }

  return h('main', { class: 'login' }, form);
}
