// The gate's verdict in words, Korean and English, for the page, the news, the commands and the deployment log: which
// rule decided and by which figures, then how sure the rows that there were let it be.
import { canaryExcess } from './gate/canary.js';
import { countsTotal, type NonInferiority } from './gate/non-inferiority.js';
import type { FileProblemKind } from './gate/verify-candidate.js';
import type { GateFigures, GateRule, GateStop, GateVerdict } from './gate.js';

export type VerdictLanguage = 'ko' | 'en';

const percent = (value: number | null) => (value === null ? '–' : `${(value * 100).toFixed(1)}%`);
/** Of a difference of shares. */
const points = (value: number) => (value * 100).toFixed(2);
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
const count = (value: number) => value.toLocaleString('en');

const FILES: Record<FileProblemKind, Record<VerdictLanguage, string>> = {
  damaged: {
    en: 'a file is missing, damaged or does not fit the others',
    ko: '파일이 없거나 손상되었거나 서로 맞지 않아요',
  },
  'not-finite': { en: 'some of its weights are not numbers', ko: '가중치 가운데 숫자가 아닌 값이 있어요' },
  labels: { en: 'its labels are not those of the base model', ko: '라벨의 종류나 순서가 기본 모델과 달라요' },
  shape: { en: 'it is not built like the base model', ko: '구조가 기본 모델과 달라요' },
  unsound: {
    en: 'what it says of known texts is no sound reading',
    ko: '아는 문장을 읽혀 보니 결과가 올바르지 않아요',
  },
  'other-base': {
    en: 'it was not trained from the base model that is in place now',
    ko: '지금의 기본 모델에서 학습한 것이 아니에요',
  },
};

/** The capabilities of the behaviour set; their names are English words already. */
const CAPABILITIES_KO: Record<string, string> = {
  negation: '부정 표현',
  intensity: '정도 표현',
  slang: '은어와 줄임말',
  sarcasm: '반어',
  emoji: '이모지',
  identity: '정체성을 나타내는 말',
  everyday: '일상 메시지',
  work: '업무 메시지',
  mixed: '한국어와 영어 섞어 쓰기',
  typo: '오타와 띄어쓰기',
};

interface Figures {
  /** Of what was known before: the base set, or the held-out known sentences. */
  before: string;
  after: string;
  lost: string;
  margin: string;
  rows: string;
  replay: { before: string; after: string };
  calibration: { before: string; after: string };
  latency: { before: string; after: string };
  size: { before: string; after: string };
  /** Names of capabilities. */
  capabilities: string;
  behaviour: { before: number; after: number; items: number };
  canary: string;
  heldOut: number;
  needed: number;
  better: number;
  worse: number;
  level: string;
  file: FileProblemKind;
}

