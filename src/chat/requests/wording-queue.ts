// What Nunchi says in the review queue, Korean and English.
import type { Label } from '../../labels.js';
import type { ToReview } from '../../learn/trust/trust.js';
import type { QueuedMessage } from '../../store/contracts/labels.js';
import type { Choice } from '../feedback.js';
import type { Language } from '../platform.js';
import { applyThreshold, readingOfPrediction } from '../readings.js';
import { LABEL_WORDS, percent } from '../wording.js';

/** Room for the rest beside it in a message of Discord (2,000 characters). */
const QUOTE_CHARACTERS = 1000;

/** @param standing what counts as its label now, where moderators disagree */
export function sayQueued(
  { message, prediction, contested, asked }: QueuedMessage & { asked: ToReview | null },
  standing: Label | null,
  threshold: number | null,
  language: Language,
): string {
  const ko = language === 'ko';
  const words = LABEL_WORDS[language];
  const lines = [
    ko ? '이 메시지는 어떤 기분에 가까운가요?' : 'How should this message be read?',
    ...(asked === null ? [] : [sayAsked(asked, standing, language)]),
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
  if (contested && asked?.own !== true) {
    const now = standing === null ? (ko ? '잊기' : 'forgotten') : words[standing];
    lines.push(
      ko
        ? `운영진의 의견이 갈렸고, 지금은 「${now}」으로 되어 있어요.`
        : `Moderators disagree about it; for now it stands as ${now}.`,
    );
  }
  return lines.join('\n');
}

/** Somebody else's label is not told: a second opinion is worth most when it does not follow the first. */
function sayAsked({ own, reason }: ToReview, standing: Label | null, language: Language): string {
  const words = LABEL_WORDS[language];
  if (!own) {
    if (reason === 'check') {
      return language === 'ko'
        ? '한 번 바로잡힌 글인데, 다른 운영진의 의견도 듣고 싶어요.'
        : 'This one was corrected; I would like to hear a second moderator as well.';
    }
    if (reason === 'disagreement') {
      return language === 'ko'
        ? '의견이 갈린 글이라, 배우기 전에 한 분의 의견이 더 필요해요.'
        : 'Opinions differ about this one, so I need one more before I learn it.';
    }
    return language === 'ko'
      ? '한 번 바로잡힌 글인데, 배우기 전에 다른 운영진의 의견이 하나 더 필요해요.'
      : 'This one was corrected; before I learn it I need the opinion of a second moderator.';
  }
  const label = standing === null ? null : words[standing];
  if (language === 'ko') {
    return `「${label ?? '잊기'}」으로 바로잡아 주셨는데 제가 읽은 것과 많이 달라서, 배우기 전에 한 번 더 여쭤봐요. 맞으면 다시 골라 주세요.`;
  }
  return `You corrected this to ${label ?? 'forgotten'}, which is far from what I read, so I ask once more before I learn it. Choose it again if it is right.`;
}

/** Where probes are among the messages: the same for all of them. */
export function sayNoted(choice: Choice, language: Language): string {
  const word = choice === 'forget' ? null : LABEL_WORDS[language][choice];
  if (language === 'ko')
    return word === null ? '잊는 것으로 적어 두었어요.' : `「${word}」으로 적어 두었어요.`;
  return word === null ? 'Noted: to be forgotten.' : `Noted as ${word}.`;
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
