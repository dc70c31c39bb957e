// Who may ask what: the one place that says so. Everything that is not named here is for everybody.
import type { ChatRequest } from '../requests.js';
import type { Refusal } from './refusals.js';

/** What the ids of buttons begin with that only moderators press. */
const MODERATORS_BUTTON = /^(queue|model):/u;

/** What is said to those who do not moderate, or null where they may ask it as well. */
export function moderatorsOnly(request: ChatRequest): Refusal | null {
  switch (request.type) {
    case 'queue':
      return 'moderators-only';
    case 'button':
      return MODERATORS_BUTTON.test(request.buttonId) ? 'moderators-only' : null;
    case 'model':
      return ['rollback', 'promote', 'train'].includes(request.action) ? 'moderators-only' : null;
    case 'settings':
      return request.change === null ? null : 'moderators-only';
    case 'report':
      return request.share ? 'sharing' : null;
    case 'dialog':
      return ownTextOf(request.text) === null ? null : 'own-text';
    case 'help':
    case 'check':
    case 'read':
    case 'why':
    case 'correct':
    case 'privacy':
      return null;
  }
}

/** A text field that was left empty is no text. */
export function ownTextOf(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}