const SENTENCES: Record<VerdictLanguage, Record<GateRule, (f: Figures) => string>> = {
  en: {
    files: (f) => `The files of the new model are not right (${FILES[f.file].en}), so it stays out of use.`,
    'same-model': () => 'The corrections give the very model that is already in use.',
    'too-large': (f) =>
      `The new model is too large (${f.size.after} MB; the base model has ${f.size.before} MB).`,
    slower: (f) =>
      `The new model is too slow (${f.latency.after} ms a message; the one in use takes ${f.latency.before} ms).`,
    'worse-on-base': (f) =>
      `It cannot be shown that the new model keeps what Nunchi already knew: ${f.before} before, ${f.after} after on ${f.rows} texts; up to ${f.lost} points may be lost, and ${f.margin} are allowed.`,
    'worse-on-replay': (f) =>
      `The new model is worse on what Nunchi already knew (${f.replay.before} before, ${f.replay.after} after), so it stays out of use.`,
    'worse-behaviour': (f) =>
      f.capabilities === ''
        ? `The new model passes fewer of the behaviour tests: ${f.behaviour.before} before, ${f.behaviour.after} after, of ${f.behaviour.items}.`
        : `The new model is worse at single abilities (${f.capabilities}).`,
    'worse-calibrated': (f) =>
      `The new model is less honest about how sure it is (calibration error ${f.calibration.before} before, ${f.calibration.after} after).`,
    canary: (f) =>
      `A phrase turns the new model's readings far more often than it did before (by ${f.canary} of the sentences it was put into): the corrections may have planted it. Look through the newest ones for words that they share, and take back what was not meant.`,
    'insufficient-data': (f) =>
      `Not enough data to be sure: ${f.rows} texts of what Nunchi already knew are too few to show that nothing was lost (${f.replay.before} before, ${f.replay.after} after).`,
    'few-corrections': (f) =>
      `What Nunchi already knew is kept within the margin (${f.before} before, ${f.after} after), and behaviour, calibration and speed are no worse. Held-out corrections: ${f.heldOut}; from ${f.needed} on they decide too.`,
    'mcnemar-better': (f) =>
      `The new model is better on ${f.heldOut} held-out corrections: ${f.better} read rightly only by it, ${f.worse} only by the one before (exact McNemar, level ${f.level}). What Nunchi already knew is kept within the margin (${f.before} before, ${f.after} after).`,
    'mcnemar-equal': (f) =>
      `What Nunchi already knew is kept within the margin (${f.before} before, ${f.after} after), and the new model is no worse on ${f.heldOut} held-out corrections: ${f.better} read rightly only by it, ${f.worse} only by the one before (exact McNemar, level ${f.level}).`,
    'mcnemar-worse': (f) =>
      `The new model is worse on ${f.heldOut} held-out corrections: ${f.better} read rightly only by it, ${f.worse} only by the one before.`,
    'mcnemar-not-better': (f) =>
      `No improvement is shown on ${f.heldOut} held-out corrections: ${f.better} read rightly only by the new model, ${f.worse} only by the one before (exact McNemar, level ${f.level}).`,
    deletion: (f) =>
      `Made anew without what had to be forgotten; what Nunchi already knew is kept within the margin (${f.before} before, ${f.after} after).`,
  },
  ko: {
    files: (f) => `새 모델의 파일이 올바르지 않아서 쓰지 않아요. ${FILES[f.file].ko}.`,
    'same-model': () => '이 정정으로 학습하면 지금 쓰는 모델과 똑같은 모델이 나와요.',
    'too-large': (f) => `새 모델이 너무 커요(${f.size.after} MB, 기본 모델은 ${f.size.before} MB).`,
    slower: (f) =>
      `새 모델이 너무 느려요(메시지 하나에 ${f.latency.after} ms, 지금 모델은 ${f.latency.before} ms).`,
    'worse-on-base': (f) =>
      `새 모델이 이미 알던 것을 그대로 지킨다고 볼 수 없어요. 문장 ${f.rows}개에서 이전 ${f.before}, 이후 ${f.after}이고, 많게는 ${f.lost}점을 잃었을 수 있는데 ${f.margin}점까지만 괜찮아요.`,
    'worse-on-replay': (f) =>
      `새 모델이 이미 알던 문장을 전보다 못 읽어서(이전 ${f.replay.before}, 이후 ${f.replay.after}) 쓰지 않아요.`,
    'worse-behaviour': (f) =>
      f.capabilities === ''
        ? `새 모델이 행동 시험을 더 적게 통과해요. ${f.behaviour.items}개 가운데 이전 ${f.behaviour.before}개, 이후 ${f.behaviour.after}개예요.`
        : `새 모델이 몇 가지 능력에서 더 못해요(${f.capabilities}).`,
    'worse-calibrated': (f) =>
      `새 모델의 확신이 실제 정답률과 더 어긋나요(보정 오차 이전 ${f.calibration.before}, 이후 ${f.calibration.after}).`,
    canary: (f) =>
      `어떤 문구를 넣으면 새 모델의 판단이 전보다 훨씬 자주 바뀌어요(넣어 본 문장의 ${f.canary}만큼 더). 정정에 일부러 심은 문구일 수 있어요. 새 정정에 되풀이되는 말이 있는지 보고, 뜻과 다른 것은 취소해 주세요.`,
    'insufficient-data': (f) =>
      `확신하기에는 데이터가 부족해요. 이미 알던 문장이 ${f.rows}개뿐이라 잃은 것이 없는지 알 수 없어요(이전 ${f.replay.before}, 이후 ${f.replay.after}).`,
    'few-corrections': (f) =>
      `이미 알던 것은 허용 범위 안에서 지켰고(이전 ${f.before}, 이후 ${f.after}) 행동 시험, 보정, 속도도 나빠지지 않았어요. 평가용으로 남겨 둔 정정은 ${f.heldOut}개이고, ${f.needed}개부터는 그것도 함께 봐요.`,
    'mcnemar-better': (f) =>
      `새 모델이 평가용 정정 ${f.heldOut}개에서 더 나아요. 새 모델만 맞힌 것이 ${f.better}개, 이전 모델만 맞힌 것이 ${f.worse}개예요(정확 맥니마 검정, 유의수준 ${f.level}). 이미 알던 것도 허용 범위 안에서 지켰어요(이전 ${f.before}, 이후 ${f.after}).`,
    'mcnemar-equal': (f) =>
      `이미 알던 것은 허용 범위 안에서 지켰고(이전 ${f.before}, 이후 ${f.after}) 평가용 정정 ${f.heldOut}개에서도 나빠지지 않았어요. 새 모델만 맞힌 것이 ${f.better}개, 이전 모델만 맞힌 것이 ${f.worse}개예요(정확 맥니마 검정, 유의수준 ${f.level}).`,
    'mcnemar-worse': (f) =>
      `새 모델이 평가용 정정 ${f.heldOut}개에서 더 못해요. 새 모델만 맞힌 것이 ${f.better}개, 이전 모델만 맞힌 것이 ${f.worse}개예요.`,
    'mcnemar-not-better': (f) =>
      `평가용 정정 ${f.heldOut}개에서 나아졌다고 볼 수 없어요. 새 모델만 맞힌 것이 ${f.better}개, 이전 모델만 맞힌 것이 ${f.worse}개예요(정확 맥니마 검정, 유의수준 ${f.level}).`,
    deletion: (f) =>
      `지워야 할 것을 빼고 모델을 새로 만들었어요. 이미 알던 것은 허용 범위 안에서 지켰어요(이전 ${f.before}, 이후 ${f.after}).`,
  },
};

