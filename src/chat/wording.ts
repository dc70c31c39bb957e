// What Nunchi says, Korean and English. Several wordings each, chosen by the message's id, so that a retry says the same.
import type { Label, Reading } from '../labels.js';
import type { Explanation } from '../serve/explanation.js';
import type { Distress } from './distress.js';
import type { Language } from './platform.js';

/** Placeholders: `{percent}`. Every figure comes from the reading itself. */
const SURE: Record<Language, Record<Label, readonly string[]>> = {
  ko: {
    positive: [
      '좋은 마음이 느껴져요. {percent}% 확신으로 긍정이에요.',
      '밝은 기운이네요! 긍정으로 읽었어요({percent}%).',
      '기분 좋은 말로 들려요. 긍정 {percent}%예요.',
    ],
    neutral: [
      '담담한 말로 들려요. 중립 {percent}%예요.',
      '어느 쪽으로도 기울지 않은 것 같아요. 중립으로 읽었어요({percent}%).',
      '차분하네요. {percent}% 확신으로 중립이에요.',
    ],
    negative: [
      '마음이 편치 않아 보여요. 부정 {percent}%로 읽었어요.',
      '속상함이 묻어나는 말 같아요. 부정으로 읽었어요({percent}%).',
      '기분이 가라앉은 것 같네요. {percent}% 확신으로 부정이에요.',
    ],
  },
  en: {
    positive: [
      'That sounds happy. I read it as positive, {percent}% sure.',
      'There is warmth in that. Positive, {percent}%.',
      'A bright one! I would say positive ({percent}%).',
    ],
    neutral: [
      'That sounds matter-of-fact. Neutral, {percent}%.',
      'It leans neither way to me. I read it as neutral, {percent}% sure.',
      'Calm and even. I would say neutral ({percent}%).',
    ],
    negative: [
      'That does not sound happy. I read it as negative, {percent}% sure.',
      'I hear some displeasure there. Negative, {percent}%.',
      'That seems to weigh on you. I would say negative ({percent}%).',
    ],
  },
};

const NOT_SURE: Record<Language, readonly string[]> = {
  ko: [
    '잘 모르겠어요. 굳이 고르자면 {label}인데 {percent}%뿐이에요.',
    '눈치채기 어렵네요. {label}일 수도 있어요({percent}%).',
    '확신이 안 서요. {label} 쪽에 조금 가까워요({percent}%).',
  ],
  en: [
    'I am not sure. If I had to pick: {label}, but only {percent}%.',
    'Hard to tell. It might be {label} ({percent}%).',
    'I cannot say for certain. Slightly closer to {label} ({percent}%).',
  ],
};

const UNKNOWN: Record<Language, readonly string[]> = {
  ko: ['제가 아는 말이 거의 없어서 잘 모르겠어요.', '아직 읽을 줄 모르는 말이에요. 확실하지 않아요.'],
  en: [
    'I know hardly any of these words, so I am not sure.',
    'I cannot read this yet, so I would rather not guess.',
  ],
};

const EMPTY: Record<Language, readonly string[]> = {
  ko: ['읽을 글자가 없네요. 한 줄 적어 주시겠어요?'],
  en: ['There is nothing here to read. Would you write a line?'],
};

const KIND_WORDS: Record<Language, Record<Distress, string>> = {
  ko: {
    'self-harm':
      '많이 힘드시군요. 혼자 견디지 않으셔도 돼요. 지금 위험하다면 112나 119에, 이야기할 사람이 필요하면 자살예방 상담전화 109에 언제든 전화해 주세요.',
    grief: '마음이 많이 아프시겠어요. 깊은 위로를 전해요.',
  },
  en: {
    'self-harm':
      'That sounds very hard, and you do not have to carry it alone. If you are in danger, please call your local emergency number; findahelpline.com lists people to talk to, at any hour.',
    grief: 'I am so sorry for your loss.',
  },
};

export const LABEL_WORDS: Record<Language, Record<Label, string>> = {
  ko: { negative: '부정', neutral: '중립', positive: '긍정' },
  en: { negative: 'negative', neutral: 'neutral', positive: 'positive' },
};

/** FNV-1a: spreads ids over wordings evenly and is the same on every run. */
function pick(variants: readonly string[], id: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  }
  return variants[hash % variants.length] ?? '';
}

/** Never rounded up to a certainty that the model does not have. */
export function percent(confidence: number): string {
  return String(Math.min(99, Math.round(confidence * 100)));
}

export function sayReading(reading: Reading, language: Language, messageId: string): string {
  const fill = (sentence: string) =>
    sentence
      .replace('{percent}', percent(reading.confidence))
      .replace('{label}', LABEL_WORDS[language][reading.label]);
  if (!reading.abstained) return fill(pick(SURE[language][reading.label], messageId));
  switch (reading.abstainReason) {
    case 'empty':
      return pick(EMPTY[language], messageId);
    case 'unknown-text':
      return pick(UNKNOWN[language], messageId);
    case 'low-confidence':
    case undefined:
      return fill(pick(NOT_SURE[language], messageId));
  }
}

