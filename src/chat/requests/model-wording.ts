// What is said about the model in use, its training and its history, Korean and English.
import type { TrainingPhase } from '../../learn/training-service.js';
import { shownReport } from '../../learn/training-report.js';
import type { Deployment } from '../../store/contracts/models.js';
import type { TrainingRun } from '../../store/contracts/runs.js';
import type { TrainingProgress } from '../../train/job.js';
import type { Language } from '../platform.js';

type Words = Record<Language, string>;

export const MODEL_WORDS = {
  rollback: { ko: '되돌리기', en: 'Roll back' },
  keep: { ko: '그대로 두기', en: 'Leave it' },
  confirm: { ko: '새 모델 쓰기', en: 'Use the new model' },
  decline: { ko: '지금 모델 유지', en: 'Keep the model in use' },
  left: { ko: '그대로 두었어요.', en: 'Left as it is.' },
  moderatorsOnly: {
    ko: '이것은 운영진만 할 수 있어요.',
    en: 'Only moderators can do this.',
  },
  moderatorsDecide: { ko: '결정은 운영진이 해요.', en: 'Moderators decide about it.' },
  operatorDecides: {
    ko: '결정은 눈치를 운영하는 분이 해요.',
    en: 'Whoever runs this Nunchi decides about it.',
  },
  noPrevious: {
    ko: '되돌릴 모델이 없어요. 지금 모델이 처음 쓰는 모델이거든요.',
    en: 'There is no model to go back to: none was in use before this one.',
  },
  stale: {
    ko: '그 사이에 모델이 바뀌어서 아무것도 하지 않았어요. 다시 한번 불러 주세요.',
    en: 'The model has changed meanwhile, so I did nothing. Please ask again.',
  },
  decided: {
    ko: '그 모델은 이미 결정이 났어요. 바뀐 것은 없어요.',
    en: 'That has been decided already. Nothing has changed.',
  },
  withdrawn: {
    ko: '새 모델이 배운 정정 가운데 그 뒤로 취소되거나 지워진 것이 있어서 쓰지 않아요. 다시 학습하면 그것 없이 배워요.',
    en: 'Something that the new model learned was taken back or deleted since, so it stays out of use. Train again: the next one is made without it.',
  },
  declined: {
    ko: '새 모델은 쓰지 않아요. 지금 모델을 그대로 써요.',
    en: 'The new model stays out of use; the one in use goes on.',
  },
  busy: {
    ko: '지금 학습하고 있어서 할 수 없어요. 끝난 뒤에 다시 불러 주세요.',
    en: 'A training is under way. Please ask again once it has ended.',
  },
  nightFailed: {
    ko: '학습을 시작하지 못했어요. 까닭은 눈치를 운영하는 분이 로그에서 볼 수 있어요.',
    en: 'It could not begin to train; whoever runs Nunchi finds the reason in its log.',
  },
  nothingToLearn: {
    ko: '배울 정정이 아직 없어요. 틀리게 읽은 메시지를 🟢 긍정, ⚪ 중립, 🔴 부정으로 고쳐 주신 뒤에 다시 불러 주세요.',
    en: 'There is nothing to learn yet. Correct readings with 🟢 positive, ⚪ neutral or 🔴 negative, then ask again.',
  },
  allWait: {
    ko: '정정이 모두 한 번 더 확인되기를 기다리고 있어서 아직 학습할 것이 없어요. /nunchi queue에서 살펴봐 주세요.',
    en: 'Every correction waits for somebody to look at it again, so there is nothing to learn yet. They are in /nunchi queue.',
  },
  notTrainedHere: {
    ko: '여기 메시지는 학습에 쓰지 않게 되어 있어서, 여기서 고친 것은 저장만 되고 배우지 않아요. 눈치를 운영하는 분이 바꿀 수 있어요.',
    en: 'Messages from here are not used for training: corrections are kept and not learned. Whoever runs Nunchi can change that.',
  },
  authoredOnly: {
    ko: '여기서는 운영진이 고치기 창에 직접 적은 글만 배워요.',
    en: 'Here I learn only from texts that moderators write into the correction dialog themselves.',
  },
  unknownButton: {
    ko: '이 버튼은 이제 쓰이지 않아요. 모델 명령을 다시 불러 주세요.',
    en: 'This button is no longer in use. Please give the model command again.',
  },
} as const satisfies Record<string, Words>;

