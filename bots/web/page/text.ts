// Every word of the page, Korean and English.
import type { Label, Language, WireError, WireFigure, WireOutcome, WireRun, WireTraining } from './wire.js';

const en = {
  tagline: 'Reading the room',
  live: 'Connected',
  lost: 'Reconnecting…',
  otherLanguage: '한국어',
  switchLanguage: '한국어로 보기',
  panel: 'Learning',
  openPanel: 'Open the learning panel',
  close: 'Close',
  chat: 'Conversation',
  welcomeTitle: 'How does it sound?',
  welcome:
    'Write a message and Nunchi tells you the mood it reads. When it is wrong, correct it with an emoji: it learns from you.',
  examples: ['Best day ever!', 'The meeting is at three.', '이 영화 진짜 지루했어 ㅠㅠ'],
  placeholder: 'Write a message',
  send: 'Send',
  keys: 'Enter sends, Shift + Enter makes a new line. Write “help” to hear what Nunchi can do.',
  older: 'Show earlier messages',
  you: 'You',
  reading: 'Reading…',
  unread: 'Kept, but not read yet.',
  notSent: 'Not sent.',
  again: 'Try again',
  unsure: 'Not sure',
  confidence: 'Confidence',
  scores: 'All scores',
  readBy: (version: string) => `Read by ${version}`,
  rereadTitle: 'Read again after learning:',
  becomes: 'became',
  labels: { negative: 'Negative', neutral: 'Neutral', positive: 'Positive' } satisfies Record<Label, string>,
  feedbackOnMessage: 'Correct the reading of this message',
  feedbackOnAnswer: 'Rate this answer',
  whichIsRight: 'Which is right?',
  emoji: {
    '🟢': 'This is positive',
    '⚪': 'This is neutral',
    '🔴': 'This is negative',
    '❌': 'Forget this reading',
    '👍': 'The reading is right',
    '👎': 'The reading is wrong',
  } as Record<string, string>,
  forget: 'Forget',
  itIsRight: 'It is right',
  outcomes: {
    'learned-as-label': 'Taken as a label. The next training learns it.',
    'awaits-second': 'Taken as a label. Before it is learned, a second moderator should look at it.',
    'awaits-confirmation':
      'Taken as a label, though Nunchi was sure of another reading. It is learned once you say that it is right.',
    forgotten: 'This reading is forgotten; nothing is learned from it.',
    'taken-back': 'Taken back.',
    asks: '',
    'not-trainable': 'Kept, but not learned: this kind of message is not used for training.',
    'awaits-others': 'Kept; it counts once others agree.',
    'text-erased': 'Not learned: the text has been erased.',
    'not-feedback': 'This emoji is no correction.',
  } satisfies Record<WireOutcome, string>,
  learnedAs: (label: string) => `Label: ${label}. The next training learns it.`,
  alreadyLearned: (label: string) => `Label: ${label}. The model in use has learned it.`,
  model: 'Model in use',
  since: (time: string, engine: string) => `since ${time} · ${engine}`,
  rollback: 'Roll back',
  rollbackTo: (version: string) => `Roll back to ${version}`,
  rollbackTitle: 'Roll back the model?',
  rollbackText: (version: string) => `${version} will answer again. Your corrections are kept.`,
  models: 'All models',
  modelAliases: { champion: 'in use', challenger: 'waits for a decision', previous: 'the one before' },
  modelRemoved: 'files removed',
  modelTainted: 'learned from a message that was deleted',
  compare: 'Compare',
  promote: 'Use',
  promoteTitle: 'Use another model?',
  promoteText: (version: string) => `${version} will answer from now on. Your corrections are kept.`,
  correctionsGained: (n: number): string =>
    n === 1 ? 'It reads one more correction rightly.' : `It reads ${n} more corrections rightly.`,
  correctionsLost: (n: number): string =>
    n === 1
      ? 'It reads one correction wrongly again that a model before read rightly.'
      : `It reads ${n} corrections wrongly again that a model before read rightly.`,
  diffCorrections: (before: number, after: number) => `Corrections learned: ${before} in use, ${after} here`,
  diffReceipts: (before: number, after: number) =>
    `Corrections that only one reads rightly: ${before} in use, ${after} here`,
  diffBehaviour: (n: number, before: number, after: number, changed: number) =>
    `Behaviour set of ${n}: ${before} passed in use, ${after} here; ${changed} read differently`,
  diffLayers: (layers: string) => `Layers whose weights differ most: ${layers}`,
  diffNoFiles: 'The files of one are gone: nothing else can be compared.',
  learning: 'Learning',
  waiting: (n: number): string => (n === 1 ? 'correction waiting' : 'corrections waiting'),
  waitingSecond: (n: number): string =>
    n === 1 ? '1 waits for a second pair of eyes.' : `${n} wait for a second pair of eyes.`,
  waitingOwn: (n: number): string =>
    n === 1
      ? '1 is far from what Nunchi read: say that it is right, in the conversation.'
      : `${n} are far from what Nunchi read: say which are right, in the conversation.`,
  waitingLimit: (n: number): string =>
    n === 1
      ? '1 is over what one person may teach in a night, and waits for the next.'
      : `${n} are over what one person may teach in a night, and wait for the next.`,
  waitingNone: 'Correct a reading in the conversation, then let Nunchi learn it here.',
  waitingSome: 'Training takes a few minutes. Nunchi goes on answering meanwhile.',
  nextNight: (time: string) => `Next training by itself: ${time}`,
  quietNight: (time: string, n: number, needed: number) =>
    `${time}: nothing was trained. New corrections: ${n}; a night begins at ${needed}.`,
  forgets: 'The model in use learned from a message that was deleted. The next training is made without it.',
  train: 'Train now',
  cancel: 'Cancel',
  phases: {
    idle: '',
    preparing: 'Preparing…',
    training: 'Training',
    evaluating: 'Comparing with the model in use…',
    promoting: 'Putting the new model in use…',
  } satisfies Record<WireTraining['phase'], string>,
  step: 'Step',
  loss: 'Loss',
  speed: 'Examples per second',
  timeLeft: 'Time left',
  lossCurve: (first: string, last: string) => `Loss from ${first} to ${last}`,
  seconds: (n: number) => `${n} s`,
  minutes: (n: number) => `${n} min`,
  decisionTitle: 'A new model waits for your decision',
  confirm: 'Use the new model',
  decline: 'Keep the present one',
  before: 'Before',
  after: 'After',
  figures: {
    learned: 'Corrections learned from',
    'held-out': 'Corrections kept apart',
    replay: 'What it knew before',
    base: 'Frozen film reviews',
  } satisfies Record<WireFigure['name'], string>,
  figureCount: (n: number) => `(${n})`,
  changes: 'Before → after',
  changesText: 'Your corrections, read again by the new model',
  scoresTitle: 'How right it was',
  scoresText:
    'Each reading against what people said of it afterwards, before anything was learned from that. People label what looks wrong, so this is stricter than reading everything would be.',
  week: 'Week of',
  right: 'Right',
  corrected: 'Corrected',
  correctedOf: (wrong: number, labelled: number): string => `${wrong} of ${labelled}`,
  runs: 'Recent runs',
  noRuns: 'None yet.',
  details: 'Details',
  runCorrections: (n: number): string => (n === 1 ? '1 correction' : `${n} corrections`),
  states: {
    running: 'Running',
    promoted: 'Put in use',
    kept: 'Kept out of use',
    'awaiting-confirmation': 'Awaiting your decision',
    cancelled: 'Cancelled',
    failed: 'Failed',
  } satisfies Record<WireRun['state'], string>,
  /** Why a run ended, as it is recorded; others are shown as they are. */
  runReasons: {} as Partial<Record<string, string>>,
  clear: 'Clear the conversation',
  clearTitle: 'Clear the conversation?',
  clearText:
    'All messages are erased, and corrections of them can no longer be learned. This cannot be undone.',
  clearConfirm: 'Clear',
  kept: 'Messages stay on this computer, encrypted.',
  dismiss: 'Dismiss',
  login: 'Log in',
  loginText: 'This Nunchi asks for its access token.',
  token: 'Access token',
  nowInUse: (version: string) => `${version} is now in use.`,
  errors: {
    offline: {
      message: 'Nunchi cannot be reached.',
      hint: 'Check that it is running; the page reconnects by itself.',
    },
  } as Record<string, { message: string; hint?: string }>,
};

