// Why Nunchi does not do what a person asks: thrown where it is noticed, said in the person's language in one place.
import { serializeError, type ErrorCode } from '../../errors.js';
import type { Language } from '../platform.js';

export type Refusal =
  | 'moderators-only'
  | 'sharing'
  | 'own-text'
  | 'author-left-out'
  | 'asker-left-out'
  | 'unknown-message'
  | 'text-erased'
  | 'unknown-button'
  | 'unavailable';

/** Nothing went wrong: it is not to be done. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal);
    this.name = 'Refused';
  }
}

const REFUSALS: Record<Language, Record<Refusal, string>> = {
  ko: {
    'moderators-only': '운영진만 할 수 있는 일이에요. 필요하시면 운영진에게 부탁해 주세요.',
    sharing: '보고서를 모두에게 보여 주는 것은 운영진만 할 수 있어요. 혼자 보시는 것은 언제든 괜찮아요.',
    'own-text':
      '글을 직접 쓰는 것은 운영진만 할 수 있어요. 아무것도 저장하지 않았으니, 글은 비우고 라벨만 골라 주세요.',
    'author-left-out': '이 글을 쓰신 분은 제가 읽지 않기를 바라셨어요. 그래서 읽지도 저장하지도 않아요.',
    'asker-left-out':
      '저에게서 빠지기로 하셔서 아무것도 기록하지 않았어요. 다시 함께하시려면 privacy 명령에서 바꿔 주세요.',
    'unknown-message': '그 메시지를 찾지 못했어요. 지워졌거나 이곳의 메시지가 아니에요.',
    'text-erased': '그 메시지의 글은 이미 지워져서 읽을 수 없어요.',
    'unknown-button': '이 버튼은 이제 쓸 수 없어요. 명령을 다시 불러 주세요.',
    unavailable: '여기서는 쓸 수 없는 기능이에요. 도움말에서 할 수 있는 일을 볼 수 있어요.',
  },
  en: {
    'moderators-only': 'Only moderators can do that here. If you need it, please ask one of them.',
    sharing: 'Only moderators can show a report to everybody. You can have it for yourself at any time.',
    'own-text':
      'Only moderators can write a text of their own. Nothing was stored: please leave the text empty and choose a label.',
    'author-left-out': 'Whoever wrote this asked to be left out, so I neither read nor keep it.',
    'asker-left-out':
      'You asked to be left out, so I recorded nothing. To take part again, change that with the privacy command.',
    'unknown-message': 'I cannot find that message. It is gone, or it is not from here.',
    'text-erased': 'The text of that message is erased already, so I cannot read it.',
    'unknown-button': 'This button no longer works. Please use the command again.',
    unavailable: 'That cannot be done here. The help lists what can.',
  },
};

/** Errors that are part of the life of an installation; every other one is a fault. */
const EXPECTED: Record<Language, Partial<Record<ErrorCode, string>>> = {
  ko: {
    busy: '지금은 바빠서 하지 못했어요. 잠시 뒤에 다시 해 주세요.',
    'serving-stopped': '지금 멈추는 중이라 읽지 못했어요. 잠시 뒤에 다시 해 주세요.',
    'training-running': '지금 학습하고 있어요. 끝난 뒤에 다시 해 주세요.',
    'not-enough-data': '학습하기에는 바로잡은 것이 아직 모자라요. 조금 더 모아 주세요.',
    'not-found': '찾으시는 것이 없어요. 그사이 지워졌을 수 있어요.',
    forbidden: REFUSALS.ko['moderators-only'],
  },
  en: {
    busy: 'I am too busy for that right now. Please try again in a moment.',
    'serving-stopped': 'I am shutting down, so I could not read it. Please try again in a moment.',
    'training-running': 'A training is under way. Please try again when it has ended.',
    'not-enough-data': 'There are too few corrections to train on yet. Please give a few more.',
    'not-found': 'I cannot find that. It may be gone by now.',
    forbidden: REFUSALS.en['moderators-only'],
  },
};

const FAULT: Record<Language, string> = {
  ko: '문제가 생겨서 하지 못했어요. 잠시 뒤에 다시 해 보시고, 계속 안 되면 운영자에게 알려 주세요.',
  en: 'Something went wrong here. Please try again in a moment; if it goes on, tell the operator.',
};

/** @returns `fault` where somebody has to look into it */
export function sayError(error: unknown, language: Language): { text: string; fault: boolean } {
  if (error instanceof Refused) return { text: REFUSALS[language][error.refusal], fault: false };
  const { code, message, hint } = serializeError(error);
  if (code === 'invalid-input') {
    const detail = hint === undefined ? message : `${message} (${hint})`;
    return {
      text: language === 'ko' ? `받아들일 수 없는 값이에요: ${detail}` : `I cannot take that: ${detail}`,
      fault: false,
    };
  }
  const expected = EXPECTED[language][code];
  return expected === undefined ? { text: FAULT[language], fault: true } : { text: expected, fault: false };
}