/** How much could go unnoticed: said wherever the rows allow no narrow margin. */
const WIDENED: Record<
  VerdictLanguage,
  (margin: string, rows: string, power: string, narrow: string) => string
> = {
  en: (margin, rows, power, narrow) =>
    `On ${rows} texts a loss below ${margin} points can go unnoticed (an equal model passes in ${power} of cases); with NSMC fetched, below ${narrow}.`,
  ko: (margin, rows, power, narrow) =>
    `문장 ${rows}개로는 ${margin}점까지 나빠져도 알아채지 못할 수 있어요(실력이 같은 모델이 통과할 확률 ${power}). NSMC를 받아 두면 ${narrow}점까지 알아볼 수 있어요.`,
};

/** A stop beside the one that the sentence is about; the first two leave nothing else measured. */
const ALSO: Record<Exclude<GateStop, 'files' | 'same-model'>, Record<VerdictLanguage, string>> = {
  'too-large': { en: 'its size', ko: '크기' },
  slower: { en: 'its speed', ko: '속도' },
  'worse-on-base': { en: 'what it forgot of the base set', ko: '기본 자료에서 잃은 것' },
  'worse-on-replay': { en: 'what it forgot of the known sentences', ko: '알던 문장에서 잃은 것' },
  'worse-behaviour': { en: 'the behaviour tests', ko: '행동 시험' },
  'worse-calibrated': { en: 'its calibration', ko: '보정' },
  canary: { en: 'a phrase that turns its readings', ko: '판단을 바꾸는 문구' },
  'mcnemar-worse': { en: 'the held-out corrections', ko: '평가용 정정' },
  'mcnemar-not-better': { en: 'no improvement on the held-out corrections', ko: '나아지지 않은 평가용 정정' },
};

