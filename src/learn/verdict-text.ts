// The gate's verdict in words, Korean and English, for the page, the commands and the deployment log.
import type { GateRule, GateVerdict } from './gate.js';

export type VerdictLanguage = 'ko' | 'en';

interface Figures {
  replayBefore: string;
  replayAfter: string;
  heldOut: number;
  needed: number;
  better: number;
  worse: number;
  level: string;
}

const SENTENCES: Record<VerdictLanguage, Record<GateRule, (f: Figures) => string>> = {
  en: {
    'same-model': () => 'The corrections give the very model that is already in use.',
    'worse-on-replay': (f) =>
      `The new model is worse on what Nunchi already knew (${f.replayBefore} before, ${f.replayAfter} after), so it stays out of use.`,
    'insufficient-data': (f) =>
      `Not enough data to be sure: ${f.heldOut} held-out corrections, ${f.needed} are needed. On what Nunchi already knew: ${f.replayBefore} before, ${f.replayAfter} after.`,
    'mcnemar-better': (f) =>
      `The new model is better on ${f.heldOut} held-out corrections: ${f.better} read rightly only by it, ${f.worse} only by the one before (exact McNemar, level ${f.level}).`,
    'mcnemar-not-better': (f) =>
      `No improvement is shown on ${f.heldOut} held-out corrections: ${f.better} read rightly only by the new model, ${f.worse} only by the one before (exact McNemar, level ${f.level}).`,
  },
  ko: {
    'same-model': () => '이 정정으로 학습하면 지금 쓰는 모델과 똑같은 모델이 나와요.',
    'worse-on-replay': (f) =>
      `새 모델이 이미 알던 문장을 전보다 못 읽어서(이전 ${f.replayBefore}, 이후 ${f.replayAfter}) 쓰지 않아요.`,
    'insufficient-data': (f) =>
      `확신하기에는 데이터가 부족해요. 평가용으로 남겨 둔 정정이 ${f.heldOut}개뿐인데 ${f.needed}개가 필요해요. 이미 알던 문장: 이전 ${f.replayBefore}, 이후 ${f.replayAfter}.`,
    'mcnemar-better': (f) =>
      `새 모델이 평가용 정정 ${f.heldOut}개에서 더 나아요. 새 모델만 맞힌 것이 ${f.better}개, 이전 모델만 맞힌 것이 ${f.worse}개예요(정확 맥니마 검정, 유의수준 ${f.level}).`,
    'mcnemar-not-better': (f) =>
      `평가용 정정 ${f.heldOut}개에서 나아졌다고 볼 수 없어요. 새 모델만 맞힌 것이 ${f.better}개, 이전 모델만 맞힌 것이 ${f.worse}개예요(정확 맥니마 검정, 유의수준 ${f.level}).`,
  },
};

const percent = (value: number | null) => (value === null ? '–' : `${(value * 100).toFixed(1)}%`);

export function describeVerdict(verdict: GateVerdict, language: VerdictLanguage): string {
  const { replay, heldOutCorrections: held, config } = verdict;
  return SENTENCES[language][verdict.rule]({
    replayBefore: percent(replay.championAccuracy),
    replayAfter: percent(replay.candidateAccuracy),
    heldOut: held.both + held.onlyChampion + held.onlyCandidate + held.neither,
    needed: config.minHeldOutCorrections,
    better: held.onlyCandidate,
    worse: held.onlyChampion,
    level: String(config.level),
  });
}
