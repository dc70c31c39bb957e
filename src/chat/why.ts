// "Why?": which words moved a reading.
import type { Explanation } from '../serve/explanation.js';
import type { SentimentService } from '../serve/service.js';
import type { StoredMessage } from '../store/contracts/messages.js';
import type { Store } from '../store/store.js';
import { distressIn } from './distress.js';

export interface WhyConfig {
  store: Pick<Store, 'messages' | 'predictions'>;
  sentiment: Pick<SentimentService, 'explain'>;
}

export interface Explained {
  /** What was read. */
  text: string;
  explanation: Explanation;
  /** The reading was "not sure". */
  unsure: boolean;
}

/** How many messages back the reading may be. */
const LOOK_BACK = 50;

/** Where it is asked. */
export interface AskedWhere extends Pick<StoredMessage, 'platform' | 'channelId'> {
  /** Of a thread nothing is told in another one; outside threads the newest answer of the channel counts. */
  threadId?: string | null;
  /** The platform's id of the message that the question replies to, which may be an answer of Nunchi's. */
  repliesTo?: string | null;
}

/**
 * Why the message was read as it was about which the answer is that the question replies to; where it replies to none, the
 * newest answer of the thread or channel.
 * @param before a message; only answers before it
 * @returns null where there is no such reading
 * @throws NunchiError what `SentimentService.explain` throws
 */
export async function explainLastReading(
  { store, sentiment }: WhyConfig,
  { platform, channelId, threadId = null, repliesTo = null }: AskedWhere,
  before?: string,
): Promise<Explained | null> {
  /** undefined where the message was not read. */
  async function explain(asked: StoredMessage | null): Promise<Explained | null | undefined> {
    const [prediction] = asked === null ? [] : await store.predictions.of(asked.id);
    if (asked?.text == null || prediction === undefined || distressIn(asked.text) !== null) return undefined;
    const unreadable = prediction.abstained && prediction.abstainReason !== 'low-confidence';
    if (unreadable) return null;
    const explanation = await sentiment.explain(asked.text, prediction.label);
    return { text: asked.text, explanation, unsure: prediction.abstained };
  }

  const repliedTo = repliesTo === null ? null : await store.messages.find(platform, channelId, repliesTo);
  // Of what Nunchi has said nothing about, nothing is told to all.
  if (repliedTo?.author === 'nunchi') {
    const explained = await explain(await store.messages.get(repliedTo.inReplyTo ?? ''));
    if (explained !== undefined) return explained;
  }

  const history = await store.messages.history(channelId, {
    limit: LOOK_BACK,
    ...(before === undefined ? {} : { before }),
  });
  for (const answer of history.reverse()) {
    if (answer.platform !== platform || answer.author !== 'nunchi' || answer.inReplyTo === null) continue;
    const asked = await store.messages.get(answer.inReplyTo);
    // The message that begins a thread is in none itself.
    if (threadId !== null && (asked?.threadId ?? asked?.externalId) !== threadId) continue;
    const explained = await explain(asked);
    if (explained !== undefined) return explained;
  }
  return null;
}
