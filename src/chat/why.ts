// "Why?": which words moved the reading that Nunchi gave last.
import type { SentimentService } from '../serve/service.js';
import type { Store, StoredMessage } from '../store/store.js';
import type { Language } from './platform.js';
import { sayNothingToExplain, sayWhy } from './wording.js';

export interface WhyConfig {
  store: Pick<Store, 'messages' | 'predictions'>;
  sentiment: Pick<SentimentService, 'explain'>;
}

/** How many messages back the reading may be. */
const LOOK_BACK = 50;

/**
 * @param question whose reading is asked for: that of the newest answer in its channel before it
 * @throws NunchiError what `SentimentService.explain` throws
 */
export async function explainLastReading(
  { store, sentiment }: WhyConfig,
  question: StoredMessage,
  language: Language,
): Promise<string> {
  const before = await store.messages.history(question.channelId, { limit: LOOK_BACK, before: question.id });
  for (const answer of before.reverse()) {
    if (answer.author !== 'nunchi' || answer.inReplyTo === null) continue;
    const asked = await store.messages.get(answer.inReplyTo);
    const [prediction] = asked === null ? [] : await store.predictions.of(asked.id);
    if (asked?.text == null || prediction === undefined) continue;
    const unreadable = prediction.abstained && prediction.abstainReason !== 'low-confidence';
    if (unreadable) break;
    return sayWhy(await sentiment.explain(asked.text, prediction.label), language);
  }
  return sayNothingToExplain(language);
}
