// What people are told about what is kept of them, by the rules of their platform. Korean and English.
import type { PersonalData } from '../../store/contracts/people.js';
import { formatCount } from '../../svg.js';
import type { PlatformRules } from '../platform-rules.js';
import type { TrainingUse } from '../training-use.js';
import type { Language } from '../platform.js';

type Words = Record<Language, string>;

export interface PersonalCounts {
  messages: number;
  /** Of them, those whose text is still there. */
  texts: number;
  readings: number;
  feedback: number;
}

export function countData({ messages, feedback }: PersonalData): PersonalCounts {
  return {
    messages: messages.length,
    texts: messages.filter(({ text }) => text !== null).length,
    readings: messages.reduce((sum, { readings }) => sum + readings.length, 0),
    feedback: feedback.length,
  };
}

export const PRIVACY_WORDS = {
  delete: { ko: '모두 지우기', en: 'Delete it all' },
  keep: { ko: '그만두기', en: 'Keep it' },
  kept: { ko: '아무것도 지우지 않았어요.', en: 'Nothing was deleted.' },
  nothing: {
    ko: '저장된 것이 없어서 지울 것도 없어요.',
    en: 'Nothing that I keep leads to you, so there is nothing to delete.',
  },
  leftOut: {
    ko: '이제부터 쓰시는 메시지는 읽지도 남기지도 않고, 누르시는 이모지도 받지 않아요. 저를 불러 말을 거시면 대답은 하지만 글은 바로 지워요. 지금까지 남은 것은 개인정보 명령의 delete로 지울 수 있고, come-back으로 언제든 되돌릴 수 있어요.',
    en: 'From now on I neither read nor keep your messages, and your emoji count for nothing. Where you speak to me I answer, and erase the text at once. What is kept so far goes with "delete" of the privacy command; "come-back" undoes this at any time.',
  },
  cameBack: {
    ko: '다시 함께해요. 이제부터 쓰시는 메시지는 다른 사람들 것과 똑같이 다룰게요.',
    en: 'Welcome back. From now on your messages are treated like those of everybody else.',
  },
  unknownButton: {
    ko: '이 버튼은 이제 쓰이지 않아요. 개인정보 명령을 다시 불러 주세요.',
    en: 'This button is no longer in use. Please give the privacy command again.',
  },
  exported: {
    ko: '저장된 것을 모두 담았어요. 이 파일은 혼자만 볼 수 있게 보내 드려요.',
    en: 'This file holds everything that I keep of you. Nobody else is shown it.',
  },
} as const satisfies Record<string, Words>;

const LEARNING: Record<Language, Record<TrainingUse, (kept: string) => string>> = {
  ko: {
    off: () => '여기서 쓴 글은 학습에 쓰지 않아요.',
    authored: () => '여기서 쓴 글은 학습에 쓰지 않아요. 운영진이 고치기 창에 직접 적은 글만 배워요.',
    messages: (kept) =>
      `틀리게 읽은 글을 누군가 고쳐 주면 그 글과 정정을 배워요. 그런 글은 ${kept}이 지나도 지우기 전까지 남아요.`,
  },
  en: {
    off: () => 'Nothing that is written here is used for training.',
    authored: () =>
      'Messages from here are not used for training; I learn only from texts that moderators write into the correction dialog themselves.',
    messages: (kept) =>
      `When somebody corrects a reading, I learn from the message and its correction. Such a text stays beyond the ${kept}, until it is deleted.`,
  },
};

/** Three days and more in days. */
function sayHours(hours: number, language: Language): string {
  const inDays = hours >= 72 && hours % 24 === 0;
  const count = inDays ? hours / 24 : hours;
  if (language === 'ko') return `${count}${inDays ? '일' : '시간'}`;
  return `${count} ${inDays ? 'day' : 'hour'}${count === 1 ? '' : 's'}`;
}

