// After a model swap, the messages whose corrections it learned are read again and the platforms told: before → after.
import { serializeError } from '../errors.js';
import type { CommunityHeads } from '../learn/community/heads.js';
import type { Logger } from '../log.js';
import type { SentimentService } from '../serve/service.js';
import type { StoredMessage } from '../store/contracts/messages.js';
import type { Store } from '../store/store.js';
import type { ChatPlatform } from './platform.js';
import { readingOfPrediction, readingOfResult } from './readings.js';

interface RereadParts {
  store: Store;
  sentiment: Pick<SentimentService, 'classify'>;
  platforms: ReadonlyMap<string, ChatPlatform>;
  heads?: Pick<CommunityHeads, 'read'>;
  logger: Logger;
}

/** Small, so that people's new messages get their turn in between. */
const CHUNK = 16;

async function rereadChunk(parts: RereadParts, messages: readonly (StoredMessage & { text: string })[]) {
  const { store, sentiment, platforms, heads } = parts;
  const before = await store.predictions.latest(messages.map((message) => message.id));
  const { model, results } = await sentiment.classify(messages.map((message) => message.text));
  for (const [index, message] of messages.entries()) {
    const shared = results[index];
    if (!shared) continue;
    const [result = shared] = heads?.read(message, { model, results: [shared] }).results ?? [];
    const reading = readingOfResult(result);
    const known = before.get(message.id);
    if (known?.modelVersion === model) continue;
    await store.predictions.add(message.id, model, reading, { live: false });
    if (!known) continue;
    await platforms.get(message.platform)?.reread(message.channelId, {
      messageId: message.id,
      before: { reading: readingOfPrediction(known), modelVersion: known.modelVersion },
      after: { reading, modelVersion: model },
    });
  }
}

export async function rereadLearned(parts: RereadParts, messageIds: readonly string[]): Promise<void> {
  for (let start = 0; start < messageIds.length; start += CHUNK) {
    const ids = messageIds.slice(start, start + CHUNK);
    const found = await Promise.all(ids.map((id) => parts.store.messages.get(id)));
    const messages = found.filter(
      (message): message is StoredMessage & { text: string } => message !== null && message.text !== null,
    );
    try {
      await rereadChunk(parts, messages);
    } catch (error) {
      // One busy moment must not keep the rest from being read; the earlier reading stays.
      parts.logger.warn('messages not read again', {
        count: messages.length,
        code: serializeError(error).code,
      });
    }
  }
}