export type Words = typeof en;

const ko: Words = {
  tagline: '말에 담긴 마음을 읽어요',
  live: '연결됨',
  lost: '다시 연결하는 중…',
  otherLanguage: 'English',
  switchLanguage: 'Show in English',
  panel: '학습',
  openPanel: '학습 패널 열기',
  close: '닫기',
  chat: '대화',
  welcomeTitle: '어떻게 들리나요?',
  welcome: '메시지를 쓰면 눈치가 읽은 기분을 알려 드려요. 틀렸을 때 이모지로 고쳐 주시면 거기서 배워요.',
  examples: ['오늘 진짜 최고였어 ㅋㅋ', '회의는 세 시에 시작해요', 'This movie was so boring'],
  placeholder: '메시지를 적어 주세요',
  send: '보내기',
  keys: 'Enter로 보내고 Shift + Enter로 줄을 바꿔요. “도움말”이라고 쓰면 사용법을 알려 드려요.',
  older: '이전 메시지 보기',
  you: '나',
  reading: '읽는 중…',
  unread: '저장했지만 아직 읽지 못했어요.',
  notSent: '보내지 못했어요.',
  again: '다시 시도',
  unsure: '잘 모르겠음',
  confidence: '확신',
  scores: '점수 모두 보기',
  readBy: (version) => `${version} 모델이 읽음`,
  rereadTitle: '배운 뒤 다시 읽었어요:',
  becomes: '다음으로 바뀜',
  labels: { negative: '부정', neutral: '중립', positive: '긍정' },
  feedbackOnMessage: '이 메시지의 기분 고치기',
  feedbackOnAnswer: '이 답을 평가하기',
  whichIsRight: '무엇이 맞나요?',
  emoji: {
    '🟢': '긍정이에요',
    '⚪': '중립이에요',
    '🔴': '부정이에요',
    '❌': '이 판단 잊기',
    '👍': '맞게 읽었어요',
    '👎': '틀렸어요',
  },
  forget: '잊기',
  itIsRight: '맞아요',
  outcomes: {
    'learned-as-label': '라벨로 받았어요. 다음 학습 때 배워요.',
    'awaits-second': '라벨로 받았어요. 배우기 전에 다른 운영진이 한 번 더 봐 주셔야 해요.',
    'awaits-confirmation':
      '라벨로 받았지만, 눈치가 아주 다르게 읽었던 글이에요. 맞다고 한 번 더 알려 주시면 배워요.',
    forgotten: '이 판단은 잊을게요. 학습에도 쓰지 않아요.',
    'taken-back': '취소했어요.',
    asks: '',
    'not-trainable': '저장했지만 배우지는 않아요. 이런 메시지는 학습에 쓰지 않아요.',
    'awaits-others': '저장했어요. 다른 사람도 동의하면 반영돼요.',
    'text-erased': '글이 지워져서 배울 수 없어요.',
    'not-feedback': '이 이모지는 정정이 아니에요.',
  },
  learnedAs: (label) => `라벨: ${label}. 다음 학습 때 배워요.`,
  alreadyLearned: (label) => `라벨: ${label}. 지금 모델이 배웠어요.`,
  model: '사용 중인 모델',
  since: (time, engine) => `${time}부터 · ${engine}`,
  rollback: '되돌리기',
  rollbackTo: (version) => `${version} 모델로 되돌리기`,
  rollbackTitle: '모델을 되돌릴까요?',
  rollbackText: (version) => `${version} 모델이 다시 답합니다. 정정한 내용은 그대로 남아요.`,
  models: '모든 모델',
  modelAliases: { champion: '지금 쓰는 모델', challenger: '결정을 기다림', previous: '바로 전 모델' },
  modelRemoved: '파일 지움',
  modelTainted: '나중에 지워진 메시지를 배움',
  compare: '비교하기',
  promote: '쓰기',
  promoteTitle: '다른 모델을 쓸까요?',
  promoteText: (version) => `이제부터 ${version} 모델이 답해요. 정정한 내용은 그대로 남아요.`,
  correctionsGained: (n) => `정정 ${n}개를 새로 맞게 읽어요.`,
  correctionsLost: (n) => `전에는 맞게 읽던 정정 ${n}개를 다시 틀리게 읽어요.`,
  diffCorrections: (before, after) => `배운 정정: 지금 모델 ${before}개, 이 모델 ${after}개`,
  diffReceipts: (before, after) => `한쪽만 맞게 읽는 정정: 지금 모델 ${before}개, 이 모델 ${after}개`,
  diffBehaviour: (n, before, after, changed) =>
    `행동 시험 ${n}문장: 지금 모델 ${before}개, 이 모델 ${after}개 통과. ${changed}개를 다르게 읽어요`,
  diffLayers: (layers) => `가중치가 가장 많이 달라진 층: ${layers}`,
  diffNoFiles: '한 모델의 파일이 지워져서 더는 비교할 수 없어요.',
  learning: '학습',
  waiting: () => '개의 정정이 기다려요',
  waitingSecond: (n) => `${n}개는 다른 운영진이 한 번 더 봐 주기를 기다려요.`,
  waitingOwn: (n) => `${n}개는 눈치가 아주 다르게 읽은 글이에요. 맞으면 대화에서 맞다고 알려 주세요.`,
  waitingLimit: (n) => `${n}개는 한 사람이 하룻밤에 가르칠 수 있는 만큼을 넘어서, 다음 밤을 기다려요.`,
  waitingNone: '대화에서 틀린 판단을 고친 뒤, 여기서 학습을 시작하세요.',
  waitingSome: '학습은 몇 분 걸리고, 그동안에도 눈치는 계속 답해요.',
  nextNight: (time) => `다음 밤 학습: ${time}`,
  quietNight: (time, n, needed) =>
    `${time}: 새 정정이 ${n}개라서 학습하지 않았어요. ${needed}개부터 학습해요.`,
  forgets: '지금 모델은 지워진 메시지에서 배운 적이 있어요. 다음 학습은 그것을 빼고 새로 해요.',
  train: '지금 학습하기',
  cancel: '취소',
  phases: {
    idle: '',
    preparing: '준비하는 중…',
    training: '학습하는 중',
    evaluating: '지금 모델과 비교하는 중…',
    promoting: '새 모델로 바꾸는 중…',
  },
  step: '단계',
  loss: '손실',
  speed: '초당 예문',
  timeLeft: '남은 시간',
  lossCurve: (first, last) => `손실 ${first}에서 ${last}`,
  seconds: (n) => `${n}초`,
  minutes: (n) => `${n}분`,
  decisionTitle: '새 모델이 결정을 기다려요',
  confirm: '새 모델 쓰기',
  decline: '지금 모델 유지',
  before: '이전',
  after: '이후',
  figures: {
    learned: '배운 정정',
    'held-out': '따로 남겨 둔 정정',
    replay: '이미 알던 문장',
    base: '고정된 영화평',
  },
  figureCount: (n) => `(${n}개)`,
  changes: '이전 → 이후',
  changesText: '고쳐 주신 말을 새 모델이 다시 읽었어요',
  scoresTitle: '얼마나 맞혔나요',
  scoresText:
    '읽은 결과를, 거기서 배우기 전에 사람들이 알려 준 답과 견줘요. 틀려 보이는 것에 답을 다는 일이 많아서 전체를 볼 때보다 낮게 나와요.',
  week: '주',
  right: '맞음',
  corrected: '정정',
  correctedOf: (wrong, labelled) => `${labelled}개 중 ${wrong}개`,
  runs: '최근 학습',
  noRuns: '아직 없어요.',
  details: '자세히',
  runCorrections: (n) => `정정 ${n}개`,
  states: {
    running: '진행 중',
    promoted: '적용됨',
    kept: '쓰지 않음',
    'awaiting-confirmation': '결정을 기다림',
    cancelled: '취소됨',
    failed: '실패',
  },
  runReasons: {
    'Cancelled by the operator': '운영자가 그만두게 했어요.',
    'Declined by the operator': '운영자가 쓰지 않기로 했어요.',
    'Nunchi was stopped': '눈치가 멈춰서 끝났어요.',
    'A newer training run took its place': '더 새로운 학습이 대신했어요.',
    'Something that it learned was deleted or taken back; the next training learns the rest':
      '배운 것 가운데 지워졌거나 취소된 것이 있어요. 나머지는 다음 학습에서 다시 배워요.',
    'Nunchi ended while this run was under way; the model in use was not touched':
      '학습하는 동안 눈치가 끝났어요. 쓰던 모델은 그대로예요.',
    'Another model came into use during the evaluation. Train again.':
      '평가하는 동안 다른 모델을 쓰기 시작했어요. 다시 학습해 주세요.',
  },
  clear: '대화 지우기',
  clearTitle: '대화를 지울까요?',
  clearText: '모든 메시지가 지워지고, 거기에 단 정정은 더 배울 수 없어요. 되돌릴 수 없습니다.',
  clearConfirm: '지우기',
  kept: '메시지는 암호화되어 이 컴퓨터에만 남아요.',
  dismiss: '닫기',
  login: '들어가기',
  loginText: '이 눈치는 접속 토큰이 필요해요.',
  token: '접속 토큰',
  nowInUse: (version) => `이제 ${version} 모델을 써요.`,
  errors: {
    offline: {
      message: '눈치에 연결할 수 없어요.',
      hint: '실행 중인지 확인해 주세요. 페이지는 저절로 다시 연결돼요.',
    },
    busy: { message: '지금은 바빠요.', hint: '잠시 뒤에 다시 시도해 주세요.' },
    'not-enough-data': {
      message: '배울 정정이 아직 부족해요.',
      hint: '대화에서 틀린 판단을 이모지로 고친 뒤 다시 시도해 주세요.',
    },
    'corrections-waiting': {
      message: '정정이 모두 한 번 더 확인되기를 기다리고 있어요.',
      hint: '메시지 아래에서 확인해 주세요.',
    },
    'training-running': {
      message: '이미 학습하는 중이에요.',
      hint: '끝나거나 취소한 뒤에 다시 시작해 주세요.',
    },
    'not-enough-memory': { message: '학습에 쓸 메모리가 부족해요.' },
    'disk-full': { message: '저장 공간이 부족해요.', hint: '공간을 비운 뒤 다시 시도해 주세요.' },
    'serving-failed': { message: '모델이 답하지 못했어요.', hint: '잠시 뒤에 다시 시도해 주세요.' },
    'serving-stopped': { message: '눈치가 멈추는 중이에요.', hint: '다시 시작한 뒤에 시도해 주세요.' },
    internal: { message: '눈치 안에서 문제가 생겼어요.', hint: '눈치의 로그에 자세한 내용이 있어요.' },
  },
};

