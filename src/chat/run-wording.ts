// How a training run ended, as moderators are told: in the news and where they ask for the model. Korean and English.
import type { GateFigures } from '../learn/gate.js';
import { shownReport, WITHDRAWN, type ShownReport } from '../learn/training-report.js';
import type { TrainingRun } from '../store/contracts/runs.js';
import { formatCount } from '../svg.js';
import type { Language } from './platform.js';

export type Measure = 'learned' | 'held-out' | 'replay' | 'base';

/** How many of `n` texts each model reads rightly. */
export interface MeasureCounts {
  measure: Measure;
  n: number;
  before: number;
  after: number;
}

const MEASURES: Record<Language, Record<Measure, string>> = {
  ko: {
    learned: '배운 정정',
    'held-out': '따로 남겨 둔 정정',
    replay: '이미 알던 문장',
    base: '고정된 영화평',
  },
  en: {
    learned: 'corrections learned',
    'held-out': 'corrections held out',
    replay: 'known before',
    base: 'frozen film reviews',
  },
};

export const nameOfMeasure = (measure: Measure, language: Language) => MEASURES[language][measure];

/** Those that have texts, in the order in which they are shown. */
export function measuresOf({ verdict, learned }: ShownReport): MeasureCounts[] {
  const paired = (measure: Measure, figures: GateFigures): MeasureCounts => ({
    measure,
    n: figures.both + figures.onlyChampion + figures.onlyCandidate + figures.neither,
    before: figures.both + figures.onlyChampion,
    after: figures.both + figures.onlyCandidate,
  });
  return [
    { measure: 'learned' as const, n: learned.n, before: learned.champion, after: learned.candidate },
    paired('held-out', verdict.heldOutCorrections),
    paired('replay', verdict.replay),
    ...(verdict.base === null ? [] : [paired('base', verdict.base)]),
  ].filter(({ n }) => n > 0);
}

/** One line for each measure. */
export function sayMeasures(measures: readonly MeasureCounts[], language: Language): string[] {
  return measures.map(({ measure, n, before, after }) => {
    const [from, to] = [before, after].map((right) => `${((right / n) * 100).toFixed(1)}%`);
    const count = language === 'ko' ? `${formatCount(n)}개` : formatCount(n);
    return `• ${nameOfMeasure(measure, language)} (${count}): ${from} → ${to}`;
  });
}

/** What became of it and why, in one to three sentences. A reason out of the log may name files, so it is not told. */
export function sayRunEnd(run: TrainingRun, language: Language): string {
  const report = shownReport(run.report);
  const korean = language === 'ko';
  const why = report === null ? '' : ` ${report.sentences[language]}`;
  const asked = report?.verdict.decision === 'confirm';
  const candidate =
    run.candidateVersion === null ? '' : korean ? `(${run.candidateVersion})` : ` (${run.candidateVersion})`;
  switch (run.state) {
    case 'running':
      return korean ? '학습하고 있어요.' : 'It is still under way.';
    case 'promoted':
      if (asked) {
        return korean
          ? `확인을 받아 새 모델${candidate}을 쓰기 시작했어요.`
          : `It was confirmed: the new model${candidate} came into use.`;
      }
      // After a deletion that left nothing to learn from, the base model serves.
      if (run.corrections === 0) {
        return korean
          ? `배울 정정이 남지 않아서 기본 모델${candidate}로 돌아갔어요.`
          : `No correction was left to learn from, so the base model${candidate} serves again.`;
      }
      return korean
        ? `새 모델${candidate}을 쓰기 시작했어요.${why}`
        : `The new model${candidate} came into use.${why}`;
    case 'kept':
      if (run.reason === WITHDRAWN) {
        return korean
          ? `새 모델${candidate}이 배운 것 가운데 지워졌거나 취소된 것이 있어서 쓰지 않아요. 나머지는 다음 학습에서 다시 배워요.`
          : `Something that the new model${candidate} learned was deleted or taken back, so it stays out of use. The next training learns the rest.`;
      }
      if (asked) {
        return korean
          ? `새 모델${candidate}은 확인을 받지 못해 쓰지 않아요. 지금 모델을 그대로 써요.`
          : `The new model${candidate} was not confirmed, so it stays out of use. Nothing else has changed.`;
      }
      return korean ? `지금 모델을 그대로 써요.${why}` : `The model in use stays.${why}`;
    case 'awaiting-confirmation':
      return korean
        ? `새 모델${candidate}을 쓸지 결정을 기다리고 있어요.${why}`
        : `The new model${candidate} waits for a decision.${why}`;
    case 'cancelled':
      return korean
        ? '학습을 중간에 그만두었어요. 바뀐 것은 없어요.'
        : 'The training was stopped before its end. Nothing has changed.';
    case 'failed':
      return korean
        ? '학습이 끝까지 가지 못했어요. 지금 모델을 그대로 쓰고, 정정도 그대로 있어요. 까닭은 눈치를 운영하는 분이 로그에서 볼 수 있어요.'
        : 'The training could not be finished. The model in use and the corrections are as they were; whoever runs Nunchi finds the reason in its log.';
  }
}