export function sayTime(date: Date, timeZone: string, language: Language): string {
  const options: Intl.DateTimeFormatOptions = {
    timeZone,
    calendar: 'gregory',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  };
  return new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-US', options).format(date);
}

export function saySince(since: string, language: Language): string {
  return language === 'ko' ? `${since}부터 이 모델이에요.` : `It has been in use since ${since}.`;
}

export function sayTraining(
  phase: Exclude<TrainingPhase, 'idle'>,
  progress: TrainingProgress | null,
  language: Language,
): string {
  const korean = language === 'ko';
  if (phase === 'training' && progress !== null) {
    const { step, totalSteps, secondsLeft } = progress;
    const minutes = Math.round(secondsLeft / 60);
    if (korean) {
      const left = minutes === 0 ? '1분도 남지 않았어요' : `${minutes}분쯤 남았어요`;
      return `학습하고 있어요. ${totalSteps}단계 가운데 ${step}단계까지 왔고, ${left}.`;
    }
    const left =
      minutes === 0 ? 'less than a minute' : minutes === 1 ? 'about a minute' : `about ${minutes} minutes`;
    return `I am learning: step ${step} of ${totalSteps}, ${left} to go.`;
  }
  const said: Record<Exclude<TrainingPhase, 'idle'>, Words> = {
    preparing: { ko: '학습을 준비하고 있어요.', en: 'I am preparing a training.' },
    training: { ko: '학습하고 있어요.', en: 'I am learning.' },
    evaluating: {
      ko: '새 모델을 지금 모델과 비교하고 있어요.',
      en: 'I am comparing the new model with the one in use.',
    },
    promoting: { ko: '새 모델로 바꾸고 있어요.', en: 'I am moving over to the new model.' },
  };
  return said[phase][language];
}

export function sayLastRun(when: string, end: string, language: Language): string {
  return language === 'ko' ? `지난 학습(${when}): ${end}` : `Last training (${when}): ${end}`;
}

/** @param when in the community's time */
export function sayNextNight(when: string, language: Language): string {
  return language === 'ko' ? `다음 밤 학습은 ${when}에 해요.` : `The next nightly training is on ${when}.`;
}

export function sayLastNight(when: string, end: string, language: Language): string {
  return language === 'ko' ? `지난 밤 학습(${when}): ${end}` : `Last nightly training (${when}): ${end}`;
}

export function sayTooFewCorrections(corrections: number, needed: number, language: Language): string {
  if (language === 'ko') {
    return `새 정정이 ${corrections}개라서 학습하지 않았어요. ${needed}개부터 학습해요.`;
  }
  const were =
    corrections === 1 ? 'there was one new correction' : `there were ${corrections} new corrections`;
  return `${were}, and I begin at ${needed}.`;
}

export function sayStarted(corrections: number, tellsNews: boolean, language: Language): string {
  if (language === 'ko') {
    const told = tellsNews
      ? '끝나면 소식 채널에 알려 드릴게요.'
      : '어떻게 되어 가는지는 모델 명령으로 볼 수 있어요.';
    return `학습을 시작했어요. 정정 ${corrections}개를 배워요. ${told}`;
  }
  const told = tellsNews
    ? 'I will tell the news channel when it has ended.'
    : 'The model command shows how it goes.';
  return `I have begun to learn from ${corrections === 1 ? 'one correction' : `${corrections} corrections`}. ${told}`;
}

