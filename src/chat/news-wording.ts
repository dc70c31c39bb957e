// What moderators are told without having asked: how a night went, and that the mood has fallen. Korean and English.
import { shownReport, type ShownReport } from '../learn/training-report.js';
import type { Fall } from '../report/alert.js';
import type { Mood } from '../report/mood.js';
import type { Deployment, ReceiptState } from '../store/contracts/models.js';
import type { TrainingRun } from '../store/contracts/runs.js';
import { formatCount } from '../svg.js';
import type { BeforeAfterChart } from '../learn/charts/before-after.js';
import type { Language } from './platform.js';
import { measuresOf, nameOfMeasure, sayMeasures, sayRunEnd } from './run-wording.js';
import type { CommunitySettings } from './settings.js';

/** News answer no message whose language they could take; Nunchi's first one is Korean, and both would be twice as long. */
export function languageOfNews({ language }: Pick<CommunitySettings, 'language'>): Language {
  return language === 'auto' ? 'ko' : language;
}

/** Triggers that nobody pressed a button for. */
const NIGHT = 'night';

function sayHead({ trigger, corrections }: TrainingRun, language: Language): string {
  const night = trigger === NIGHT;
  const count = formatCount(corrections);
  if (language === 'ko') return `${night ? '간밤에' : '방금'} 정정 ${count}개로 학습했어요.`;
  const from = corrections === 1 ? 'one correction' : `${count} corrections`;
  return night ? `Last night I trained on ${from}.` : `I have trained on ${from}.`;
}

/** Of runs that came to a verdict which no person has answered yet: a later answer is told without it. */
function verdictOf(run: TrainingRun): ShownReport | null {
  const report = shownReport(run.report);
  if (report === null || run.state === 'cancelled' || run.state === 'failed') return null;
  const answered = report.verdict.decision === 'confirm' && run.state !== 'awaiting-confirmation';
  return answered ? null : report;
}

/** A few lines: what was learned, what became of it and why, before and after. */
export function sayRunNews(run: TrainingRun, language: Language): string {
  const report = verdictOf(run);
  const end = sayRunEnd(run, language);
  if (report === null) return end;
  const lines = [`${sayHead(run, language)} ${end}`, ...sayMeasures(measuresOf(report), language)];
  if (run.state === 'awaiting-confirmation') {
    lines.push(
      language === 'ko'
        ? '운영진은 모델 명령으로 정할 수 있어요.'
        : 'Moderators decide with the model command.',
    );
  }
  return lines.join('\n');
}

/** null where there is nothing to compare. */
export function runChart(run: TrainingRun, language: Language): BeforeAfterChart | null {
  const report = verdictOf(run);
  const measures = report === null ? [] : measuresOf(report);
  if (measures.length === 0) return null;
  const korean = language === 'ko';
  const count = formatCount(run.corrections);
  const candidate = run.candidateVersion === null ? [] : [run.candidateVersion];
  return {
    title: korean ? '학습 전과 후: 바르게 읽은 비율' : 'Before and after training: read rightly',
    subtitle: [...candidate, korean ? `정정 ${count}개` : `corrections: ${count}`].join(' · '),
    before: korean ? '이전 모델' : 'model before',
    after: korean ? '새 모델' : 'new model',
    interval: korean ? '95% 신뢰구간' : '95% interval',
    countOf: (texts) => (korean ? `${texts}개` : `${texts} texts`),
    bars: measures.map(({ measure, ...counts }) => ({ name: nameOfMeasure(measure, language), ...counts })),
  };
}

export interface QuietNight {
  /** New corrections that there were, and how many there would have to be. */
  corrections: number;
  needed: number;
}

export function sayQuietNight({ corrections, needed }: QuietNight, language: Language): string {
  if (language === 'ko') {
    return `간밤에는 학습하지 않았어요. 새 정정이 ${formatCount(corrections)}개인데 ${formatCount(needed)}개부터 학습해요.`;
  }
  const were =
    corrections === 1
      ? 'there was one new correction'
      : `there were ${formatCount(corrections)} new corrections`;
  return `I did not train last night: ${were}, and I begin at ${formatCount(needed)}.`;
}

