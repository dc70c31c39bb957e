// What is said about models other than the one in use: the list, one of them, two side by side. Korean and English.
import type { ModelDetails, ModelDifference } from '../../learn/model-inspection.js';
import type { ListedModel } from '../../learn/model-registry.js';
import type { ModelAlias } from '../../store/contracts/models.js';
import { formatCount } from '../../svg.js';
import type { Language } from '../platform.js';
import { sayTime } from './model-wording.js';

type Words = Record<Language, string>;

export const MODELS_WORDS = {
  promote: { ko: '이 모델 쓰기', en: 'Use this model' },
  whichOne: {
    ko: '어느 모델인지 version에 적어 주세요. 모델 목록(action: models)에 이름이 있어요.',
    en: 'Name the model in "version"; the list (action: models) has the names.',
  },
  unknown: {
    ko: '그런 모델은 없어요. 모델 목록(action: models)에 이름이 있어요.',
    en: 'There is no such model; the list (action: models) has the names.',
  },
  inUse: { ko: '그 모델은 지금 쓰고 있어요.', en: 'That model is in use already.' },
  tainted: {
    ko: '그 모델은 나중에 지워진 메시지를 배워서 다시 쓸 수 없어요.',
    en: 'That model learned from a message that was deleted since, so it cannot be used again.',
  },
  purged: {
    ko: '그 모델의 파일은 지워져서 쓸 수 없어요.',
    en: 'The files of that model have been removed, so it cannot be used.',
  },
} as const satisfies Record<string, Words>;

const ALIASES: Record<Language, Record<ModelAlias, string>> = {
  ko: { champion: '지금 쓰는 모델', challenger: '결정을 기다림', previous: '바로 전 모델' },
  en: { champion: 'in use', challenger: 'waits for a decision', previous: 'the one before' },
};
const MODELS_SHOWN = 10;
/** More would be a wall. */
const LAYERS_SHOWN = 3;

const percent = (share: number) => `${(share * 100).toFixed(1)}%`;

/** Why it cannot be put in use, or null. */
export function whyNot(model: ListedModel, language: Language): string | null {
  if (model.aliases.includes('champion')) return MODELS_WORDS.inUse[language];
  if (model.taintedAt !== null) return MODELS_WORDS.tainted[language];
  return model.purgedAt === null ? null : MODELS_WORDS.purged[language];
}

export function sayModels(models: readonly ListedModel[], timeZone: string, language: Language): string {
  const korean = language === 'ko';
  const lines = models.slice(0, MODELS_SHOWN).map(({ version, createdAt, aliases, taintedAt, purgedAt }) => {
    const notes = aliases.map((alias) => ALIASES[language][alias]);
    if (purgedAt !== null) notes.push(korean ? '파일 지움' : 'files removed');
    else if (taintedAt !== null)
      notes.push(korean ? '지워진 메시지를 배움' : 'learned from a deleted message');
    const shown = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
    return `• ${version}${shown}, ${sayTime(createdAt, timeZone, language)}`;
  });
  const head = korean ? '모델 목록이에요. 새것부터예요.' : 'The models, newest first:';
  return [head, ...lines].join('\n');
}

export function sayDetails(model: ModelDetails, timeZone: string, language: Language): string {
  const korean = language === 'ko';
  const { version, createdAt, lineage, rows, receipts, verdict, deployments } = model;
  const [from] = lineage.slice(1);
  const made = sayTime(createdAt, timeZone, language);
  const count = formatCount(rows);
  const lines = korean
    ? [
        `${version}: ${made}에 만들었어요.${from === undefined ? '' : ` ${from} 모델에서 정정 ${count}개를 배웠어요.`}`,
      ]
    : [
        `${version}, made on ${made}.${from === undefined ? '' : ` It comes from ${from} and learned ${rows === 1 ? 'one correction' : `${count} corrections`}.`}`,
      ];
  if (verdict !== null) lines.push(verdict[language]);
  if (Object.values(receipts).some((count) => count > 0)) {
    const { gained, kept, unsure, lost } = receipts;
    const [first, before, doubted, wrong] = [gained, kept, unsure, lost].map(formatCount);
    lines.push(
      korean
        ? `쓰기 시작할 때 정정 ${first}개를 새로 맞게, ${before}개를 전처럼 맞게 읽었고, ${doubted}개는 이제 확신하지 못했고, ${wrong}개는 다시 틀리게 읽었어요.`
        : `When it came into use it read ${first} corrections rightly for the first time, ${before} as before, ${doubted} no longer surely, and ${wrong} wrongly again.`,
    );
  }
  const [last] = deployments;
  if (last !== undefined) {
    const when = sayTime(last.createdAt, timeZone, language);
    lines.push(korean ? `마지막으로 ${when}에 쓰기 시작했어요.` : `It last came into use on ${when}.`);
  }
  const refused = whyNot(model, language);
  if (refused !== null) lines.push(refused);
  return lines.join('\n');
}

export function sayDifference(difference: ModelDifference, language: Language): string {
  const korean = language === 'ko';
  const { before, after, receipts, files } = difference;
  const { onlyBefore, onlyAfter } = receipts ?? { onlyBefore: [], onlyAfter: [] };
  const [then, now] = [onlyBefore.length, onlyAfter.length].map(formatCount);
  const lines = korean
    ? [
        `지금 쓰는 ${before.version} 모델과 ${after.version} 모델을 비교했어요.`,
        `• 배운 정정: ${formatCount(before.rows)}개, ${formatCount(after.rows)}개`,
        ...(receipts === null ? [] : [`• 한쪽만 맞게 읽은 정정: ${then}개, ${now}개`]),
      ]
    : [
        `${before.version}, the model in use, beside ${after.version}:`,
        `• corrections learned: ${formatCount(before.rows)}, ${formatCount(after.rows)}`,
        ...(receipts === null ? [] : [`• corrections that only one of them read rightly: ${then}, ${now}`]),
      ];
  if (files === null) {
    lines.push(
      korean
        ? '• 한 모델의 파일이 지워져서 더는 비교할 수 없어요.'
        : '• The files of one are gone, so nothing else can be compared.',
    );
    return lines.join('\n');
  }
  const { behaviour, layers } = files;
  const [n, passedBefore, passedAfter, changed] = [
    behaviour.n,
    behaviour.passedBefore,
    behaviour.passedAfter,
    behaviour.changed.length,
  ].map(formatCount);
  lines.push(
    korean
      ? `• 행동 시험 ${n}문장: ${passedBefore}개, ${passedAfter}개 통과. ${changed}개를 다르게 읽어요.`
      : `• behaviour set of ${n}: ${passedBefore} passed, ${passedAfter} passed; ${changed} read differently`,
  );
  const moved = [...layers].sort((a, b) => b.relative - a.relative).slice(0, LAYERS_SHOWN);
  if (moved.length > 0) {
    const shown = moved.map(({ layer, relative }) => `${layer} ${percent(relative)}`).join(', ');
    lines.push(
      korean ? `• 가중치가 가장 많이 달라진 층: ${shown}` : `• layers whose weights differ most: ${shown}`,
    );
  }
  return lines.join('\n');
}

export function sayPromoteQuestion(now: string, version: string, language: Language): string {
  return language === 'ko'
    ? `지금 쓰는 ${now} 모델 대신 ${version} 모델을 쓸까요? 이 눈치를 쓰는 모든 곳에 적용돼요.`
    : `Shall I use ${version} instead of ${now}? That holds wherever this Nunchi reads.`;
}