export function sayRollbackQuestion(now: string, previous: string, language: Language): string {
  return language === 'ko'
    ? `지금 쓰는 ${now} 모델을 그 전의 ${previous} 모델로 되돌릴까요? 이 눈치를 쓰는 모든 곳에 적용되고, 정정은 그대로 남아요.`
    : `Shall I go back from ${now} to ${previous}, the model before it? That holds wherever this Nunchi reads; corrections are kept.`;
}

export function sayInUse(version: string, language: Language): string {
  return language === 'ko' ? `이제 ${version} 모델을 써요.` : `The model ${version} is in use now.`;
}

/** @param community as the operator has to write it */
export function sayOperatorOnly(community: string, language: Language): string {
  return language === 'ko'
    ? `이 눈치는 여러 커뮤니티가 모델 하나를 같이 써서, 모델을 바꾸거나 학습시키는 일은 눈치를 운영하는 분이 해요. 이 커뮤니티에도 맡기려면 운영하는 분이 NUNCHI_OPERATORS 설정에 ${community} 값을 넣으면 돼요.`
    : `This Nunchi serves several communities with one model; its operator trains it and rolls it back. To let this community do so too, the operator adds ${community} to NUNCHI_OPERATORS.`;
}

export const ROLLED_BACK = 'rolled back in a chat';
export const PROMOTED = 'promoted in a chat';
/** How the reason of an automatic rollback begins; what follows are figures. */
const AUTOMATIC = 'rolled back automatically: ';
/** The reasons that deployments are made for, as the deployment log has them; others are shown as they are. */
const REASONS_KO: Readonly<Record<string, string>> = {
  [ROLLED_BACK]: '채팅에서 되돌림',
  [PROMOTED]: '채팅에서 바꿈',
  'promoted on the page': '웹 화면에서 바꿈',
  'rolled back on the page': '웹 화면에서 되돌림',
  'rolled back by a command': '명령으로 되돌림',
  'promoted by a command': '명령으로 바꿈',
  'first start': '처음 시작',
  'another base model was shipped or configured': '기본 모델이 바뀜',
};

/** @param runs among them the one that the deployment came of, if it is known */
function sayReason(reason: string, runs: readonly TrainingRun[], language: Language): string {
  const run = runs.find(({ id }) => reason.includes(id));
  const report = run === undefined ? null : shownReport(run.report);
  if (report !== null) {
    const asked = report.verdict.decision === 'confirm';
    const [ko, en] = asked ? ['학습, 확인을 받음', 'training, confirmed'] : ['학습', 'training'];
    return `${language === 'ko' ? ko : en}. ${report.sentences[language]}`;
  }
  if (language === 'ko' && reason.startsWith(AUTOMATIC)) {
    return `새 모델이 제대로 답하지 못해 저절로 되돌림 (${reason.slice(AUTOMATIC.length)})`;
  }
  const unloaded = /^model (\S+) could not be loaded at start$/.exec(reason)?.[1];
  if (language === 'ko' && unloaded !== undefined) return `시작할 때 ${unloaded} 모델을 읽지 못해서 바꿈`;
  return language === 'ko' && Object.hasOwn(REASONS_KO, reason) ? (REASONS_KO[reason] ?? reason) : reason;
}

export function sayHistory(
  deployments: readonly Deployment[],
  runs: readonly TrainingRun[],
  timeZone: string,
  language: Language,
): string {
  if (deployments.length === 0) {
    return language === 'ko' ? '아직 기록이 없어요.' : 'Nothing is recorded yet.';
  }
  const head =
    language === 'ko'
      ? `모델이 바뀐 기록이에요. 새것부터, ${timeZone} 시각이에요.`
      : `Which model came into use when, newest first (times of ${timeZone}):`;
  const lines = deployments.map(
    ({ version, reason, createdAt }) =>
      `• ${sayTime(createdAt, timeZone, language)} ${version}: ${sayReason(reason, runs, language)}`,
  );
  return [head, ...lines].join('\n');
}
