// What answers one type of request. Whether the person may ask it was decided before it is called.
import type { Language } from '../platform.js';
import type { ChatAnswer, ChatRequest } from '../requests.js';
import type { CommunitySettings } from '../settings.js';

export type RequestType = ChatRequest['type'];
export type RequestOf<Type extends RequestType> = Extract<ChatRequest, { type: Type }>;

export interface RequestContext {
  /** Of the community in which it is asked. */
  settings: CommunitySettings;
  /** Whether the person who asks moderates there. */
  moderator: boolean;
  /** Of what is said to the person who asks. */
  language: Language;
}

/** @throws NunchiError what went wrong; it is said to the person */
export type RequestHandler<Type extends RequestType = RequestType> = (
  request: RequestOf<Type>,
  context: RequestContext,
) => Promise<ChatAnswer>;

/** What answers the buttons whose ids begin with one word before a colon. */
export type PressHandler = (
  buttonId: string,
  request: RequestOf<'button'>,
  context: RequestContext,
) => Promise<ChatAnswer>;

export type RequestHandlers = { [Type in RequestType]: RequestHandler<Type> };
