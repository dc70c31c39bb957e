// What Nunchi says in the review queue, Korean and English.
import type { Label } from '../../labels.js';
import type { QueuedMessage } from '../../store/store.js';
import type { Language } from '../platform.js';
import { applyThreshold, readingOfPrediction } from '../readings.js';
import { LABEL_WORDS, percent } from '../wording.js';

/** Room for the rest beside it in a message of Discord (2,000 characters). */
const QUOTE_CHARACTERS = 1000;

/** @param standing what counts as its label now, where moderators disagree */
export function sayQueued(
  { message, prediction, contested }: QueuedMessage,
  standing: Label | null,
  threshold: number | null,
  language: Language,
): string {
  const ko = language === 'ko';
  const words = LABEL_WORDS[language];
  const lines = [
    ko ? '이 메시지는 어떤 기분에 가까운가요?' : 'How should this message be read?',
    quote(message.text ?? '', language),
  ];
  if (prediction === null) lines.push(ko ? '아직 제가 읽지 못했어요.' : 'I have not read it yet.');
  else {
    const { label, confidence, abstained } = applyThreshold(readingOfPrediction(prediction), threshold);
    const sure = `${percent(confidence)}%`;
    lines.push(
      ko
        ? `저는 ${words[label]}으로 읽었어요(${sure}${abstained ? ', 자신은 없어요' : ''}).`
        : `I read it as ${words[label]} (${sure}${abstained ? ', not sure' : ''}).`,
    );
  }
  if (contested) {
    const now = standing === null ? (ko ? '잊기' : 'forgotten') : words[standing];
    lines.push(
      ko
        ? `운영진의 의견이 갈렸고, 지금은 「${now}」으로 되어 있어요.`
        : `Moderators disagree about it; for now it stands as ${now}.`,
    );
  }
  return lines.join('\n');
}

export function sayQueueEmpty(skipped: number, language: Language): string {
  if (language === 'ko') {
    return skipped === 0
      ? '살펴볼 메시지가 없어요. 고맙습니다!'
      : '남은 메시지가 없어요. 건너뛴 것은 다음에 다시 보여 드릴게요.';
  }
  return skipped === 0
    ? 'There is nothing to review. Thank you!'
    : 'That is all for now. What you skipped comes again the next time.';
}

function quote(text: string, language: Language): string {
  const characters = [...text];
  const clipped =
    characters.length > QUOTE_CHARACTERS ? `${characters.slice(0, QUOTE_CHARACTERS).join('')}…` : text;
  return language === 'ko' ? `「${clipped}」` : `“${clipped}”`;
}
