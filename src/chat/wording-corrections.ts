// What Nunchi says about corrections, Korean and English: what it asks, and what became of what it was told.
import type { CorrectionOutcome } from './correction.js';
import type { Choice } from './feedback.js';
import type { Language } from './platform.js';
import type { TrainingUse, Untrained } from './training-use.js';
import { LABEL_WORDS } from './wording.js';

const CHOICE_WORDS: Record<Language, Record<Choice, string>> = {
  ko: { ...LABEL_WORDS.ko, forget: '잊기' },
  en: { ...LABEL_WORDS.en, forget: 'forget' },
};

export const CHOICE_BUTTONS: Record<Language, Record<Choice, string>> = {
  ko: CHOICE_WORDS.ko,
  en: { positive: 'Positive', neutral: 'Neutral', negative: 'Negative', forget: 'Forget' },
};

const UNTRAINED: Record<Language, Record<Exclude<Untrained, 'distress'>, string>> = {
  ko: {
    off: '이 플랫폼에서는 운영자가 학습을 꺼 두어서, 저장만 하고 학습에는 쓰지 않아요.',
    authored: '이 플랫폼에서는 운영진이 직접 쓴 글로만 배우기 때문에, 저장만 하고 학습에는 쓰지 않아요.',
    message: '학습에 쓸 수 없는 메시지라서, 저장만 하고 학습에는 쓰지 않아요.',
  },
  en: {
    off: 'It is stored, not used for training: the operator has training switched off for this platform.',
    authored:
      'It is stored, not used for training: on this platform I learn only from what moderators write themselves.',
    message: 'It is stored, not used for training: this is a message that I may not learn from.',
  },
};

export interface DialogWords {
  title: string;
  submit: string;
  label: string;
  choices: Record<Choice, string>;
  ownText: string;
  hint: string;
}

/** Within what both Discord and Slack show: titles of 24 characters, labels of 45, hints of 100, choices of 75. */
export function sayDialog(use: TrainingUse, language: Language): DialogWords {
  if (language === 'ko') {
    return {
      title: '읽은 결과 바로잡기',
      submit: '저장',
      label: '이 메시지는 어떤 기분에 가까운가요?',
      choices: { ...CHOICE_WORDS.ko, forget: '잊기(읽지 않은 것으로 하기)' },
      ownText: '직접 쓰는 예문(비워 두셔도 돼요)',
      hint: `${use === 'off' ? '저장만 하고 학습에는 쓰지 않아요.' : '같은 라벨로 함께 배워요.'} 다른 사람의 말은 붙여 넣지 마세요.`,
    };
  }
  return {
    title: 'Correct the reading',
    submit: 'Save',
    label: 'How should this message be read?',
    choices: { ...CHOICE_BUTTONS.en, forget: 'Forget how it was read' },
    ownText: 'An example of your own (optional)',
    hint: `${use === 'off' ? 'Stored, not used for training.' : 'Learned with the same label.'} Please do not paste other people’s words.`,
  };
}

const LEARNS: Record<Language, string> = {
  ko: '다음 학습 때 배울게요.',
  en: 'I will learn it in the next training.',
};

const WAITS: Record<Language, Record<'awaits-second' | 'awaits-confirmation', string>> = {
  ko: {
    'awaits-second': '다만 배우기 전에 다른 운영진이 한 번 더 봐 주셔야 해요.',
    'awaits-confirmation': '다만 제가 읽은 것과 많이 달라서, 배우기 전에 검토 목록에서 한 번 더 여쭤볼게요.',
  },
  en: {
    'awaits-second': 'Before I learn it, a second moderator should look at it.',
    'awaits-confirmation':
      'It is far from what I read, so before I learn it I ask you once more in the review queue.',
  },
};

const DISTRESS: Record<Language, string> = {
  ko: '힘든 마음이 담긴 글이라 라벨을 붙이지 않았어요. 학습에도 쓰지 않아요.',
  en: 'These are words of distress, so I put no label on them and learn nothing from them.',
};

/** What can become of a label that was chosen. */
export type ChoiceOutcome = Exclude<CorrectionOutcome, 'taken-back' | 'asks' | 'not-feedback'>;

export interface RecordedChoice {
  outcome: ChoiceOutcome;
  choice: Choice;
  /** Why it is not learned, where it is not. */
  untrained: Untrained;
  /** Whether people who are no moderators decide together. */
  quorum: boolean;
}