const WORDS: Record<Language, Words> = { ko, en };
const STORAGE_KEY = 'nunchi-language';

export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(STORAGE_KEY);
  if (chosen === 'ko' || chosen === 'en') return chosen;
  return navigator.language.toLowerCase().startsWith('ko') ? 'ko' : 'en';
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(STORAGE_KEY, language);
}

export function wordsIn(language: Language): Words {
  return WORDS[language];
}

export function errorWords(words: Words, error: WireError): { message: string; hint: string | undefined } {
  const known = Object.hasOwn(words.errors, error.code) ? words.errors[error.code] : undefined;
  return { message: known?.message ?? error.message, hint: known ? known.hint : error.hint };
}

export function formatTime(iso: string, language: Language): string {
  const options: Intl.DateTimeFormatOptions = {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  };
  return new Intl.DateTimeFormat(language, options).format(new Date(iso));
}

/** The day on which a stretch of time begins. */
export function formatDay(iso: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' }).format(new Date(iso));
}

export function formatDuration(seconds: number, words: Words): string {
  if (seconds < 60) return words.seconds(Math.max(0, Math.round(seconds)));
  return `${words.minutes(Math.floor(seconds / 60))} ${words.seconds(Math.round(seconds % 60))}`;
}

/** Never rounded up to a certainty that the model does not have. */
export function formatPercent(share: number): string {
  return `${Math.min(99, Math.round(share * 100))}%`;
}