export function sayKindWord(distress: Distress, language: Language): string {
  return KIND_WORDS[language][distress];
}

/** Words named at most on each side. */
const NAMED_WORDS = 3;
/** Part of the weight of the heaviest word below which a word is not worth naming. */
const WORTH_NAMING = 0.2;

/** Which words made the difference, and which pulled the other way. */
/** @param unsure the reading was "not sure" */
export function sayWhy({ label, rival, words }: Explanation, language: Language, unsure = false): string {
  const byWord = new Map<string, number>();
  for (const { word, weight } of words) {
    if (/[\p{L}\p{N}\p{S}]/u.test(word)) byWord.set(word, (byWord.get(word) ?? 0) + weight);
  }
  const least = WORTH_NAMING * Math.max(0, ...[...byWord.values()].map(Math.abs));
  const named = (sign: 1 | -1) =>
    [...byWord]
      .map(([word, weight]): [string, number] => [word, sign * weight])
      .filter(([, weight]) => weight > 0 && weight >= least)
      .sort(([, a], [, b]) => b - a)
      .slice(0, NAMED_WORDS)
      .map(([word]) => (language === 'ko' ? `「${word}」` : `“${word}”`));
  const [towards, away] = [named(1), named(-1)];
  const [own, other] = [LABEL_WORDS[language][label], LABEL_WORDS[language][rival]];
  if (language === 'ko') {
    const sentences = [
      ...(unsure ? ['확신은 없어요.'] : []),
      towards.length === 0
        ? `어느 한 마디 때문이라기보다 전체가 ${own} 쪽으로 기울었어요.`
        : `${towards.join(', ')} 같은 말 때문에 ${own} 쪽${unsure ? '에 더 가까워 보였어요' : '으로 읽었어요'}.`,
      ...(away.length === 0 ? [] : [`${away.join(', ')} 같은 말은 오히려 ${other} 쪽으로 당겼어요.`]),
    ];
    return sentences.join(' ');
  }
  const sentences = [
    ...(unsure ? ['I am not sure.'] : []),
    towards.length === 0
      ? `No single word made it; the whole leans towards ${own}.`
      : `Mostly ${enumerate(towards)} made me ${unsure ? 'lean towards' : 'read it as'} ${own}.`,
    ...(away.length === 0 ? [] : [`On the other hand, ${enumerate(away)} pulled towards ${other}.`]),
  ];
  return sentences.join(' ');
}

function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

export function sayNothingToExplain(language: Language): string {
  return language === 'ko'
    ? '아직 설명할 만한 읽기가 없어요. 메시지를 쓰시고 제가 답하면 그때 「왜?」라고 물어봐 주세요.'
    : 'There is no reading to explain yet. Write a message, and ask “why?” once I have answered.';
}

export function sayHelp(language: Language): string {
  return language === 'ko'
    ? [
        '메시지를 쓰시면 긍정·중립·부정 중 무엇으로 읽히는지 말씀드려요. 자신이 없으면 모르겠다고 할게요.',
        '틀렸다면 🟢 긍정 ⚪ 중립 🔴 부정으로 고쳐 주세요. ❌는 잊기, 같은 것을 다시 누르면 취소예요.',
        '학습이 켜져 있으면 고쳐 주신 말을 다음 학습 때 배워요. 「왜?」라고 물으시면 어떤 말을 보고 읽었는지, 「모델」이라고 쓰시면 지금 쓰는 모델을 알려 드려요.',
      ].join('\n')
    : [
        'Write a message and I say whether it reads as positive, neutral or negative; when I am not sure, I say so.',
        'If I am wrong, correct me with 🟢 positive, ⚪ neutral or 🔴 negative. ❌ forgets the reading; the same emoji again takes it back.',
        'Where training is on, I learn corrections the next time. Ask "why?" to hear which words I went by; write "model" to hear which model I am using.',
      ].join('\n');
}

export interface ModelFacts {
  version: string;
  engine: string;
  /** Corrections waiting to be learned, or null where there is no training here. */
  pendingCorrections: number | null;
}

export function sayModel(facts: ModelFacts, language: Language): string {
  const { version, engine, pendingCorrections: pending } = facts;
  if (language === 'ko') {
    const waiting = pending === null ? '' : ` 배우기를 기다리는 정정은 ${pending}개예요.`;
    return `지금은 ${version} 모델을 ${engine} 엔진으로 쓰고 있어요.${waiting}`;
  }
  const waiting =
    pending === null
      ? ''
      : pending === 1
        ? ' One correction is waiting to be learned.'
        : ` ${pending} corrections are waiting to be learned.`;
  return `I am using the model ${version} on ${engine}.${waiting}`;
}