export function sayRecorded(
  { outcome, choice, untrained, quorum }: RecordedChoice,
  language: Language,
): string {
  const word = CHOICE_WORDS[language][choice];
  const ko = language === 'ko';
  switch (outcome) {
    case 'learned-as-label':
      return `${ko ? `「${word}」으로 기록했어요.` : `Recorded as ${word}.`} ${LEARNS[language]}`;
    case 'awaits-second':
    case 'awaits-confirmation':
      return `${ko ? `「${word}」으로 기록했어요.` : `Recorded as ${word}.`} ${WAITS[language][outcome]}`;
    case 'not-trainable':
      if (untrained === 'distress') return DISTRESS[language];
      return `${ko ? `「${word}」으로 기록했어요.` : `Recorded as ${word}.`} ${UNTRAINED[language][untrained]}`;
    case 'forgotten':
      return ko
        ? '이 메시지는 읽지 않은 것으로 할게요. 보고서에도 학습에도 쓰지 않아요.'
        : 'I forget how I read this message: it counts in no report, and I learn nothing from it.';
    case 'awaits-others':
      return sayAwaits(choice, word, quorum, language);
    case 'text-erased':
      return ko
        ? '이 메시지의 글은 이미 지워져서 기록하지 않았어요.'
        : 'The text of this message is erased already, so I recorded nothing.';
  }
}

function sayAwaits(choice: Choice, word: string, quorum: boolean, language: Language): string {
  if (language === 'ko') {
    const noted = choice === 'forget' ? '잊어 달라는 의견을' : `「${word}」이라는 의견을`;
    return quorum
      ? `${noted} 적어 두었어요. 다른 분들도 같은 의견이거나 운영진이 정하면 반영돼요.`
      : `${noted} 적어 두었어요. 여기서는 운영진이 정하면 반영돼요.`;
  }
  const noted = choice === 'forget' ? 'Your wish to forget this reading' : `Your word for ${word}`;
  return quorum
    ? `${noted} is noted. It counts once others agree or a moderator decides.`
    : `${noted} is noted. It counts once a moderator decides.`;
}

/** What became of the text that a moderator wrote in the dialog; `unlabelled`: it was sent with `forget`. */
export type OwnTextOutcome = 'learned' | 'stored' | 'distress' | 'unlabelled';

export function sayOwnText(outcome: OwnTextOutcome, language: Language): string {
  const ko = language === 'ko';
  switch (outcome) {
    case 'learned':
      return ko
        ? '직접 쓰신 글도 같은 라벨로 함께 배울게요.'
        : 'I will learn your own text with the same label.';
    case 'stored':
      return ko
        ? '직접 쓰신 글도 저장했지만, 학습이 꺼져 있어서 배우지는 않아요.'
        : 'Your own text is stored as well, and not learned either: training is off.';
    case 'distress':
      return ko
        ? '직접 쓰신 글에는 힘든 마음이 담겨 있어서 저장하지 않았어요.'
        : 'Your own text speaks of distress, so I did not keep it.';
    case 'unlabelled':
      return ko
        ? '직접 쓰신 글은 붙일 라벨이 없어서 저장하지 않았어요.'
        : 'Your own text was not kept, as there is no label to learn it with.';
  }
}

/** Somebody has said that a reading is wrong. */
export function sayWhichIsRight(language: Language): string {
  return language === 'ko'
    ? '제가 잘못 읽었나 봐요. 어떻게 읽는 게 맞을까요?'
    : 'I seem to have misread that. Which would be right?';
}

/** To a moderator whose emoji is learned only once a second one says the same, once. */
export function sayWaitsForSecond(language: Language): string {
  const waits = WAITS[language]['awaits-second'];
  return language === 'ko'
    ? `바로잡아 주셔서 고마워요. ${waits} 이 안내는 한 번만 드려요.`
    : `Thank you for the correction. ${waits} I mention this only once.`;
}

/** To the only moderator there is; the buttons below it are the answer. */
export function askOnceMore(language: Language): string {
  return language === 'ko'
    ? '바로잡아 주셔서 고마워요. 다만 제가 읽은 것과 많이 달라서, 배우기 전에 한 번 더 여쭤볼게요. 이 메시지는 어떻게 읽으면 맞을까요?'
    : 'Thank you for the correction. It is far from what I read, so I ask once more before I learn it: how should this message be read?';
}

/** To a moderator who corrects by emoji, once. */
export function sayStoredOnly(untrained: Exclude<Untrained, 'distress'>, language: Language): string {
  return language === 'ko'
    ? `바로잡아 주셔서 고마워요. ${UNTRAINED.ko[untrained]} 이 안내는 한 번만 드려요.`
    : `Thank you for the correction. ${UNTRAINED.en[untrained]} I mention this only once.`;
}
