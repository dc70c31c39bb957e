// "Why?": which words moved a reading.
import type { Explanation } from '../serve/explanation.js';
import type { SentimentService } from '../serve/service.js';
import type { Store, StoredMessage } from '../store/store.js';
import { distressIn } from './distress.js';

export interface WhyConfig {
  store: Pick<Store, 'messages' | 'predictions'>;
  sentiment: Pick<SentimentService, 'explain'>;
}

export interface Explained {
  /** What was read. */
  text: string;
  explanation: Explanation;
}

/** How many messages back the reading may be. */
const LOOK_BACK = 50;

/**
 * Why the message was read as it was that the newest answer of the channel answers.
 * @param before a message; only answers before it
 * @returns null where there is no such reading
 * @throws NunchiError what `SentimentService.explain` throws
 */
export async function explainLastReading(
  { store, sentiment }: WhyConfig,
  { platform, channelId }: Pick<StoredMessage, 'platform' | 'channelId'>,
  before?: string,
): Promise<Explained | null> {
  const history = await store.messages.history(channelId, {
    limit: LOOK_BACK,
    ...(before === undefined ? {} : { before }),
  });
  for (const answer of history.reverse()) {
    if (answer.platform !== platform || answer.author !== 'nunchi' || answer.inReplyTo === null) continue;
    const asked = await store.messages.get(answer.inReplyTo);
    const [prediction] = asked === null ? [] : await store.predictions.of(asked.id);
    if (asked?.text == null || prediction === undefined || distressIn(asked.text) !== null) continue;
    const unreadable = prediction.abstained && prediction.abstainReason !== 'low-confidence';
    if (unreadable) return null;
    return { text: asked.text, explanation: await sentiment.explain(asked.text, prediction.label) };
  }
  return null;
}
