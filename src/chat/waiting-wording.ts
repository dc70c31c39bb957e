// What is said about corrections that no training has for the present, Korean and English.
import type { WaitingCounts } from '../learn/trust/trust.js';
import type { Language } from './platform.js';

/** One sentence for each thing that is waited for; none where nothing waits. */
export function sayWaiting(
  { secondOpinion, ownConfirmation, limit }: WaitingCounts,
  language: Language,
): string[] {
  const ko = language === 'ko';
  const corrections = (count: number) => (count === 1 ? 'One correction waits' : `${count} corrections wait`);
  return [
    ...(secondOpinion > 0
      ? [
          ko
            ? `정정 ${secondOpinion}개는 검토 목록에서 다른 운영진이 한 번 더 봐 주기를 기다려요.`
            : `${corrections(secondOpinion)} for a second pair of eyes in the review queue.`,
        ]
      : []),
    ...(ownConfirmation > 0
      ? [
          ko
            ? `정정 ${ownConfirmation}개는 검토 목록에서 바로잡아 주신 분이 한 번 더 확인해 주기를 기다려요.`
            : `${corrections(ownConfirmation)} in the review queue to be confirmed by whoever gave ${ownConfirmation === 1 ? 'it' : 'them'}.`,
        ]
      : []),
    ...(limit > 0
      ? [
          ko
            ? `정정 ${limit}개는 한 사람이 하룻밤에 가르칠 수 있는 만큼을 넘어서 다음 밤을 기다려요.`
            : `${corrections(limit)} for a later night, being over what one person may teach in one.`,
        ]
      : []),
  ];
}