/** What the model that came into use reads of all corrections, beside the one before; nothing where that is the same. */
export function sayReceipts({ gained, lost }: Record<ReceiptState, number>, language: Language): string[] {
  const korean = language === 'ko';
  const lines: string[] = [];
  if (gained > 0) {
    const count = formatCount(gained);
    const were = gained === 1 ? 'one correction' : `${count} corrections`;
    lines.push(
      korean
        ? `이제 정정 ${count}개를 새로 맞게 읽어요.`
        : `It now reads ${were} rightly that the model before did not.`,
    );
  }
  if (lost > 0) {
    const count = formatCount(lost);
    const were = lost === 1 ? 'one correction' : `${count} corrections`;
    lines.push(
      korean
        ? `⚠️ 전에는 맞게 읽던 정정 ${count}개를 다시 틀리게 읽어요. 모델 명령으로 되돌릴 수 있어요.`
        : `⚠️ It reads ${were} wrongly again that a model before read rightly; the model command can roll it back.`,
    );
  }
  return lines;
}

/** @param deployment by which another model took the place of the one in use */
export function sayGaveWay({ kind, version, previousVersion }: Deployment, language: Language): string {
  const failed = previousVersion ?? '';
  if (kind === 'fallback') {
    return language === 'ko'
      ? `⚠️ 다시 시작할 때 쓰던 모델(${failed})을 불러오지 못해서 ${version} 모델을 쓰고 있어요. 정정은 그대로 있고 다음 학습에서 다시 배워요. 까닭은 눈치를 운영하는 분이 로그에서 볼 수 있어요.`
      : `⚠️ At the start the model ${failed} could not be loaded, so ${version} is in use. Corrections are as they were and are learned again in the next training. Whoever runs Nunchi finds the reason in its log.`;
  }
  return language === 'ko'
    ? `새 모델(${failed})이 처음 몇 분 동안 제대로 답하지 못해서 ${version} 모델로 되돌렸어요. 정정은 그대로 있고, 까닭은 모델 기록에 있어요.`
    : `The new model (${failed}) did badly in its first minutes, so ${version} is in use again. Corrections are as they were; the model history has the reason.`;
}

/** @param version still in use */
export function sayRebuildOverdue(version: string, language: Language): string {
  return language === 'ko'
    ? `⚠️ 지워진 메시지를 배운 모델(${version})을 48시간이 지나도록 쓰고 있어요. 그 메시지 없이 다시 학습하는 데 실패했으니, 눈치를 운영하는 분이 로그를 확인해 주세요.`
    : `⚠️ The model in use (${version}) learned from a message that was deleted more than 48 hours ago: training without it has failed. Whoever runs Nunchi should look at its log.`;
}

/** @param when as in `at 14:00 on Mar 2`, `3월 2일 14:00에` @param channel what people call it */
export function sayFall(
  { bucket, mood, before }: Fall,
  when: string,
  channel: string,
  language: Language,
): string {
  const [people, messages] = [formatCount(bucket.authors), formatCount(bucket.messages)];
  if (language === 'ko') {
    return `${when} ${channel} 채널의 분위기가 갑자기 가라앉았어요. ${people}명이 쓴 메시지 ${messages}개를 읽어 보니 ${figure(before)}에서 ${figure(mood)}까지 내려갔어요(가장 나쁘면 -100, 가장 좋으면 +100).`;
  }
  return `The mood of ${channel} fell steeply ${when}: from ${figure(before)} to ${figure(mood)}, between -100 at worst and +100 at best, going by ${messages} messages of ${people} people.`;
}

function figure({ value }: Mood): string {
  const points = Math.round(value * 100);
  return points > 0 ? `+${points}` : String(points);
}