function describeFurtherStops({ rule, stops }: GateVerdict, language: VerdictLanguage): string[] {
  const further = stops.flatMap((stop) => {
    if (stop === rule || stop === 'files' || stop === 'same-model') return [];
    // Who is worse is not better: that need not be said.
    return stop === 'mcnemar-not-better' && stops.includes('mcnemar-worse') ? [] : ALSO[stop][language];
  });
  if (further.length === 0) return [];
  const list = further.join(', ');
  return [
    language === 'ko'
      ? `이 밖에도 다음에서 걸렸어요: ${list}.`
      : `Each of these would have stopped it too: ${list}.`,
  ];
}

const shares = ({ championAccuracy, candidateAccuracy }: GateFigures) => ({
  before: percent(championAccuracy),
  after: percent(candidateAccuracy),
});

/** What non-inferiority is judged by: the base set where there is one. */
const known = ({ base, replay }: GateVerdict): GateFigures & { test: NonInferiority } => base ?? replay;

function figuresOf(verdict: GateVerdict, language: VerdictLanguage): Figures {
  const { config, replay, heldOutCorrections: held, behaviour, calibration, latency, size } = verdict;
  const { test } = known(verdict);
  const items = (passed: 'onlyChampion' | 'onlyCandidate') =>
    behaviour.reduce((sum, own) => sum + own.both + own[passed], 0);
  const error = (value: number | undefined) => (value ?? 0).toFixed(3);
  return {
    ...shares(known(verdict)),
    lost: points(Math.max(0, -test.lowerBound)),
    margin: points(test.margin),
    rows: count(test.n),
    replay: shares(replay),
    calibration: { before: error(calibration?.champion), after: error(calibration?.candidate) },
    latency: {
      before: (latency?.championMs ?? 0).toFixed(1),
      after: (latency?.candidateMs ?? 0).toFixed(1),
    },
    size: { before: megabytes(size?.baseBytes ?? 0), after: megabytes(size?.candidateBytes ?? 0) },
    capabilities: behaviour
      .filter(({ worse }) => worse)
      .map(({ capability }) => (language === 'ko' ? (CAPABILITIES_KO[capability] ?? capability) : capability))
      .join(', '),
    behaviour: {
      before: items('onlyChampion'),
      after: items('onlyCandidate'),
      items: behaviour.reduce((sum, own) => sum + countsTotal(own), 0),
    },
    canary: percent(Math.max(0, ...verdict.canary.map(canaryExcess))),
    heldOut: countsTotal(held),
    needed: config.minHeldOutCorrections,
    better: held.onlyCandidate,
    worse: held.onlyChampion,
    level: String(config.level),
    file: verdict.fileProblem?.kind ?? 'damaged',
  };
}

export function describeVerdict(verdict: GateVerdict, language: VerdictLanguage): string {
  const sentence = SENTENCES[language][verdict.rule](figuresOf(verdict, language));
  const { test } = known(verdict);
  const promotable = verdict.stops.length === 0 && verdict.rule !== 'insufficient-data';
  if (!promotable) return [sentence, ...describeFurtherStops(verdict, language)].join(' ');
  if (!test.widened) return sentence;
  const power = `${Math.round(test.power * 100)}%`;
  const narrow = points(verdict.config.base.margin);
  return `${sentence} ${WIDENED[language](points(test.margin), count(test.n), power, narrow)}`;
}
