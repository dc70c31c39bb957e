// Who asks in the tests of requests, and what the dispatcher would have found out about them.
import type { RequestContext, RequestOf } from '../../../src/chat/requests/handler.js';
import type { Asker } from '../../../src/chat/requests.js';
import { DEFAULT_SETTINGS } from '../../../src/chat/settings.js';

export const ASKER: Asker = {
  platform: 'slack',
  communityId: 'T1',
  channelId: 'C1',
  person: { id: 'kim', roleIds: [], moderates: true },
  language: 'en',
  requestId: 'request-1',
};

export function aContext(change: Partial<RequestContext> = {}): RequestContext {
  return { settings: DEFAULT_SETTINGS, moderator: true, language: 'en', ...change };
}

export function pressing(buttonId: string, asker: Partial<Asker> = {}): RequestOf<'button'> {
  return { ...ASKER, ...asker, type: 'button', buttonId };
}

export const HANGUL = /\p{Script=Hangul}/u;
export const LANGUAGES = ['ko', 'en'] as const;
