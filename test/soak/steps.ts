// What can happen in a soak, as plain data: numbers for people, places and messages, the same on both platforms.

export const PLATFORMS = ['discord', 'slack'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** `positive` to `forget` are feedback everywhere, `up` under an answer; `down` asks there; the rest is ordinary traffic. */
export const EMOJI = ['positive', 'neutral', 'negative', 'forget', 'up', 'down', 'heart', 'joy'] as const;
export type Emoji = (typeof EMOJI)[number];

/** Places from 0 are channels with everybody in them, those after them direct conversations. */
export const CHANNELS = 8;
export const DIRECT = 3;
/** The first ones moderate. The last one only uses commands. */
export const PEOPLE = 12;
export const MODERATORS = 3;
/** People who come only for floods are numbered after the others. */
export const CROWD = 1_000;

export const isDirect = (place: number) => place >= CHANNELS;
/** Whose direct conversation it is. */
export const personOfDirect = (place: number) => place - CHANNELS;

/** How a message speaks to Nunchi, if it does. */
export type Kind = 'overheard' | 'mention' | 'direct' | 'reply';

export interface SaidMessage {
  id: number;
  platform: Platform;
  place: number;
  author: number;
  kind: Kind;
  text: string;
  /** `reply`: the message to whose answer it replies. */
  repliesTo: number | null;
  /** Slack: the message that begins the thread. */
  thread: number | null;
}

export interface Reaction {
  message: number;
  /** Under Nunchi's answer to the message. */
  onAnswer: boolean;
  person: number;
  emoji: Emoji;
}

export const LINE_TROUBLES = {
  discord: ['drop', 'reconnect', 'close-4000', 'invalid-resumable', 'invalid', 'timed-out', 'forgotten'],
  slack: ['drop', 'refresh', 'warning'],
} as const;

export type Step =
  | ({ type: 'message' } & SaidMessage)
  | { type: 'edit'; message: number; text: string }
  | { type: 'deletion'; message: number }
  | ({ type: 'reaction' } & Reaction)
  | ({ type: 'reaction-taken-back' } & Reaction)
  /** Discord alone; null: all of them. */
  | { type: 'reactions-cleared'; message: number; emoji: Emoji | null }
  | { type: 'command'; platform: Platform; place: number; name: string }
  /** The whole crowd reacts. */
  | { type: 'flood'; message: number; emoji: Emoji }
  | { type: 'line'; platform: 'discord'; trouble: (typeof LINE_TROUBLES.discord)[number] }
  | { type: 'line'; platform: 'slack'; trouble: (typeof LINE_TROUBLES.slack)[number] }
  /** Slack sends something again that it has sent before. */
  | { type: 'redelivery' }
  /** The next calls of some methods fail, are refused for a while or lose their answer. */
  | { type: 'faults'; which: number }
  | { type: 'kill' }
  /** After a kill. @param wait for it to be ready before anything else happens */
  | { type: 'start'; wait: boolean };

/** How many events a step counts as; what happens to lines and processes is no event. */
export function eventsIn({ type }: Step): number {
  if (type === 'flood') return CROWD;
  return ['line', 'redelivery', 'faults', 'kill', 'start'].includes(type) ? 0 : 1;
}

export interface Round {
  steps: Step[];
  /** Nothing is cut or killed in it. */
  calm: boolean;
}