export function sayPrivacy(rules: PlatformRules, data: PersonalData, language: Language): string {
  const { training, textHours } = rules;
  const kept = sayHours(textHours, language);
  const counts = countData(data);
  const learning = LEARNING[language][training](kept);
  if (language === 'ko') {
    return [
      '제가 저장하는 것은 이래요.',
      `• 읽은 메시지의 글: 암호화해서 ${kept} 동안 두었다가 지워요. 메시지를 지우시면 글도 바로 지워요.`,
      '• 읽은 결과와 받은 이모지·정정: 글 없이 남아요. 누구 것인지는 이름이 아니라, 거꾸로 알아낼 수 없는 표식으로만 구별해요.',
      `• 학습: ${learning}`,
      '• 보고: 다섯 명 이상이 쓴 때만 채널이나 커뮤니티 전체로 보여 드려요. 한 사람의 분위기는 누구에게도 보여 주지 않아요.',
      data.leftOut
        ? `지금은 빠져 계세요. 남아 있는 것: ${sayCounts(counts, language)}.`
        : `지금 남아 있는 것: ${sayCounts(counts, language)}.`,
      '개인정보 명령으로 파일로 받기(export), 지우기(delete), 앞으로 빠지기(leave-out)를 고를 수 있어요.',
    ].join('\n');
  }
  return [
    'This is what I keep:',
    `• Texts of messages that I read: encrypted, for ${kept}. When you delete a message, its text goes at once.`,
    '• What I read in them, and the emoji and corrections that people gave: without the text. Whose they are is kept as a mark that cannot be turned back into a name.',
    `• Training: ${learning}`,
    '• Reports: only of channels and communities, and only of times in which at least five people wrote. Nobody is shown the mood of one person.',
    data.leftOut
      ? `You are left out at present. Kept of you: ${sayCounts(counts, language)}.`
      : `Kept of you now: ${sayCounts(counts, language)}.`,
    'The privacy command also gives you a file of it (export), deletes it (delete) and leaves you out from now on (leave-out).',
  ].join('\n');
}

export function sayCounts(counts: PersonalCounts, language: Language): string {
  const { messages, texts, readings, feedback } = counts;
  if (language === 'ko') {
    return `메시지 ${formatCount(messages)}개(글이 남은 것 ${formatCount(texts)}개), 읽은 결과 ${formatCount(readings)}개, 이모지와 정정 ${formatCount(feedback)}개`;
  }
  const of = (count: number, one: string, many: string) =>
    `${formatCount(count)} ${count === 1 ? one : many}`;
  return `${of(messages, 'message', 'messages')} (${formatCount(texts)} with the text), ${of(readings, 'reading', 'readings')}, ${of(feedback, 'emoji or correction', 'emoji and corrections')}`;
}

export function sayDeleteQuestion(counts: PersonalCounts, training: TrainingUse, language: Language): string {
  if (language === 'ko') {
    const learned =
      training === 'messages' ? ' 이미 그 글로 배운 모델은 48시간 안에 그 글 없이 새로 만들어져요.' : '';
    return `지울 것: ${sayCounts(counts, language)}. 저장된 글과 그 글에 제가 한 대답을 지우고, 나머지는 누구 것인지 알 수 없게 만들어요. 채팅에 보이는 메시지는 그대로 있어요.${learned} 되돌릴 수 없어요. 모두 지울까요?`;
  }
  const learned =
    training === 'messages'
      ? ' A model that has learned from them is made anew without them within 48 hours.'
      : '';
  return `To delete: ${sayCounts(counts, language)}. The stored texts go, and my answers to them; the rest is cut loose, so that it leads to nobody. What stands in the chat stays there.${learned} This cannot be undone. Shall I delete it all?`;
}

export function sayDeleted(texts: number, leftOut: boolean, language: Language): string {
  if (language === 'ko') {
    const stays = leftOut
      ? '빼 달라고 하신 부탁만 그대로 기억해요.'
      : '앞으로도 남기지 않으려면 개인정보 명령의 leave-out을 골라 주세요.';
    return `글 ${formatCount(texts)}개를 지웠고, 남은 어떤 것도 이제 누구 것인지 알 수 없어요. ${stays}`;
  }
  const stays = leftOut
    ? 'I remember only that you asked to be left out.'
    : 'To have nothing kept in the future either, choose "leave-out" of the privacy command.';
  return `I erased ${texts === 1 ? 'one text' : `${formatCount(texts)} texts`}, and nothing that is kept leads to you any more. ${stays}`;
}
